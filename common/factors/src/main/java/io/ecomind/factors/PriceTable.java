package io.ecomind.factors;

import io.ecomind.footprint.FactorSet;
import io.ecomind.footprint.OrganisationFactors;
import io.ecomind.footprint.Rating;
import io.ecomind.footprint.Rating.Match;
import io.ecomind.footprint.UsageCall;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * A list of models that somebody sells, and how many of their names a factor set can rate. Immutable.
 *
 * <p>Counted are names of models that take text in: with a column {@code mode} those of {@link #MODES}; without one all
 * whose name does not say that they make images, sound or video or only moderate ({@link #WORDS}).
 */
public final class PriceTable {
    /** The modes that count. */
    public static final Set<String> MODES = Set.of("chat", "completion", "responses", "embedding", "rerank");

    /** Between separators, these words leave a name of a table without modes out. */
    public static final List<String> WORDS = List.of(
            "image",
            "images",
            "imagen",
            "dall-e",
            "flux",
            "sdxl",
            "stable-diffusion",
            "tts",
            "transcribe",
            "transcription",
            "whisper",
            "speech",
            "sonic",
            "music",
            "lyria",
            "video",
            "veo",
            "sora",
            "moderation");

    private static final Pattern LEFT_OUT =
            Pattern.compile("(?:^|[-_/:@. ])(" + String.join("|", WORDS) + ")(?=$|[-_/:@. 0-9])");

    private static final int MAX_ROWS = 1_000_000;

    private final List<PricedName> names;

    /**
     * A name of the table.
     *
     * @param leftOut why it does not count; empty when it does
     */
    public record PricedName(String provider, String model, String mode, String leftOut) {}

    /** A name and what it is rated by. */
    public record Covered(PricedName name, Match match, String row) {}

    /** How a table is covered: names that count, and those that do not. */
    public record PriceTableCoverage(List<Covered> looked, List<PricedName> leftOut) {
        /** Names by the kind of match; NONE is uncovered. */
        public Map<Match, Integer> byMatch() {
            Map<Match, Integer> counts = new EnumMap<>(Match.class);
            for (Covered covered : looked) {
                counts.merge(covered.match(), 1, Integer::sum);
            }
            return counts;
        }

        public List<Covered> uncovered() {
            return looked.stream()
                    .filter(covered -> covered.match() == Match.NONE)
                    .toList();
        }

        /** Of the names that were looked at; 0 when none was. */
        public double percent() {
            return looked.isEmpty() ? 0 : (looked.size() - uncovered().size()) * 100.0 / looked.size();
        }
    }

    private PriceTable(List<PricedName> names) {
        this.names = names;
    }

    /**
     * Reads a CSV with the columns provider and model_id (or model), and mode if it has one.
     *
     * @throws FactorSetException when a column is missing or a row is not whole
     */
    public static PriceTable read(Path path) throws IOException, FactorSetException {
        String file = String.valueOf(path.getFileName());
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get();
        // A reader of Files refuses what is not UTF-8.
        try (CSVParser parser = format.parse(Files.newBufferedReader(path, StandardCharsets.UTF_8))) {
            List<String> columns = parser.getHeaderNames();
            String model = columns.contains("model_id") ? "model_id" : "model";
            List<String> problems = new ArrayList<>();
            for (String column : List.of("provider", model)) {
                if (!columns.contains(column)) {
                    problems.add(file + ":1: the header must have the columns provider and model_id (or model), was '"
                            + String.join(",", columns) + "'");
                    throw new FactorSetException(problems);
                }
            }
            boolean modes = columns.contains("mode");
            List<PricedName> names = new ArrayList<>();
            for (CSVRecord record : parser) {
                if (names.size() == MAX_ROWS) {
                    throw new FactorSetException(List.of(file + ": the file must have at most " + MAX_ROWS + " rows"));
                }
                if (!record.isConsistent()) {
                    throw new FactorSetException(List.of(file + ":" + (record.getRecordNumber() + 1)
                            + ": a row must have " + columns.size() + " fields, has " + record.size()));
                }
                names.add(name(record.get("provider"), record.get(model), modes ? record.get("mode") : null));
            }
            return new PriceTable(List.copyOf(names));
        } catch (CharacterCodingException e) {
            throw new FactorSetException(List.of(file + ": the file must be UTF-8"));
        } catch (IllegalArgumentException e) {
            throw new FactorSetException(List.of(file + ":1: " + e.getMessage()));
        }
    }

    private static PricedName name(String provider, String model, @Nullable String mode) {
        if (mode != null) {
            String why = MODES.contains(mode) ? "" : mode.isEmpty() ? "no mode" : "mode " + mode;
            return new PricedName(provider, model, mode, why);
        }
        var word = LEFT_OUT.matcher(model.toLowerCase(Locale.ROOT));
        return new PricedName(provider, model, "", word.find() ? "word " + word.group(1) : "");
    }

    /** All names, in the order of the table. */
    public List<PricedName> names() {
        return names;
    }

    /** Looks every name that counts up, as for a call at a moment. */
    public PriceTableCoverage coverage(FactorSet set, Instant moment) {
        List<Covered> looked = new ArrayList<>();
        List<PricedName> leftOut = new ArrayList<>();
        long micros = moment.getEpochSecond() * 1_000_000L;
        for (PricedName name : names) {
            if (!name.leftOut().isEmpty()) {
                leftOut.add(name);
                continue;
            }
            boolean generates = !name.mode().equals("embedding") && !name.mode().equals("rerank");
            Rating rating = set.rate(
                    new UsageCall(
                            name.provider(),
                            name.model(),
                            "",
                            generates ? "text" : name.mode(),
                            1_000,
                            generates ? 300 : 0,
                            0,
                            0,
                            0,
                            micros,
                            micros),
                    OrganisationFactors.NONE);
            looked.add(new Covered(name, rating.amounts() == null ? Match.NONE : rating.match(), rating.matched()));
        }
        return new PriceTableCoverage(List.copyOf(looked), List.copyOf(leftOut));
    }
}
