package io.ecomind.cli.replay;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines of UTF-8, one at a time, whatever their length and number. A line that is too long or no UTF-8 costs
 * itself only; a reader of characters would silently put other characters in. Not thread-safe.
 */
final class InputLines implements Closeable {
    /** Far more than any event has. */
    static final int MAX_LINE_BYTES = 1 << 20;

    private static final int BUFFER = 1 << 16;
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int from;
    private int to;
    private long number;

    /** @param content plain or gzip; closed with this */
    InputLines(InputStream content) throws IOException {
        in = TraceFile.inflate(content);
    }

    /** The next line, blank ones too; null at the end. */
    @Nullable
    InputLine next() throws IOException {
        var line = new ByteArrayOutputStream();
        boolean begun = false;
        boolean tooLong = false;
        while (from < to || fill()) {
            begun = true;
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            tooLong = tooLong || line.size() + (end - from) > MAX_LINE_BYTES;
            if (!tooLong) {
                line.write(buffer, from, end - from);
            }
            boolean ended = end < to;
            from = ended ? end + 1 : end;
            if (ended) {
                break;
            }
        }
        if (!begun) {
            return null;
        }
        number++;
        return tooLong ? new InputLine(number, null, InputLine.LineFault.TOO_LONG) : decoded(line.toByteArray());
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(buffer, 0, buffer.length));
        return to > 0;
    }

    private InputLine decoded(byte[] bytes) {
        try {
            // A fresh decoder reports what a String's constructor would replace.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new InputLine(
                    number, number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text, null);
        } catch (CharacterCodingException e) {
            return new InputLine(number, null, InputLine.LineFault.NOT_UTF8);
        }
    }
}
