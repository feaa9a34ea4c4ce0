package io.ecomind.cli.replay;

import io.ecomind.footprint.Sha256;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * A trace on disk, plain or gzip. Never read into memory as a whole. Immutable.
 *
 * @param sha256 of the content after inflation, so that packing it changes no event id
 * @param lines how many lines it has, with a last one that lacks its line feed
 */
record TraceFile(Path path, String sha256, long lines) {
    private static final int BUFFER = 1 << 16;

    /** Reads the file once to learn its hash and length. */
    static TraceFile examine(Path path) throws IOException {
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[BUFFER];
        long lines = 0;
        byte last = '\n';
        try (InputStream in = inflate(path)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        lines++;
                    }
                }
                if (read > 0) {
                    last = buffer[read - 1];
                }
            }
        }
        return new TraceFile(path, HexFormat.of().formatHex(digest.digest()), last == '\n' ? lines : lines + 1);
    }

    /** The lines, with any of the usual line ends. */
    BufferedReader open() throws IOException {
        return new BufferedReader(new InputStreamReader(inflate(path), StandardCharsets.UTF_8), BUFFER);
    }

    private static InputStream inflate(Path path) throws IOException {
        return inflate(Files.newInputStream(path));
    }

    /** The content, whether it is packed or not. */
    static InputStream inflate(InputStream content) throws IOException {
        InputStream in = new BufferedInputStream(content, BUFFER);
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip ? new BufferedInputStream(new GzipCompressorInputStream(in, true), BUFFER) : in;
    }
}
