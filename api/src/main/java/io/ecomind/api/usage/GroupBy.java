package io.ecomind.api.usage;

import io.ecomind.api.http.QueryParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What days can be split by, with the query for it. Immutable. */
enum GroupBy {
    ORG(List.of(), """
            SELECT d.date, {d.sums}, coalesce(s.state = 'sealed', false) AS sealed
            FROM daily_org_agg d
            LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
            WHERE d.org_id = :org AND d.date BETWEEN :from AND :to
            ORDER BY d.date
            LIMIT :limit""", ofPerson("")),

    USER(List.of("user_id"), """
            SELECT d.date, d.user_id, {d.sums}, coalesce(s.state = 'sealed', false) AS sealed
            FROM daily_user_agg d
            LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
            WHERE d.org_id = :org AND d.date BETWEEN :from AND :to
            ORDER BY d.date, d.user_id COLLATE "C"
            LIMIT :limit""", ofPerson("user_id")),

    TEAM(List.of("team_id", "team_name"), byTeam(""), byTeam("AND u.user_id = :user")),

    PROJECT(List.of("project"), """
            SELECT d.date, d.project, {d.sums}, coalesce(s.state = 'sealed', false) AS sealed
            FROM daily_project_agg d
            LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
            WHERE d.org_id = :org AND d.date BETWEEN :from AND :to
            ORDER BY d.date, d.project COLLATE "C"
            LIMIT :limit""", ofPerson("project")),

    PROVIDER(List.of("provider"), """
            SELECT d.date, d.provider, {d.sums}, coalesce(s.state = 'sealed', false) AS sealed
            FROM daily_provider_agg d
            LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
            WHERE d.org_id = :org AND d.date BETWEEN :from AND :to
            ORDER BY d.date, d.provider COLLATE "C"
            LIMIT :limit""", ofPerson("provider")),

    MODEL(List.of("provider", "model"), """
            SELECT d.date, d.provider, d.model, {d.sums}, coalesce(s.state = 'sealed', false) AS sealed
            FROM daily_model_agg d
            LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
            WHERE d.org_id = :org AND d.date BETWEEN :from AND :to
            ORDER BY d.date, d.provider COLLATE "C", d.model COLLATE "C"
            LIMIT :limit""", ofPerson("provider", "model"));

    private final List<String> fields;
    private final String ofEverybody;
    private final String ofPerson;

    GroupBy(List<String> fields, String ofEverybody, String ofPerson) {
        this.fields = fields;
        this.ofEverybody = withSums(ofEverybody);
        this.ofPerson = withSums(ofPerson);
    }

    /** Only the cube tells which part of a group is one person's. */
    private static String ofPerson(String... columns) {
        String keys = Arrays.stream(columns)
                .filter(column -> !column.isEmpty())
                .map(column -> ", d." + column)
                .collect(Collectors.joining());
        return """
            SELECT d.date%1$s, {sum(d.sums)}, coalesce(bool_and(s.state = 'sealed'), false) AS sealed
            FROM daily_usage d
            LEFT JOIN day_states s ON s.org_id = d.org_id AND s.date = d.date
            WHERE d.org_id = :org AND d.date BETWEEN :from AND :to AND d.user_id = :user
            GROUP BY d.date%1$s
            ORDER BY d.date%2$s
            LIMIT :limit""".formatted(keys, keys.replaceAll("(d\\.\\w+)", "$1 COLLATE \"C\""));
    }

    /**
     * A person in several teams counts for the one joined first, so that teams add up to the organisation. An alias without
     * a row may be the person's own id.
     */
    private static String byTeam(String person) {
        return """
            WITH per_person AS (
                SELECT u.date, u.user_id, {sum(u.sums)}
                FROM daily_usage u
                WHERE u.org_id = :org AND u.date BETWEEN :from AND :to {person}
                GROUP BY u.date, u.user_id
            ), per_team AS (
                SELECT p.date, m.team_id, {sum(p.sums)}
                FROM per_person p
                LEFT JOIN user_aliases a ON a.org_id = :org AND a.alias = p.user_id
                LEFT JOIN LATERAL (
                    SELECT t.team_id
                    FROM team_members t
                    WHERE t.org_id = :org AND t.user_id = coalesce(a.user_id, p.user_id)
                      AND t.valid_from <= p.date AND (t.valid_to IS NULL OR t.valid_to > p.date)
                    ORDER BY t.valid_from, t.team_id COLLATE "C"
                    LIMIT 1
                ) m ON true
                GROUP BY p.date, m.team_id
            )
            SELECT d.date, d.team_id, n.name AS team_name, {d.sums}, coalesce(s.state = 'sealed', false) AS sealed
            FROM per_team d
            LEFT JOIN teams n ON n.org_id = :org AND n.id = d.team_id
            LEFT JOIN day_states s ON s.org_id = :org AND s.date = d.date
            ORDER BY d.date, d.team_id COLLATE "C" NULLS LAST
            LIMIT :limit""".replace("{person}", person);
    }

    private static String withSums(String sql) {
        return sql.replace("{d.sums}", Sums.columns(name -> "d." + name))
                .replace("{sum(d.sums)}", added("d"))
                .replace("{sum(u.sums)}", added("u"))
                .replace("{sum(p.sums)}", added("p"));
    }

    private static String added(String table) {
        return Sums.columns(name -> "sum(%1$s.%2$s) AS %2$s".formatted(table, name));
    }

    /** @param name as in the query; absent means the organisation */
    static GroupBy fromQuery(@Nullable String name) {
        if (name == null) {
            return ORG;
        }
        for (GroupBy group : values()) {
            if (group.publicName().equals(name)) {
                return group;
            }
        }
        throw QueryParameters.invalid("group_by must be one of "
                + Arrays.stream(values()).map(GroupBy::publicName).collect(Collectors.joining(", ")) + ", was '"
                + QueryParameters.shortened(name) + "'");
    }

    String publicName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The columns that tell the groups apart, besides the date. */
    List<String> fields() {
        return fields;
    }

    /** The query for everybody's calls. */
    String sqlOfEverybody() {
        return ofEverybody;
    }

    /** The query for the calls of the person {@code :user}. */
    String sqlOfPerson() {
        return ofPerson;
    }
}
