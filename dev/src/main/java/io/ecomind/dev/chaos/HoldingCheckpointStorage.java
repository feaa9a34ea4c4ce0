package io.ecomind.dev.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.state.CheckpointMetadataOutputStream;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.CheckpointStorageFactory;
import org.apache.flink.runtime.state.CheckpointStorageLocation;
import org.apache.flink.runtime.state.CompletedCheckpointStorageLocation;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageAccess;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStorageLocation;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;

/**
 * Checkpoints in files, with one addition: when a file {@code hold-<job>} stands in the directory of the system
 * property {@code ecomind.chaos.hold}, the job manager stops right after a checkpoint's metadata is written and before
 * the operators are notified. A kill at that moment leaves transactions that belong to a complete checkpoint
 * uncommitted.
 */
public final class HoldingCheckpointStorage extends FileSystemCheckpointStorage {
    static final String DIRECTORY_PROPERTY = "ecomind.chaos.hold";

    private static final long serialVersionUID = 1L;

    private final String directory;
    private final int threshold;
    private final int buffer;

    /** Made by reflection: Flink's configuration names it. */
    public static final class HoldingFactory implements CheckpointStorageFactory<HoldingCheckpointStorage> {
        @Override
        public HoldingCheckpointStorage createFromConfig(ReadableConfig config, ClassLoader loader) {
            return new HoldingCheckpointStorage(
                    FileSystemCheckpointStorage.createFromConfig(config, loader),
                    config.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY));
        }
    }

    private HoldingCheckpointStorage(FileSystemCheckpointStorage plain, String directory) {
        super(directory);
        this.directory = directory;
        this.threshold = plain.getMinFileSizeThreshold();
        this.buffer = plain.getWriteBufferSize();
    }

    static Path request(Path directory, JobID job) {
        return directory.resolve("hold-" + job);
    }

    static Path answer(Path directory, JobID job) {
        return directory.resolve("held-" + job);
    }

    @Override
    public CheckpointStorageAccess createCheckpointStorage(JobID job) throws IOException {
        return new HeldAccess(new org.apache.flink.core.fs.Path(directory), job, threshold, buffer);
    }

    private static final class HeldAccess extends FsCheckpointStorageAccess {
        private final JobID job;

        HeldAccess(org.apache.flink.core.fs.Path directory, JobID job, int threshold, int buffer) throws IOException {
            super(directory, null, job, threshold, buffer);
            this.job = job;
        }

        @Override
        public CheckpointStorageLocation initializeLocationForCheckpoint(long checkpoint) throws IOException {
            var plain = (FsCheckpointStorageLocation) super.initializeLocationForCheckpoint(checkpoint);
            return new FsCheckpointStorageLocation(
                    fileSystem,
                    plain.getCheckpointDirectory(),
                    plain.getSharedStateDirectory(),
                    plain.getTaskOwnedStateDirectory(),
                    plain.getLocationReference(),
                    fileSizeThreshold,
                    writeBufferSize) {
                @Override
                public CheckpointMetadataOutputStream createMetadataOutputStream() throws IOException {
                    return new Holding(plain.createMetadataOutputStream(), job);
                }
            };
        }
    }

    private static final class Holding extends CheckpointMetadataOutputStream {
        private static final Duration LOOK_EVERY = Duration.ofMillis(20);

        private final CheckpointMetadataOutputStream out;
        private final JobID job;

        Holding(CheckpointMetadataOutputStream out, JobID job) {
            this.out = out;
            this.job = job;
        }

        @Override
        public CompletedCheckpointStorageLocation closeAndFinalizeCheckpoint() throws IOException {
            CompletedCheckpointStorageLocation complete = out.closeAndFinalizeCheckpoint();
            String directory = System.getProperty(DIRECTORY_PROPERTY);
            if (directory != null && Files.exists(request(Path.of(directory), job))) {
                Files.writeString(answer(Path.of(directory), job), complete.getExternalPointer());
                while (Files.exists(request(Path.of(directory), job))) {
                    LockSupport.parkNanos(LOOK_EVERY.toNanos());
                }
            }
            return complete;
        }

        @Override
        public void close() throws IOException {
            out.close();
        }

        @Override
        public long getPos() throws IOException {
            return out.getPos();
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void sync() throws IOException {
            out.sync();
        }
    }
}
