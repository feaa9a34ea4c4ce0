package io.ecomind.ingest.grpc;

import io.grpc.Decompressor;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Inflates messages that came as gzip, all members of it; what is not intact is an {@link IOException} of whoever reads.
 * Thread-safe. gRPC's own is the JDK's, which calls itself for each empty member.
 */
final class GzipDecompressor implements Decompressor {
    @Override
    public String getMessageEncoding() {
        return "gzip";
    }

    @Override
    public InputStream decompress(InputStream compressed) {
        return new InputStream() {
            private @Nullable InputStream inflated;

            @Override
            public int read() throws IOException {
                return inflated().read();
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return inflated().read(buffer, offset, length);
            }

            @Override
            public void close() throws IOException {
                // With it, tables that are outside of the heap.
                if (inflated != null) {
                    inflated.close();
                }
                compressed.close();
            }

            /** Not before somebody reads, who can say what is wrong with it. */
            private InputStream inflated() throws IOException {
                if (inflated == null) {
                    inflated = new GzipCompressorInputStream(compressed, true);
                }
                return inflated;
            }
        };
    }
}
