package io.ecomind.cli.admin;

import io.ecomind.cli.ExitCode;
import io.ecomind.cli.ProfileOptions;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.connect.BrokerCheck;
import io.ecomind.connect.KafkaSettings;
import io.ecomind.connect.TopicProvisioner;
import io.ecomind.contracts.Topic;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Creates the topics, and keeps their configuration as it should be. */
@Command(
        name = "topics",
        description = "Create the Kafka topics that are missing, and set retention and clean-up of those that differ.",
        footer = {
            "",
            "The number of partitions and of replicas of a topic that exists is never changed; where"
                    + " they differ the command says so and ends with 1."
        })
final class TopicsCommand implements Callable<Integer> {
    @Mixin
    private ProfileOptions.Kafka options = new ProfileOptions.Kafka();

    @Option(
            names = "--replication",
            paramLabel = "N",
            defaultValue = "3",
            description = "Replicas of each partition (default: ${DEFAULT-VALUE}; a single broker needs 1).")
    private short replication = 3;

    @Option(
            names = "--min-in-sync",
            paramLabel = "N",
            description = "Replicas that must have a record before it is acknowledged (default: one fewer than"
                    + " --replication, and at least 1).")
    private int minInSync;

    @Option(
            names = {"--check", "--dry-run"},
            description = "Change nothing; list what differs, and end with 1 if anything does.")
    private boolean check;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (replication < 1) {
            throw CommandException.wrongUsage("--replication must be at least 1, was " + replication);
        }
        int inSync = minInSync == 0 ? Math.max(1, replication - 1) : minInSync;
        if (inSync < 1 || inSync > replication) {
            throw CommandException.wrongUsage("--min-in-sync must be 1 to " + replication + ", was " + minInSync);
        }
        KafkaSettings kafka = options.load().kafka();
        try (var topics = new TopicProvisioner(kafka, replication, inSync)) {
            List<TopicProvisioner.Difference> before = topics.differences();
            before.forEach(difference ->
                    out.println("  " + difference + (difference.mendable() ? "" : "; this has to be changed by hand")));
            List<String> warnings = check ? BrokerCheck.warnings(kafka) : List.of();
            List<TopicProvisioner.Difference> after = check || before.isEmpty() ? before : topics.apply();
            if (after.isEmpty()) {
                out.println(Topic.values().length + " topics are as they should be" + (before.isEmpty() ? "" : " now"));
            } else {
                out.println(after.size()
                        + (after.size() == 1 ? " difference" : " differences")
                        + (check ? "; nothing was changed" : " left"));
            }
            if (check) {
                warnings.forEach(warning -> out.println("  warning: " + warning));
            }
            out.flush();
            return after.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
        } catch (KafkaException e) {
            throw new CommandException("Kafka at " + kafka.bootstrapServers() + ": " + e.getMessage(), e);
        }
    }
}
