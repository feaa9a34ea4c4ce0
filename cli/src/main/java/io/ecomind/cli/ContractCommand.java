package io.ecomind.cli;

import io.ecomind.store.OrganisationOverrides;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Power that an organisation has bought, for its market-based figures. Only a group of commands. */
@Command(
        name = "contract",
        description = "Add, list and retire an organisation's power contracts.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ContractCommand.AddContract.class,
            ContractCommand.ListContracts.class,
            ContractCommand.RetireContract.class
        })
final class ContractCommand {
    /** Stores a contract. */
    @Command(
            name = "add",
            description =
                    "Add a contract, by which calls get a market-based carbon figure beside the location-based one.")
    static final class AddContract implements Callable<Integer> {
        @Mixin
        private OverrideOptions own = new OverrideOptions();

        @Mixin
        private OverrideOptions.NewRowOptions row = new OverrideOptions.NewRowOptions();

        @Option(names = "--kg-per-kwh", paramLabel = "X", required = true, description = "kg CO2e per kWh, 0 to 10.")
        private BigDecimal kgPerKwh = BigDecimal.ZERO;

        @Option(names = "--provider", paramLabel = "P", description = "Only calls of this provider (default: all).")
        private String provider = "";

        @Option(names = "--zone", paramLabel = "Z", description = "Only calls in this zone (default: all).")
        private String zone = "";

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            var activeFrom = own.with(rows -> rows.add(new OrganisationOverrides.ContractRow(
                    row.id, provider, zone, kgPerKwh, row.validFrom, row.validTo, row.source)));
            spec.commandLine()
                    .getOut()
                    .println("stored: contract " + row.id + " counts for events that are received from " + activeFrom
                            + " on");
            return ExitCode.DONE;
        }
    }

    /** Lists the contracts of an organisation. */
    @Command(name = "list", description = "List an organisation's power contracts.")
    static final class ListContracts implements Callable<Integer> {
        @Mixin
        private OverrideOptions own = new OverrideOptions();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            PrintWriter out = spec.commandLine().getOut();
            var table = new TextTable(
                    9,
                    "id",
                    "provider",
                    "zone",
                    "kg/kWh",
                    "valid from",
                    "valid to",
                    "active from",
                    "retired",
                    "source");
            for (OrganisationOverrides.StoredRow<OrganisationOverrides.ContractRow> stored :
                    own.with(OrganisationOverrides::contracts)) {
                OrganisationOverrides.ContractRow contract = stored.row();
                table.row(
                        contract.id(),
                        contract.provider().isEmpty() ? "all" : contract.provider(),
                        contract.zone().isEmpty() ? "all" : contract.zone(),
                        contract.kgPerKwh().toPlainString(),
                        OverrideOptions.day(contract.validFrom()),
                        OverrideOptions.day(contract.validTo()),
                        stored.activeFrom().toString(),
                        stored.retiredAt() == null ? "" : stored.retiredAt().toString(),
                        contract.source());
            }
            table.lines().forEach(out::println);
            return ExitCode.DONE;
        }
    }

    /** Ends a contract. */
    @Command(name = "retire", description = "End a contract 90 seconds from now. This cannot be undone.")
    static final class RetireContract implements Callable<Integer> {
        @Mixin
        private OverrideOptions own = new OverrideOptions();

        @Option(names = "--id", paramLabel = "ID", required = true, description = "The contract.")
        private String id = "";

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            var retired = own.with(rows -> rows.retireContract(id));
            spec.commandLine()
                    .getOut()
                    .println("contract " + id + " no longer counts for events that are received from " + retired
                            + " on");
            return ExitCode.DONE;
        }
    }
}
