package io.ecomind.dev.check.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.cli.profile.CommandException;
import io.ecomind.dev.check.attack.Attempt.Observation;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttackCatalogueTest {
    private static final Attempt ATTEMPT = new Attempt(
            "1a", "name", "what is sent", "what is expected", Set.of(), context -> Observation.of(true, "ok"));

    @Test
    void numbers_and_names_are_unique() {
        List<Attempt> all = AttackRun.catalogue();

        assertThat(all).extracting(Attempt::number).doesNotHaveDuplicates();
        assertThat(all).extracting(Attempt::name).doesNotHaveDuplicates();
    }

    @Test
    void tries_are_chosen_by_number_group_or_name() {
        assertThat(AttackRun.select(List.of("1a"))).extracting(Attempt::number).containsExactly("1a");
        assertThat(AttackRun.select(List.of("3"))).extracting(Attempt::number).containsExactly("3a", "3b", "3c", "3d");
        assertThat(AttackRun.select(List.of("forged-keys"))).hasSize(1);
        assertThat(AttackRun.select(List.of())).isEqualTo(AttackRun.catalogue());
        assertThatThrownBy(() -> AttackRun.select(List.of("99z")))
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("there is no try 99z");
    }

    @Test
    void a_profile_with_addresses_only_leaves_out_what_needs_more(@TempDir Path directory) throws Exception {
        Path profile = directory.resolve("profile.json");
        Files.writeString(profile, "{\"gateway\":{\"http\":\"http://127.0.0.1:1\",\"grpc\":\"127.0.0.1:2\"}}");

        AttackTarget target = AttackTarget.of(profile);

        assertThat(target.http()).isEqualTo(URI.create("http://127.0.0.1:1"));
        assertThat(AttackNeed.GRPC.isMetBy(target)).isTrue();
        assertThat(AttackNeed.values())
                .filteredOn(need -> need != AttackNeed.GRPC)
                .noneMatch(need -> need.isMetBy(target));
    }

    @Test
    void a_report_counts_what_held_broke_and_was_not_tried() {
        List<AttackRun.Finding> findings = List.of(
                new AttackRun.Finding(ATTEMPT, Observation.of(true, "fine"), null),
                new AttackRun.Finding(ATTEMPT, Observation.of(false, "open"), null),
                new AttackRun.Finding(ATTEMPT, Observation.notTried("no address"), null));
        var target = new AttackTarget(
                URI.create("http://h:1"),
                URI.create("http://h:1"),
                null,
                java.util.Map.of(),
                null,
                null,
                null,
                null,
                null,
                null);

        ObjectNode json = AttackReport.json(target, 1, findings);

        assertThat(json.get("held").asInt()).isEqualTo(1);
        assertThat(json.get("broken").asInt()).isEqualTo(1);
        assertThat(json.get("not_tried").asInt()).isEqualTo(1);
        assertThat(json.get("tries").get(1).get("verdict").asText()).isEqualTo("broken");
        assertThat(AttackRun.allHeld(findings)).isFalse();
        assertThat(AttackReport.conclusion(findings)).contains("so not all is shown");
    }

    @Test
    void a_try_of_all_roles_needs_the_login_of_each(@TempDir Path directory) throws Exception {
        Path profile = directory.resolve("profile.json");
        Files.writeString(profile, """
                {"gateway": {"http": "http://127.0.0.1:1"}, "postgres": {
                "gateway": "postgresql://g:x@127.0.0.1:2/e", "api": "postgresql://a:x@127.0.0.1:2/e",
                "worker": "postgresql://w:x@127.0.0.1:2/e", "pipeline": "postgresql://p:x@127.0.0.1:2/e"}}""");
        Attempt moreRights = AttackRun.select(List.of("more-rights")).get(0);

        AttackRun.Finding finding = AttackRun.run(new AttackContext(AttackTarget.of(profile), 1), moreRights);

        assertThat(finding.observation()).isEqualTo(Observation.notTried("needs the database login of the dispatcher"));
        assertThat(AttackRun.allHeld(List.of(finding))).isTrue();
        assertThat(AttackRun.allTried(List.of(finding))).isFalse();
    }
}
