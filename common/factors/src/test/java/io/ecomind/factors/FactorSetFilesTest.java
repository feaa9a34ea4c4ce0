package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.ecomind.factors.FactorSetFiles.Part;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of a set, their hash and their pieces. */
class FactorSetFilesTest {
    private static final FactorSetFiles SHIPPED = FactorSetFiles.shipped();

    @Test
    void piecesMakeTheSameSetAgain() throws Exception {
        List<Part> parts = SHIPPED.parts();
        FactorSetFiles joined = FactorSetFiles.join(byNumber(parts), parts.size(), SHIPPED.sha256());
        for (String name : FactorSetFiles.NAMES) {
            assertThat(joined.text(name)).isEqualTo(SHIPPED.text(name));
        }
        assertThat(joined.sha256()).isEqualTo(SHIPPED.sha256());
        assertThat(joined.parse().id()).isEqualTo(FactorSetFiles.SHIPPED);
    }

    /** 262,144 characters are a piece; with each shift another half of a pair stands at the border. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void largeFilesAreCutBetweenCharacters(int shift) throws Exception {
        String text = "x".repeat(shift) + "\uD83D\uDE80".repeat(200_000) + "äß€".repeat(60_000) + "\n";
        FactorSetFiles large = SHIPPED.with("water.csv", text);
        List<Part> parts = large.parts();
        assertThat(parts).filteredOn(part -> part.file().equals("water.csv")).hasSize(3);
        assertThat(parts).extracting(Part::number).isSorted().startsWith(0).doesNotHaveDuplicates();
        for (Part part : parts) {
            byte[] bytes = part.text().getBytes(StandardCharsets.UTF_8);
            assertThat(bytes.length).isLessThan(1024 * 1024);
            assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(part.text());
        }
        FactorSetFiles joined = FactorSetFiles.join(byNumber(parts), parts.size(), large.sha256());
        assertThat(joined.text("water.csv")).isEqualTo(text);
    }

    @Test
    void anEmptyFileIsOneEmptyPiece() throws Exception {
        FactorSetFiles empty = SHIPPED.with("water.csv", "");
        List<Part> parts = empty.parts();
        assertThat(parts)
                .filteredOn(part -> part.file().equals("water.csv"))
                .extracting(Part::text)
                .containsExactly("");
        assertThat(FactorSetFiles.join(byNumber(parts), parts.size(), empty.sha256())
                        .text("water.csv"))
                .isEmpty();
    }

    @Test
    void everyMissingPieceIsNoticed() {
        List<Part> parts = SHIPPED.parts();
        for (Part missing : parts) {
            SortedMap<Integer, Part> rest = byNumber(parts);
            rest.remove(missing.number());
            assertThatThrownBy(() -> FactorSetFiles.join(rest, parts.size(), SHIPPED.sha256()))
                    .isInstanceOf(FactorSetException.class)
                    .hasMessage("part " + missing.number() + " of " + parts.size() + " is missing");
        }
    }

    @Test
    void aSetThatIsCutShortIsNoticed() {
        List<Part> parts = SHIPPED.parts();
        assertThatThrownBy(() -> FactorSetFiles.join(byNumber(parts), parts.size() - 1, SHIPPED.sha256()))
                .isInstanceOf(FactorSetException.class)
                .hasMessageContaining("water.csv: the file is missing");
    }

    @Test
    void piecesInAnotherOrderAreNoticed() {
        FactorSetFiles large = SHIPPED.with("water.csv", "a".repeat(262_144) + "b".repeat(262_144));
        SortedMap<Integer, Part> parts = byNumber(large.parts());
        int last = parts.lastKey();
        Part one = new Part(last, "water.csv", "a".repeat(262_144));
        Part other = new Part(last - 1, "water.csv", "b".repeat(262_144));
        parts.put(last, one);
        parts.put(last - 1, other);
        assertThatThrownBy(() -> FactorSetFiles.join(parts, parts.size(), large.sha256()))
                .isInstanceOf(FactorSetException.class)
                .hasMessageContaining("the hash of the files is");
    }

    @Test
    void aTamperedPieceIsNoticed() {
        List<Part> parts = SHIPPED.parts();
        for (Part part : parts) {
            SortedMap<Integer, Part> tampered = byNumber(parts);
            tampered.put(part.number(), new Part(part.number(), part.file(), part.text() + " "));
            assertThatThrownBy(() -> FactorSetFiles.join(tampered, parts.size(), SHIPPED.sha256()))
                    .isInstanceOf(FactorSetException.class)
                    .hasMessageContaining(SHIPPED.sha256());
        }
    }

    @Test
    void theHashChangesWithAnyCharacterOfAnyFile() throws Exception {
        String before = SHIPPED.sha256();
        assertThat(before)
                .matches("[0-9a-f]{64}")
                .isEqualTo(FactorSetFiles.shipped().sha256());
        for (String name : FactorSetFiles.NAMES) {
            String text = SHIPPED.text(name);
            for (int at : new int[] {0, text.length() / 2, text.length() - 1}) {
                String changed = text.substring(0, at) + (char) (text.charAt(at) ^ 1) + text.substring(at + 1);
                assertThat(SHIPPED.with(name, changed).sha256())
                        .as("%s at %s", name, at)
                        .isNotEqualTo(before);
            }
            assertThat(SHIPPED.with(name, text + "\n").sha256()).isNotEqualTo(before);
            assertThat(SHIPPED.with(name, "").sha256()).isNotEqualTo(before);
        }
        String first = SHIPPED.text("set.csv");
        String second = SHIPPED.text("providers.csv");
        assertThat(SHIPPED.with("set.csv", second).with("providers.csv", first).sha256())
                .isNotEqualTo(before);
    }

    /** Name, LF and content, as the README says, redone with the JDK's means alone. */
    @Test
    void theHashIsTheOneThatTheReadmeDescribes() throws Exception {
        var all = new StringBuilder();
        for (String name : FactorSetFiles.NAMES) {
            all.append(name).append('\n').append(SHIPPED.text(name));
        }
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
        assertThat(SHIPPED.sha256()).isEqualTo(HexFormat.of().formatHex(hash));
    }

