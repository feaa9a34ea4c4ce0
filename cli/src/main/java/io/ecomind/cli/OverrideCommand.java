package io.ecomind.cli;

import io.ecomind.cli.profile.CommandException;
import io.ecomind.store.OrganisationOverrides;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** An organisation's own factors, which go before every set's. Only a group of commands. */
@Command(
        name = "override",
        description = "Add, list and retire an organisation's own factors.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            OverrideCommand.AddOverride.class,
            OverrideCommand.ListOverrides.class,
            OverrideCommand.RetireOverride.class
        })
final class OverrideCommand {
    /** Two figures, MIN..MAX, or one that is both. */
    record SpanOptions(BigDecimal min, BigDecimal max) {}

    /** Reads a span. */
    static final class SpanConverter implements ITypeConverter<SpanOptions> {
        @Override
        public SpanOptions convert(String value) {
            String[] ends = value.split("\\.\\.", -1);
            try {
                if (ends.length <= 2) {
                    return new SpanOptions(new BigDecimal(ends[0]), new BigDecimal(ends[ends.length - 1]));
                }
            } catch (NumberFormatException notANumber) {
                throw new TypeConversionException("'" + value + "' is not MIN..MAX (" + notANumber.getMessage() + ")");
            }
            throw new TypeConversionException("'" + value + "' is not MIN..MAX");
        }
    }

    /** Figures per call. */
    static final class PerCall {
        @Option(
                names = "--kwh-per-call",
                paramLabel = "X",
                required = true,
                description = "Energy of a call at the server, kWh.")
        BigDecimal kwh = BigDecimal.ZERO;

        @Option(names = "--pue", paramLabel = "X", required = true, description = "Power usage effectiveness, 1 to 10.")
        BigDecimal pue = BigDecimal.ZERO;

        @Option(
                names = "--water-l-per-kwh",
                paramLabel = "X",
                required = true,
                description = "Water after PUE, L per kWh.")
        BigDecimal water = BigDecimal.ZERO;

        @Option(
                names = "--co2-kg-per-kwh",
                paramLabel = "X",
                required = true,
                description = "CO2e after PUE where the event names no region, kg per kWh.")
        BigDecimal carbon = BigDecimal.ZERO;
    }

    /** Size and speed. */
    static final class Size {
        @Option(
                names = "--active-b",
                paramLabel = "MIN..MAX",
                required = true,
                converter = SpanConverter.class,
                description = "Active parameters for each token, in billions.")
        SpanOptions active = new SpanOptions(BigDecimal.ZERO, BigDecimal.ZERO);

        @Option(
                names = "--total-b",
                paramLabel = "MIN..MAX",
                required = true,
                converter = SpanConverter.class,
                description = "All parameters, in billions.")
        SpanOptions total = new SpanOptions(BigDecimal.ZERO, BigDecimal.ZERO);

        @Option(names = "--tps", paramLabel = "X", description = "Measured tokens per second.")
        @Nullable
        BigDecimal tokensPerSecond;

        @Option(names = "--ttft-s", paramLabel = "X", description = "Measured seconds to the first token.")
        @Nullable
        BigDecimal timeToFirstToken;
    }

    /** One of the two. */
    static final class PerCallOptions {
        @ArgGroup(exclusive = false, heading = "By figures per call:%n")
        @Nullable
        PerCall perCall;

        @ArgGroup(exclusive = false, heading = "Or by size and speed:%n")
        @Nullable
        Size size;
    }

    /** Stores an override. */
    @Command(
            name = "add",
            description = "Rate an organisation's calls of a model by a factor of its own, from 90 seconds later on.")
    static final class AddOverride implements Callable<Integer> {
        @Mixin
        private OverrideOptions own = new OverrideOptions();

        @Mixin
        private OverrideOptions.NewRowOptions row = new OverrideOptions.NewRowOptions();

        @Option(names = "--provider", paramLabel = "P", required = true, description = "As the events name it.")
        private String provider = "";

