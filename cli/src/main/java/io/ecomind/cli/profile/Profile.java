package io.ecomind.cli.profile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.ecomind.connect.DatabaseSettings;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.Secret;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The addresses and credentials by which commands reach an installation. Each is looked for in the options of the command,
 * then in the environment, then in the profile file; a command asks only for those that it needs, so the others may be
 * unknown. Immutable.
 *
 * <p>A profile file is JSON. The addresses that a running embedded stack writes are one ({@code run/endpoints.json} in its
 * data directory, with {@code credentials.json} beside it):
 *
 * <pre>{@code
 * {
 *   "gateway": {"http": "https://ingest.example.org"},
 *   "kafka": {"bootstrap": "kafka-1:9092,kafka-2:9092", "settings": {"security.protocol": "SASL_SSL", …}},
 *   "postgres": {"pipeline": "postgresql://ecomind_pipeline:PASSWORD@db:5432/ecomind?sslmode=verify-full"}
 * }
 * }</pre>
 */
public final class Profile implements Installation {
    /** Names the profile file. */
    public static final String FILE_VARIABLE = "ECOMIND_PROFILE";

    public static final String HTTP_VARIABLE = "ECOMIND_HTTP_URL";
    public static final String HTTP_CA_VARIABLE = "ECOMIND_HTTP_CA";
    public static final String KAFKA_VARIABLE = "ECOMIND_KAFKA_BOOTSTRAP_SERVERS";
    public static final String DATABASE_URL_VARIABLE = "ECOMIND_DATABASE_URL";
    public static final String KAFKA_CONFIG_VARIABLE = "ECOMIND_KAFKA_CONFIG";
    public static final String DATABASE_CONFIG_VARIABLE = "ECOMIND_DATABASE_CONFIG";
    public static final String DATABASE_USER_VARIABLE = "ECOMIND_DATABASE_USER";
    public static final String DATABASE_PASSWORD_VARIABLE = "ECOMIND_DATABASE_PASSWORD";
    public static final String API_KEY_VARIABLE = "ECOMIND_API_KEY";

    private static final String MIGRATOR = "migrator";

    private final ProfileFlags flags;
    private final Map<String, String> environment;
    private final JsonNode file;
    private final JsonNode credentials;
    private final String hint;

    private Profile(
            ProfileFlags flags, Map<String, String> environment, JsonNode file, JsonNode credentials, String hint) {
        this.flags = flags;
        this.environment = Map.copyOf(environment);
        this.file = file;
        this.credentials = credentials;
        this.hint = hint;
    }

    /** An API key and, where the profile names it, the organisation that it belongs to. */
    public record SenderAccess(@Nullable String orgId, Secret key) {}

    /**
     * Reads the profile file that the options or the environment name; without either, that of the embedded stack on the
     * default data directory, if there is one.
     *
     * @throws CommandException for wrong usage when a file is named and is not there
     */
    public static Profile load(ProfileFlags flags, Map<String, String> environment, DataDirectory defaultData) {
        Path data = flags.data();
        if (flags.file() != null && data != null) {
            throw CommandException.wrongUsage(
                    "--profile and --data exclude each other: --data DIR is the profile of the"
                            + " embedded stack that keeps its data in DIR");
        }
        String variable = setting(environment, FILE_VARIABLE);
        if (flags.file() != null) {
            return ofFile(flags, environment, flags.file(), "--profile");
        }
        if (data == null && variable != null) {
            return ofFile(flags, environment, Path.of(variable), FILE_VARIABLE);
        }
        DataDirectory directory = data == null ? defaultData : new DataDirectory(data);
        if (data != null) {
            InputFiles.requireDirectoryOrNothing(data, "--data");
        }
        return new Profile(
                flags,
                environment,
                PrivateFile.read(directory.endpoints()).orElse(MissingNode.getInstance()),
                PrivateFile.read(directory.credentials()).orElse(MissingNode.getInstance()),
                "nothing runs on " + directory.root()
                        + ": start it with ./ecomind up, or name its directory with --data");
    }