    @Test
    void missingAndUnknownFilesAreNamed() {
        Map<String, String> texts = texts();
        texts.remove("grid.csv");
        texts.put("notes.csv", "");
        assertThatThrownBy(() -> FactorSetFiles.of(texts))
                .asInstanceOf(type(FactorSetException.class))
                .extracting(FactorSetException::problems)
                .isEqualTo(List.of("grid.csv: the file is missing", "notes.csv: no such file belongs to a factor set"));
    }

    @Test
    void aFolderIsReadAsItIs(@TempDir Path folder) throws Exception {
        for (String name : FactorSetFiles.NAMES) {
            Files.writeString(folder.resolve(name), SHIPPED.text(name));
        }
        Files.writeString(folder.resolve("README.md"), "beside the set");
        assertThat(FactorSetFiles.read(folder).sha256()).isEqualTo(SHIPPED.sha256());

        Files.write(folder.resolve("grid.csv"), new byte[] {'z', (byte) 0xE4, '\n'});
        assertThatThrownBy(() -> FactorSetFiles.read(folder))
                .isInstanceOf(FactorSetException.class)
                .hasMessage("grid.csv: must be UTF-8");
        Files.delete(folder.resolve("grid.csv"));
        assertThatThrownBy(() -> FactorSetFiles.read(folder))
                .isInstanceOf(FactorSetException.class)
                .hasMessage("grid.csv: the file is missing");
    }

    @Test
    void anUnknownFileHasNoText() {
        assertThatThrownBy(() -> SHIPPED.text("notes.csv")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SHIPPED.with("notes.csv", "")).isInstanceOf(IllegalArgumentException.class);
    }

    private static SortedMap<Integer, Part> byNumber(List<Part> parts) {
        SortedMap<Integer, Part> numbered = new TreeMap<>();
        parts.forEach(part -> numbered.put(part.number(), part));
        return numbered;
    }

    private static Map<String, String> texts() {
        Map<String, String> texts = new TreeMap<>();
        for (String name : FactorSetFiles.NAMES) {
            texts.put(name, SHIPPED.text(name));
        }
        return texts;
    }
}