        @Option(
                names = "--model",
                paramLabel = "M",
                required = true,
                description = "As the events name it; * for all of the provider.")
        private String model = "";

        @ArgGroup(exclusive = true, multiplicity = "1")
        private PerCallOptions figures = new PerCallOptions();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            PerCall call = figures.perCall;
            Size size = figures.size;
            var activeFrom = own.with(rows -> rows.add(new OrganisationOverrides.OverrideRow(
                    row.id,
                    provider,
                    model,
                    call == null
                            ? null
                            : new OrganisationOverrides.PerCallFigures(call.kwh, call.pue, call.water, call.carbon),
                    size == null
                            ? null
                            : new OrganisationOverrides.Parameters(
                                    size.active.min(),
                                    size.active.max(),
                                    size.total.min(),
                                    size.total.max(),
                                    size.tokensPerSecond,
                                    size.timeToFirstToken),
                    row.validFrom,
                    row.validTo,
                    row.source)));
            spec.commandLine()
                    .getOut()
                    .println("stored: override " + row.id + " rates events that are received from " + activeFrom
                            + " on");
            return ExitCode.DONE;
        }
    }

    /** Lists the overrides of an organisation. */
    @Command(name = "list", description = "List an organisation's own factors.")
    static final class ListOverrides implements Callable<Integer> {
        @Mixin
        private OverrideOptions own = new OverrideOptions();

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            PrintWriter out = spec.commandLine().getOut();
            List<OrganisationOverrides.StoredRow<OrganisationOverrides.OverrideRow>> found =
                    own.with(OrganisationOverrides::overrides);
            var table = new TextTable(
                    9,
                    "id",
                    "provider",
                    "model",
                    "factor",
                    "valid from",
                    "valid to",
                    "active from",
                    "retired",
                    "source");
            for (OrganisationOverrides.StoredRow<OrganisationOverrides.OverrideRow> stored : found) {
                OrganisationOverrides.OverrideRow override = stored.row();
                table.row(
                        override.id(),
                        override.provider(),
                        override.model(),
                        describe(override),
                        OverrideOptions.day(override.validFrom()),
                        OverrideOptions.day(override.validTo()),
                        stored.activeFrom().toString(),
                        stored.retiredAt() == null ? "" : stored.retiredAt().toString(),
                        override.source());
            }
            table.lines().forEach(out::println);
            return ExitCode.DONE;
        }

        private static String describe(OrganisationOverrides.OverrideRow override) {
            OrganisationOverrides.PerCallFigures call = override.perCall();
            if (call != null) {
                return call.kwh().toPlainString() + " kWh, PUE " + call.pue() + ", " + call.waterLitresPerKwh()
                        + " L/kWh, " + call.carbonKgPerKwh() + " kg/kWh";
            }
            OrganisationOverrides.Parameters size = override.parameters();
            if (size == null) {
                throw new CommandException("override " + override.id() + " has no figures");
            }
            return size.activeMin() + ".." + size.activeMax() + " of " + size.totalMin() + ".." + size.totalMax() + " b"
                    + (size.tokensPerSecond() == null ? "" : ", " + size.tokensPerSecond() + " tokens/s")
                    + (size.timeToFirstTokenSeconds() == null
                            ? ""
                            : ", first after " + size.timeToFirstTokenSeconds() + " s");
        }
    }

    /** Ends an override. */
    @Command(name = "retire", description = "End an override 90 seconds from now. This cannot be undone.")
    static final class RetireOverride implements Callable<Integer> {
        @Mixin
        private OverrideOptions own = new OverrideOptions();

        @Option(names = "--id", paramLabel = "ID", required = true, description = "The override.")
        private String id = "";

        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public Integer call() throws SQLException {
            var retired = own.with(rows -> rows.retireOverride(id));
            spec.commandLine()
                    .getOut()
                    .println("override " + id + " no longer rates events that are received from " + retired + " on");
            return ExitCode.DONE;
        }
    }
}
