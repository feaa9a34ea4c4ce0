package io.ecomind.cli;

import io.ecomind.cli.profile.DataDirectory;
import io.ecomind.cli.profile.Profile;
import io.ecomind.cli.profile.ProfileFlags;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say which installation a command talks to, one nested class for each kind of command. Stateless. */
public final class ProfileOptions {
    private static final String HEADING = "%nWhere the installation is:%n";

    private ProfileOptions() {}

    /** For commands that read and write the tables. */
    public static final class Database {
        @ArgGroup(validate = false, exclusive = false, heading = HEADING)
        private DatabaseOptions given = new DatabaseOptions();

        public Profile load() {
            return given.load();
        }
    }

    /** For commands that read or write Kafka. */
    public static final class Kafka {
        @ArgGroup(validate = false, exclusive = false, heading = HEADING)
        private KafkaOptions given = new KafkaOptions();

        public Profile load() {
            return given.load();
        }
    }

    /** For commands that read or write Kafka and the tables. */
    public static final class Ledger {
        @ArgGroup(validate = false, exclusive = false, heading = HEADING)
        private LedgerOptions given = new LedgerOptions();

        public Profile load() {
            return given.load();
        }
    }

    /** For commands that send rejected events, which are in the tables, again. */
    public static final class Redriving {
        @ArgGroup(validate = false, exclusive = false, heading = HEADING)
        private RedrivingOptions given = new RedrivingOptions();

        public Profile load() {
            return given.load();
        }
    }

    /** For commands that send events, and ask Kafka and the tables what became of them. */
    public static final class Sending {
        @ArgGroup(validate = false, exclusive = false, heading = HEADING)
        private SendingOptions given = new SendingOptions();

        public Profile load() {
            return given.load();
        }
    }

    private static class BasicOptions {
        @Option(
                names = "--profile",
                paramLabel = "FILE",
                order = 1,
                description =
                        "JSON file with its addresses (default: $" + Profile.FILE_VARIABLE + ", else those of --data).")
        private @Nullable Path file;

        @Option(
                names = "--data",
                paramLabel = "DIR",
                order = 2,
                description = "Data directory of a stack on this machine (default: .ecomind/data in the checkout).")
        private @Nullable Path data;

        @Nullable
        String databaseUrl() {
            return null;
        }

        @Nullable
        String databaseUser() {
            return null;
        }

        @Nullable
        Path databasePasswordFile() {
            return null;
        }

        @Nullable
        String kafka() {
            return null;
        }

        @Nullable
        String http() {
            return null;
        }

        @Nullable
        Path apiKeyFile() {
            return null;
        }

        final Profile load() {
            Map<String, String> environment = System.getenv();
            var standard = new DataDirectory(Path.of(System.getProperty("ecomind.home", "."))
                    .resolve(".ecomind")
                    .resolve("data"));
            boolean byFile = file != null || (data == null && environment.get(Profile.FILE_VARIABLE) != null);
            ClientLog.choose(byFile ? null : data == null ? standard : new DataDirectory(data));
            return Profile.load(
                    new ProfileFlags(
                            file,
                            data,
                            databaseUrl(),
                            databaseUser(),
                            databasePasswordFile(),
                            kafka(),
                            http(),
                            apiKeyFile()),
                    environment,
                    standard);
        }
    }

    private static class DatabaseOptions extends BasicOptions {
        @Option(
                names = "--database-url",
                paramLabel = "URL",
                order = 3,
                description = "postgresql://HOST:PORT/NAME, without a password (default: $"
                        + Profile.DATABASE_URL_VARIABLE + ").")
        private @Nullable String databaseUrl;

        @Option(
                names = "--database-user",
                paramLabel = "ROLE",
                order = 4,
                description = "Role to log in as (default: $" + Profile.DATABASE_USER_VARIABLE
                        + ", else the role for this kind of work).")
        private @Nullable String databaseUser;

        @Option(
                names = "--database-password-file",
                paramLabel = "FILE",
                order = 5,
                description = "File with the password (default: $" + Profile.DATABASE_PASSWORD_VARIABLE + ").")
        private @Nullable Path databasePasswordFile;

        @Override
        @Nullable
        String databaseUrl() {
            return databaseUrl;
        }

        @Override
        @Nullable
        String databaseUser() {
            return databaseUser;
        }

        @Override
        @Nullable
        Path databasePasswordFile() {
            return databasePasswordFile;
        }
    }

    /** The option of each group that needs Kafka; picocli shows it under the heading of the group around it. */
    private static final class KafkaBlock {
        @Option(
                names = "--kafka",
                paramLabel = "HOST:PORT",
                order = 6,
                description = "Bootstrap servers, separated by commas (default: $" + Profile.KAFKA_VARIABLE + ").")
        private @Nullable String kafka;
    }

    /** The options of each group that sends to the gateway. */
    private static final class GatewayBlock {
        @Option(
                names = "--http",
                paramLabel = "URL",
                order = 7,
                description = "Base URL of the gateway (default: $" + Profile.HTTP_VARIABLE + ").")
        private @Nullable String http;

        @Option(
                names = "--api-key-file",
                paramLabel = "FILE",
                order = 8,
                description = "File with the API key to send with (default: $" + Profile.API_KEY_VARIABLE + ").")
        private @Nullable Path apiKeyFile;
    }

    private static final class KafkaOptions extends BasicOptions {
        @ArgGroup(validate = false, exclusive = false)
        private KafkaBlock kafka = new KafkaBlock();

        @Override
        @Nullable
        String kafka() {
            return kafka.kafka;
        }
    }

    private static class LedgerOptions extends DatabaseOptions {
        @ArgGroup(validate = false, exclusive = false)
        private KafkaBlock kafka = new KafkaBlock();

        @Override
        @Nullable
        String kafka() {
            return kafka.kafka;
        }
    }

    private static final class RedrivingOptions extends DatabaseOptions {
        @ArgGroup(validate = false, exclusive = false)
        private GatewayBlock gateway = new GatewayBlock();

        @Override
        @Nullable
        String http() {
            return gateway.http;
        }

        @Override
        @Nullable
        Path apiKeyFile() {
            return gateway.apiKeyFile;
        }
    }

    private static final class SendingOptions extends LedgerOptions {
        @ArgGroup(validate = false, exclusive = false)
        private GatewayBlock gateway = new GatewayBlock();

        @Override
        @Nullable
        String http() {
            return gateway.http;
        }

        @Override
        @Nullable
        Path apiKeyFile() {
            return gateway.apiKeyFile;
        }
    }
}
