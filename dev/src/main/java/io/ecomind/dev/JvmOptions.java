package io.ecomind.dev;

import java.util.List;
import java.util.Map;

/**
 * Options of every JVM of Ecomind on one machine. The script {@code ecomind} has the same for the first process; processes
 * that this one starts take them from here. Stateless.
 */
public final class JvmOptions {
    /**
     * One language and one encoding, whatever the user's: with a Turkish locale, libraries that change the case of names do
     * not find them again, and numbers would be printed in two ways.
     */
    public static final List<String> LOCALE =
            List.of("-Duser.language=en", "-Duser.country=", "-Duser.variant=", "-Dfile.encoding=UTF-8");

    /** Packages that Flink's serializers reach into. */
    public static final List<String> OPENED_PACKAGES = List.of(
            "--add-opens",
            "java.base/java.lang=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.util=ALL-UNNAMED",
            "--add-opens",
            "java.base/java.time=ALL-UNNAMED");

    /** The JVM decodes file names by the locale of its environment, not by an option. */
    public static final Map<String, String> ENVIRONMENT = Map.of("LC_ALL", "C.UTF-8");

    private JvmOptions() {}
}
