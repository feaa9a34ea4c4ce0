package io.ecomind.dev.stack;

import io.ecomind.connect.KafkaSettings;
import io.ecomind.contracts.ConsumerGroups;
import io.ecomind.contracts.Topic;
import io.ecomind.jobs.runtime.JobConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * The users of the embedded Kafka, and what each may do: a process whose password is lost can do no more than that process.
 * The API has no user, because it does not use Kafka. docs/operations.md lists the same rights for an installation.
 */
final class KafkaUsers {
    /** The broker itself. */
    static final String BROKER = "broker";

    /** The commands of whoever runs the stack: they may do everything. */
    static final String OPERATOR = "operator";

    /** Writes accepted and rejected events. */
    static final String GATEWAY = "gateway";

    /** Publishes reference data, and reads what the jobs have done. */
    static final String WORKER = "worker";

    /** The Flink jobs. */
    static final String JOBS = "jobs";

    static final List<String> ALL = List.of(BROKER, OPERATOR, GATEWAY, WORKER, JOBS);

    private static final String EVERY_HOST = "*";
    private static final long TIMEOUT_SECONDS = 30;

    private KafkaUsers() {}

    /** Writes the rights; rights that an earlier version of the stack has given and this one does not are taken away. */
    static void grant(KafkaSettings operator) {
        try (Admin admin = operator.admin(Map.of())) {
            List<AclBinding> wanted = rights();
            Collection<AclBinding> present =
                    admin.describeAcls(AclBindingFilter.ANY).values().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            List<AclBindingFilter> stale = present.stream()
                    .filter(right -> !wanted.contains(right))
                    .map(AclBinding::toFilter)
                    .toList();
            admin.deleteAcls(stale).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            admin.createAcls(wanted).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the rights of Kafka's users were written", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the rights of Kafka's users could not be written", e);
        }
    }

    /** The access-control list. */
    static List<AclBinding> rights() {
        List<AclBinding> rights = new ArrayList<>();
        for (String user : List.of(GATEWAY, WORKER, JOBS)) {
            for (Topic topic : Topic.values()) {
                topic(rights, user, topic, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS);
            }
        }
        for (Topic topic : List.of(Topic.EVENTS_RAW, Topic.EVENTS_REJECTED)) {
            topic(rights, GATEWAY, topic, AclOperation.WRITE);
        }
        for (Topic topic : Topic.values()) {
            topic(rights, WORKER, topic, AclOperation.READ);
            topic(rights, JOBS, topic, AclOperation.READ);
        }
        topic(rights, WORKER, Topic.REFERENCE, AclOperation.WRITE);
        for (Topic topic : List.of(Topic.EVENTS_ENRICHED, Topic.EVENTS_REJECTED, Topic.USAGE_TOTALS)) {
            topic(rights, JOBS, topic, AclOperation.WRITE);
        }
        for (String group : List.of(ConsumerGroups.ENRICHMENT, ConsumerGroups.DAILY)) {
            add(rights, WORKER, ResourceType.GROUP, group, PatternType.LITERAL, AclOperation.DESCRIBE);
            add(rights, JOBS, ResourceType.GROUP, group, PatternType.LITERAL, AclOperation.READ);
        }
        String transactions = JobConfig.TRANSACTIONAL_ID_PREFIX;
        for (String user : List.of(WORKER, JOBS)) {
            add(rights, user, ResourceType.TRANSACTIONAL_ID, transactions, PatternType.PREFIXED, AclOperation.DESCRIBE);
        }
        add(rights, JOBS, ResourceType.TRANSACTIONAL_ID, transactions, PatternType.PREFIXED, AclOperation.WRITE);
        return rights;
    }

    private static void topic(List<AclBinding> rights, String user, Topic topic, AclOperation... operations) {
        Arrays.stream(operations)
                .forEach(operation ->
                        add(rights, user, ResourceType.TOPIC, topic.topicName(), PatternType.LITERAL, operation));
    }

    private static void add(
            List<AclBinding> rights,
            String user,
            ResourceType type,
            String name,
            PatternType pattern,
            AclOperation operation) {
        rights.add(new AclBinding(
                new ResourcePattern(type, name, pattern),
                new AccessControlEntry("User:" + user, EVERY_HOST, operation, AclPermissionType.ALLOW)));
    }
}
