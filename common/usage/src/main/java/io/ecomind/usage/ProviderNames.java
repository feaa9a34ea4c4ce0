package io.ecomind.usage;

import io.ecomind.footprint.FactorRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The one name under which totals of a provider are kept, however senders spell it: {@code OpenAI} and {@code openai},
 * {@code azure_openai} and {@code azure}, {@code bedrock} and {@code aws} are one each. A provider that the list
 * ({@code providers.csv}) does not know keeps its name in lower case, with hyphens for underscores and dots. Stateless.
 */
public final class ProviderNames {
    private static final String FILE = "providers.csv";
    private static final Map<String, String> CANONICAL = read();
    /** Keeps models of others: who made one stands in its name. */
    private static final String MODEL_HUB = "huggingface";

    private ProviderNames() {}

    /** The canonical name; at most as long as the given one or a name of the list. */
    public static String canonical(String provider) {
        String name = FactorRow.normal(provider);
        return CANONICAL.getOrDefault(name, name);
    }

    /** Who made the model of a factor row that is shown as provider/model. */
    public static String vendor(String factorRow) {
        int end = factorRow.indexOf('/');
        if (end < 0) {
            return "";
        }
        String provider = canonical(factorRow.substring(0, end));
        int endOfMaker = factorRow.indexOf('/', end + 1);
        return provider.equals(MODEL_HUB)
                ? endOfMaker < 0 ? "" : canonical(factorRow.substring(end + 1, endOfMaker))
                : provider;
    }

    private static Map<String, String> read() {
        try (InputStream file = Objects.requireNonNull(ProviderNames.class.getResourceAsStream(FILE), FILE)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(Predicate.not(line -> line.startsWith("#")))
                    .skip(1)
                    .map(line -> line.split(",", -1))
                    .collect(Collectors.toUnmodifiableMap(parts -> parts[0], parts -> parts[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
