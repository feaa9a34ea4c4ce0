package io.ecomind.dev.sample;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ecomind.dev.stack.DemoOrganisation;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * An organisation's calls on seven days, the last of them today until now, drawn with a fixed seed: the same moment
 * gives the same events, a later one of the same day these and more. All of them are younger than the horizon of seven
 * days, so none is late. Immutable.
 *
 * <p>Calls follow office hours, with fewer at noon and few on weekends; the logarithm of their token counts is normally
 * distributed. Some events are sent twice, the second time in a later request; some have the mistakes that clients
 * make; one model has no factor.
 *
 * @param requests what to send, in order: each a list of events as JSON
 * @param distinct valid events, each counted once
 * @param repeats how many of them are sent a second time
 * @param invalid events that the gateway refuses
 */
public record SampleWeek(List<List<String>> requests, int distinct, int repeats, int invalid) {
    private static final long SEED = 20_260_101L;
    /** Six whole days and the one that goes on. */
    public static final int DAYS = 7;

    private static final int EVENTS = 4_000;
    private static final int ITEMS_PER_REQUEST = 250;
    private static final double REPEATED = 0.02;
    private static final double INVALID = 0.01;
    private static final double WEEKEND_WEIGHT = 0.06;
    private static final int INVALID_KINDS = 6;
    private static final long FIRST_SECOND = LocalTime.of(6, 30).toSecondOfDay();
    private static final long SECONDS_OF_WORK = LocalTime.of(15, 0).toSecondOfDay();

    /** Relative calls in each half hour from 06:30 on. */
    private static final int[] HALF_HOURS = {
        1, 2, 4, 8, 13, 18, 21, 22, 21, 18, 11, 9, 14, 19, 22, 22, 20, 18, 14, 10, 6, 4, 3, 2, 2, 2, 1, 1, 1, 1
    };

    /** Share of each model by team (platform, research, support), and its usual tokens. */
    private enum Model {
        GPT_4O("openai", "gpt-4o", 900, 260, 30, 20, 22),
        GPT_4O_MINI("openai", "gpt-4o-mini", 600, 180, 18, 10, 45),
        SONNET("anthropic", "claude-sonnet-4-5-20250929", 2_400, 620, 32, 26, 6),
        FLASH("google", "gemini-2.5-flash", 1_300, 240, 10, 12, 20),
        MISTRAL("mistral", "mistral-large-2411", 1_000, 330, 6, 22, 5),
        HOUSE("internal", "house-model-1", 700, 150, 4, 10, 2);

        private final String provider;
        private final String model;
        private final double usualIn;
        private final double usualOut;
        private final int[] shareByTeam;

        Model(String provider, String model, double usualIn, double usualOut, int... shareByTeam) {
            this.provider = provider;
            this.model = model;
            this.usualIn = usualIn;
            this.usualOut = usualOut;
            this.shareByTeam = shareByTeam;
        }
    }

    private static final String[] REGIONS = {"USA", "FRA", "DEU"};
    private static final int[] REGION_SHARES = {46, 24, 30};
    private static final String[] PROJECTS = {"assistant", "search", "reports"};

    public SampleWeek {
        requests = requests.stream().map(List::copyOf).toList();
    }

    /** The six days before the local date of a moment, and that date up to the moment. */
    public static SampleWeek until(Instant moment, ZoneId zone) {
        LocalDate lastDay = LocalDate.ofInstant(moment, zone);
        var random = new SplittableRandom(SEED);
        List<LocalDate> days = new ArrayList<>();
        double weights = 0;
        for (int back = DAYS - 1; back >= 0; back--) {
            days.add(lastDay.minusDays(back));
            weights += weight(days.get(days.size() - 1));
        }
        List<List<String>> requests = new ArrayList<>();
        List<String> request = new ArrayList<>();
        List<String> again = new ArrayList<>();
        int distinct = 0;
        int repeats = 0;
        int invalid = 0;
        for (LocalDate day : days) {
            int calls = (int) Math.round(EVENTS * weight(day) / weights);
            for (Instant at : times(day, zone, calls, random)) {
                if (at.isAfter(moment)) {
                    // The rest of the last day; the gateway takes nothing from the future.
                    break;
                }
                String id = String.format(Locale.ROOT, "sample-%s-%05d", day, distinct + invalid);
                ObjectNode event = event(id, at, random);
                if (random.nextDouble() < INVALID) {
                    spoil(event, invalid % INVALID_KINDS, at);
                    invalid++;
                } else {
                    distinct++;
                    if (random.nextDouble() < REPEATED) {
                        again.add(event.toString());
                        repeats++;
                    }
                }
                request.add(event.toString());
                if (request.size() >= ITEMS_PER_REQUEST) {
                    requests.add(request);
                    // What was sent with this request may come again from the next on.
                    request = new ArrayList<>(again);
                    again = new ArrayList<>();
                }
            }
        }
        requests.add(request);
        if (!again.isEmpty()) {
            requests.add(again);
        }
        return new SampleWeek(requests, distinct, repeats, invalid);
    }

