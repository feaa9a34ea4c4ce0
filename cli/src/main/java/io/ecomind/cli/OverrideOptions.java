package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.store.OrganisationOverrides;
import java.sql.SQLException;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What all commands about an organisation's own factors share. */
final class OverrideOptions {
    @Mixin
    private ProfileOptions.Database options = new ProfileOptions.Database();

    @Option(names = "--org", paramLabel = "ORG", required = true, description = "The organisation.")
    private String org = "";

    /** The rows of the organisation, through the role of the API. */
    OrganisationOverrides open() {
        return new OrganisationOverrides(options.load().database("api").dataSource(), org);
    }

    interface OverridesAction<T> {
        T run(OrganisationOverrides own) throws SQLException, OrganisationOverrides.RejectedChangeException;
    }

    /** Shows the message of a rejected change or of a bad value; other exceptions are errors of the command. */
    <T> T with(OverridesAction<T> work) throws SQLException {
        try {
            return work.run(open());
        } catch (OrganisationOverrides.RejectedChangeException | IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    /** The options that every new override and contract has. */
    static final class NewRowOptions {
        @Option(
                names = "--id",
                paramLabel = "ID",
                required = true,
                description = "An id of your choice; it can never be used again.")
        String id = "";

        @Option(names = "--source", paramLabel = "TEXT", required = true, description = "Where the figures are from.")
        String source = "";

        @Option(names = "--valid-from", paramLabel = "DATE", description = "First day, UTC (default: always).")
        @Nullable
        LocalDate validFrom;

        @Option(names = "--valid-to", paramLabel = "DATE", description = "First day on which it no longer holds.")
        @Nullable
        LocalDate validTo;
    }

    static String day(@Nullable LocalDate day) {
        return day == null ? "" : day.toString();
    }
}
