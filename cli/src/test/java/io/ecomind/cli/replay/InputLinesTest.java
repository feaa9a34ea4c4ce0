package io.ecomind.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class InputLinesTest {
    @Test
    void lines_have_numbers_and_no_ends_packed_or_not() throws IOException {
        byte[] content = "\uFEFFone\n\ntwö\r\nthree".getBytes(StandardCharsets.UTF_8);
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(content);
        }

        List<InputLine> lines = read(content);

        assertThat(lines)
                .extracting(line ->
                        line.number() + ":" + String.valueOf(line.text()).strip())
                .containsExactly("1:one", "2:", "3:twö", "4:three");
        assertThat(read(packed.toByteArray())).isEqualTo(lines);
        assertThat(read(new byte[0])).isEmpty();
        assertThat(read("one\n".getBytes(StandardCharsets.UTF_8))).hasSize(1);
    }

    @Test
    void a_line_that_is_too_long_or_no_utf8_costs_itself_only() throws IOException {
        var content = new ByteArrayOutputStream();
        content.write("x".repeat(InputLines.MAX_LINE_BYTES).getBytes(StandardCharsets.UTF_8));
        content.write('\n');
        content.write("y".repeat(InputLines.MAX_LINE_BYTES + 1).getBytes(StandardCharsets.UTF_8));
        content.write('\n');
        content.write(new byte[] {'a', (byte) 0xff, '\n', 'b'});

        List<InputLine> lines = read(content.toByteArray());

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0).text()).hasSize(InputLines.MAX_LINE_BYTES);
        assertThat(lines.get(1)).isEqualTo(new InputLine(2, null, InputLine.LineFault.TOO_LONG));
        assertThat(lines.get(2)).isEqualTo(new InputLine(3, null, InputLine.LineFault.NOT_UTF8));
        assertThat(lines.get(3)).isEqualTo(new InputLine(4, "b", null));
    }

    private static List<InputLine> read(byte[] content) throws IOException {
        List<InputLine> lines = new ArrayList<>();
        try (var in = new InputLines(new ByteArrayInputStream(content))) {
            for (InputLine line = in.next(); line != null; line = in.next()) {
                lines.add(line);
            }
        }
        return lines;
    }
}
