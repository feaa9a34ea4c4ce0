package io.ecomind.factors;

import io.ecomind.factors.FactorSetFiles.Part;
import io.ecomind.footprint.price.PriceSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * The files of one price set: their text, hash and pieces. Immutable and thread-safe. The format is in the README beside
 * the shipped sets.
 */
public final class PriceSetFiles {
    /** The set that comes with this version. */
    public static final String SHIPPED = "prices-2026.1";

    /** The files of a set, in the order of their hash. All must be there. */
    public static final List<String> NAMES =
            List.of("set.csv", "sources.csv", "sellers.csv", "prefixes.csv", "prices.csv", "aliases.csv");

    private static final SetTexts.Kind KIND = new SetTexts.Kind("price set", NAMES);

    private final SetTexts texts;

    private PriceSetFiles(SetTexts texts) {
        this.texts = texts;
    }

    /**
     * Takes texts by file name.
     *
     * @throws FactorSetException when a file is missing or unknown
     */
    public static PriceSetFiles of(Map<String, String> texts) throws FactorSetException {
        return new PriceSetFiles(SetTexts.of(KIND, texts));
    }

    /** The set that comes with this version. */
    public static PriceSetFiles shipped() {
        return new PriceSetFiles(SetTexts.shipped(KIND, "/prices/" + SHIPPED));
    }

    /**
     * Reads a folder.
     *
     * @throws FactorSetException when a file is missing, unknown or not UTF-8
     */
    public static PriceSetFiles read(Path folder) throws IOException, FactorSetException {
        return new PriceSetFiles(SetTexts.read(KIND, folder));
    }

    /** The text of a file. */
    public String text(String name) {
        return texts.text(name);
    }

    /** The same set with another text for one file. */
    public PriceSetFiles with(String name, String text) {
        return new PriceSetFiles(texts.with(name, text));
    }

    /**
     * Reads all rows and checks them, one by one and against each other.
     *
     * @throws FactorSetException with all that is wrong; nothing is half read
     */
    public PriceSet parse() throws FactorSetException {
        return new PriceSetReader(this).read();
    }

    /** SHA-256 over name, LF and content of all files, in hexadecimal. */
    public String sha256() {
        return texts.sha256();
    }

    /** All files in pieces that fit into a record. An empty file is one empty piece. */
    public List<Part> parts() {
        return texts.parts();
    }

    /**
     * Puts pieces together again.
     *
     * @param expected number of pieces
     * @param sha256 expected hash
     * @throws FactorSetException when pieces are missing or the hash is another
     */
    public static PriceSetFiles join(SortedMap<Integer, Part> parts, int expected, String sha256)
            throws FactorSetException {
        return new PriceSetFiles(SetTexts.join(KIND, parts, expected, sha256));
    }
}