    /** Events in all requests. */
    public int items() {
        return requests.stream().mapToInt(List::size).sum();
    }

    private static double weight(LocalDate day) {
        return switch (day.getDayOfWeek()) {
            case SATURDAY, SUNDAY -> WEEKEND_WEIGHT;
            case FRIDAY -> 0.85;
            case MONDAY, TUESDAY, WEDNESDAY, THURSDAY -> 1;
        };
    }

    private static List<Instant> times(LocalDate day, ZoneId zone, int calls, SplittableRandom random) {
        boolean weekend = day.getDayOfWeek() == DayOfWeek.SATURDAY || day.getDayOfWeek() == DayOfWeek.SUNDAY;
        List<Instant> times = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            long second = weekend
                    ? FIRST_SECOND + random.nextLong(SECONDS_OF_WORK)
                    : FIRST_SECOND + pick(HALF_HOURS, random) * 1_800L + random.nextLong(1_800);
            times.add(day.atTime(LocalTime.ofSecondOfDay(second))
                    .plus(random.nextInt(1_000), ChronoUnit.MILLIS)
                    .atZone(zone)
                    .toInstant());
        }
        times.sort(null);
        return times;
    }

    private static ObjectNode event(String id, Instant at, SplittableRandom random) {
        // The square root makes low numbers rarer: some people call far more than others.
        int user = 1 + (int) (DemoOrganisation.USERS * Math.sqrt(random.nextDouble()));
        int team = DemoOrganisation.teamOf(user);
        int[] shares = new int[Model.values().length];
        for (Model candidate : Model.values()) {
            shares[candidate.ordinal()] = candidate.shareByTeam[team];
        }
        Model model = Model.values()[pick(shares, random)];
        long out = tokens(model.usualOut, random);
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("org_id", DemoOrganisation.ID)
                .put("user_id", DemoOrganisation.senderName(user))
                .put("provider", model.provider)
                .put("model", model.model)
                .put("tokens_in", tokens(model.usualIn, random))
                .put("tokens_out", out)
                .put("latency_ms", 250 + out * 12 + random.nextInt(400))
                .put("status", "ok")
                .put("region", REGIONS[pick(REGION_SHARES, random)])
                .put("project", PROJECTS[team])
                .put("environment", "production")
                .put("source", "sample")
                .put("ts", at.toString());
    }

    /** A positive count whose logarithm is normal around the usual one. */
    private static long tokens(double usual, SplittableRandom random) {
        // Twelve uniform draws add up to a variance of one: the same on every platform, unlike log and cosine.
        double normal = -6;
        for (int i = 0; i < 12; i++) {
            normal += random.nextDouble();
        }
        return Math.max(1, Math.round(usual * StrictMath.exp(0.8 * normal)));
    }

    private static void spoil(ObjectNode event, int kind, Instant at) {
        switch (kind) {
            case 0 -> event.remove("user_id");
            case 1 -> event.put("tokens_out", -event.get("tokens_out").asLong());
            case 2 -> event.put("ts", at.minus(500, ChronoUnit.DAYS).toString());
            case 3 -> event.put("tokens_in", event.get("tokens_in").asText() + " tokens");
            case 4 -> event.remove("provider");
            case 5 -> event.put("ts", "last Tuesday");
            default -> throw new IllegalArgumentException("there are " + INVALID_KINDS + " kinds");
        }
    }

    private static int pick(int[] shares, SplittableRandom random) {
        int total = 0;
        for (int share : shares) {
            total += share;
        }
        int left = random.nextInt(total);
        int chosen = 0;
        while (left >= shares[chosen]) {
            left -= shares[chosen];
            chosen++;
        }
        return chosen;
    }
}