    private static Profile ofFile(ProfileFlags flags, Map<String, String> environment, Path path, String namedBy) {
        InputFiles.requireFile(path, namedBy);
        Path beside = path.toAbsolutePath().resolveSibling("credentials.json");
        return new Profile(
                flags,
                environment,
                PrivateFile.read(path).orElse(MissingNode.getInstance()),
                PrivateFile.read(beside).orElse(MissingNode.getInstance()),
                path + " does not have it");
    }

    /** Base URL of the gateway's HTTP API, without a slash at its end. */
    public String http() {
        String found = first(flags.http(), HTTP_VARIABLE, file.path("gateway").path("http"));
        if (found == null) {
            throw missing("the HTTP address of the gateway", "--http URL", HTTP_VARIABLE, "gateway.http");
        }
        String url = found.replaceFirst("/+$", "");
        if (!url.matches("https?://[^\\s/]+(/\\S*)?")) {
            throw CommandException.wrongUsage(
                    "the HTTP address of the gateway is a URL such as https://ingest.example.org, was " + found);
        }
        return url;
    }

    /** The same with the certificates to trust. */
    public HttpAddress httpAddress() {
        boolean ofFile = first(flags.http(), HTTP_VARIABLE, MissingNode.getInstance()) == null;
        String byVariable = setting(environment, HTTP_CA_VARIABLE);
        String authority = ofFile && text(file.path("gateway").path("ca")) != null
                ? text(file.path("gateway").path("ca"))
                : byVariable;
        return new HttpAddress(http(), authority == null ? null : Path.of(authority));
    }

    @Override
    public KafkaSettings kafka() {
        JsonNode ofFile = file.path("kafka");
        String asked = first(flags.kafka(), KAFKA_VARIABLE, MissingNode.getInstance());
        String servers = asked != null ? asked : text(ofFile.path("bootstrap"));
        if (servers == null) {
            throw missing("the address of Kafka", "--kafka HOST:PORT", KAFKA_VARIABLE, "kafka.bootstrap");
        }
        try {
            // The settings belong to the address: those of the profile are not for a server that something else names.
            if (asked == null && ofFile.path("settings").isObject()) {
                return KafkaSettings.of(servers, Endpoints.texts(ofFile.path("settings")));
            }
            String path = setting(environment, KAFKA_CONFIG_VARIABLE);
            return KafkaSettings.load(servers, path == null ? null : Path.of(path));
        } catch (IllegalArgumentException wrong) {
            throw CommandException.wrongUsage("the settings of Kafka: " + wrong.getMessage());
        }
    }

    @Override
    public DatabaseAddress database(String role) {
        return findDatabase(role)
                .orElseThrow(() -> missing(
                        "the address of the database for the role " + roleName(role),
                        "--database-url URL",
                        DATABASE_URL_VARIABLE,
                        "postgres." + role));
    }

    /** The same, or empty when nothing names it. */
    public Optional<DatabaseAddress> findDatabase(String role) {
        if (!Endpoints.ROLES.contains(role)) {
            throw new IllegalArgumentException("there is no role " + role);
        }
        String ofFlag = flags.databaseUrl();
        if (ofFlag != null) {
            DatabaseAddress address = parse("--database-url", ofFlag, role);
            if (!address.password().value().isEmpty()) {
                throw CommandException.wrongUsage("--database-url must not have a password, which other users of this"
                        + " machine could see: give it by --database-password-file or " + DATABASE_PASSWORD_VARIABLE);
            }
            return Optional.of(withLogin(address, true));
        }
        String ofEnvironment = setting(environment, DATABASE_URL_VARIABLE);
        if (ofEnvironment != null) {
            DatabaseAddress address = parse(DATABASE_URL_VARIABLE, ofEnvironment, role);
            // ./ecomind up reads the owner's login from this variable; it is no login for the other roles.
            if (address.user().equals(roleName(role)) || role.equals(MIGRATOR)) {
                return Optional.of(withLogin(address, true));
            }
        }
        String ofFile = text(file.path("postgres").path(role));
        return ofFile == null
                ? Optional.empty()
                : Optional.of(withLogin(parse("postgres." + role + " of the profile", ofFile, role), false));
    }

    /**
     * The API key that sends events.
     *
     * @param forImport true: the profile's key for imports, which may also send what is older than events are kept
     */
    public SenderAccess sender(boolean forImport) {
        Path keyFile = flags.apiKeyFile();
        if (keyFile != null) {
            return new SenderAccess(null, new Secret(InputFiles.readSecret(keyFile, "--api-key-file")));
        }
        String ofEnvironment = setting(environment, API_KEY_VARIABLE);
        if (ofEnvironment != null) {
            return new SenderAccess(null, new Secret(ofEnvironment));
        }
        String field = forImport ? "import_key" : "api_key";
        for (JsonNode place : new JsonNode[] {file.path("credentials"), credentials}) {
            String key = text(place.path(field));
            if (key != null) {
                return new SenderAccess(text(place.path("org_id")), new Secret(key));
            }
        }
        throw missing(
                "the API key" + (forImport ? " for imports" : ""),
                "--api-key-file FILE",
                API_KEY_VARIABLE,
                "credentials." + field);
    }

    /** Secrets that options or variables name; commands that set passwords read them here. */
    public Map<String, String> environment() {
        return environment;
    }

    private DatabaseAddress withLogin(DatabaseAddress address, boolean environmentFirst) {
        String user = flags.databaseUser();
        String userOfEnvironment = setting(environment, DATABASE_USER_VARIABLE);
        if (user == null && environmentFirst) {
            user = userOfEnvironment;
        }
        String password = address.password().value();
        String passwordOfEnvironment = setting(environment, DATABASE_PASSWORD_VARIABLE);
        if (passwordOfEnvironment != null && (environmentFirst || password.isEmpty())) {
            password = passwordOfEnvironment;
        }
        if (flags.databasePasswordFile() != null) {
            password = InputFiles.readSecret(flags.databasePasswordFile(), "--database-password-file");
        }
        DatabaseAddress login = address.as(user == null ? address.user() : user, new Secret(password));
        String path = setting(environment, DATABASE_CONFIG_VARIABLE);
        return environmentFirst && path != null ? withFile(login, Path.of(path)) : login;
    }

    /** With what the file says about TLS; user and password of the file are for those who name none otherwise. */
    private static DatabaseAddress withFile(DatabaseAddress address, Path path) {
        try {
            DatabaseSettings ofFile = address.settings().with(path);
            return new DatabaseAddress(
                    ofFile.jdbcUrl(),
                    address.user(),
                    address.password().value().isEmpty() ? ofFile.password() : address.password());
        } catch (IllegalArgumentException wrong) {
            throw CommandException.wrongUsage(DATABASE_CONFIG_VARIABLE + ": " + wrong.getMessage());
        }
    }

    private static DatabaseAddress parse(String namedBy, String url, String role) {
        try {
            return DatabaseAddress.parse(url, roleName(role));
        } catch (CommandException wrong) {
            throw CommandException.wrongUsage(namedBy + ": " + wrong.getMessage());
        }
    }

    private @Nullable String first(@Nullable String ofFlag, String variable, JsonNode ofFile) {
        if (ofFlag != null && !ofFlag.isBlank()) {
            return ofFlag.strip();
        }
        String ofEnvironment = setting(environment, variable);
        return ofEnvironment != null ? ofEnvironment : text(ofFile);
    }

    private CommandException missing(String what, String option, String variable, String key) {
        return new CommandException(what + " is not known: give " + option + ", " + variable + " or " + key
                + " in a profile (--profile FILE or " + FILE_VARIABLE + "); " + hint);
    }

    private static String roleName(String role) {
        return "ecomind_" + role;
    }

    private static @Nullable String setting(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static @Nullable String text(JsonNode value) {
        return value.isTextual() && !value.textValue().isBlank()
                ? value.textValue().strip()
                : null;
    }
}
