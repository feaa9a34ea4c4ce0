package io.ecomind.api.usage;

import com.fasterxml.jackson.annotation.JsonValue;
import io.ecomind.api.http.Csv;
import io.ecomind.api.http.Json;
import io.ecomind.footprint.Bound;
import io.ecomind.footprint.Counter;
import io.ecomind.footprint.Figure;
import io.ecomind.footprint.Quantity;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The answers about usage. */
final class UsageViews {
    private UsageViews() {}

    /**
     * The current day. Existing clients depend on the first nine names.
     *
     * @param userId the sender's name of the person, null for the whole organisation
     * @param kwh null when there are calls and none is covered; exactly 0 when there are no calls
     * @param provisional always true: today is not over
     * @param kwhLow the sum of the calls' low figures; the high ones likewise
     */
    record TodayView(
            LocalDate date,
            String orgId,
            @Nullable String userId,
            long callCount,
            @Nullable BigDecimal kwh,
            @Nullable BigDecimal waterLiters,
            @Nullable BigDecimal co2Kg,
            List<ProviderView> topProviders,
            List<ModelView> topModels,
            long uncoveredCount,
            @Nullable Instant completeThrough,
            boolean provisional,
            @Nullable BigDecimal kwhLow,
            @Nullable BigDecimal kwhHigh,
            @Nullable BigDecimal waterLitersLow,
            @Nullable BigDecimal waterLitersHigh,
            @Nullable BigDecimal co2KgLow,
            @Nullable BigDecimal co2KgHigh) {

        static TodayView of(String orgId, TodayUsage today) {
            Sums sums = today.sums();
            return new TodayView(
                    today.date(),
                    orgId,
                    today.userId(),
                    sums.count(Counter.CALL_COUNT),
                    amount(sums, Quantity.ENERGY, Bound.MID),
                    amount(sums, Quantity.WATER, Bound.MID),
                    amount(sums, Quantity.CARBON, Bound.MID),
                    today.topProviders().stream()
                            .map(count -> new ProviderView(count.name(), count.calls()))
                            .toList(),
                    today.topModels().stream()
                            .map(count -> new ModelView(count.name(), count.calls()))
                            .toList(),
                    sums.count(Counter.UNCOVERED_COUNT),
                    today.completeThrough(),
                    true,
                    amount(sums, Quantity.ENERGY, Bound.LOW),
                    amount(sums, Quantity.ENERGY, Bound.HIGH),
                    amount(sums, Quantity.WATER, Bound.LOW),
                    amount(sums, Quantity.WATER, Bound.HIGH),
                    amount(sums, Quantity.CARBON, Bound.LOW),
                    amount(sums, Quantity.CARBON, Bound.HIGH));
        }

        private static @Nullable BigDecimal amount(Sums sums, Quantity quantity, Bound bound) {
            return Json.amount(sums.amount(quantity, bound));
        }
    }

    record ProviderView(String provider, long count) {}

    record ModelView(String model, long count) {}

    /** Totals by day and group; {@code totals} are the sums over the rows. */
    record DailyView(
            String orgId,
            String groupBy,
            LocalDate from,
            LocalDate to,
            String timeZone,
            @Nullable Instant completeThrough,
            boolean provisional,
            Iterator<DailyRowView> rows,
            RunningTotals totals) {

        static DailyView of(String orgId, DailyUsage usage) {
            var totals = new RunningTotals();
            return new DailyView(
                    orgId,
                    usage.groupBy().publicName(),
                    usage.range().from(),
                    usage.range().to(),
                    usage.timeZone(),
                    usage.completeThrough(),
                    usage.provisional(),
                    mapped(usage.rows(), row -> {
                        totals.add(row.sums());
                        return new DailyRowView(usage.groupBy(), row);
                    }),
                    totals);
        }
    }

    /** The sums of the rows that have been written so far; written itself when all have. Not thread-safe. */
    static final class RunningTotals {
        private Sums sums = Sums.NO_CALLS;

        private void add(Sums more) {
            sums = sums.plus(more);
        }

        @JsonValue
        Map<String, @Nullable Object> fields() {
            return new SumsView(sums).fields();
        }
    }

    /** One group on one day. Which fields name the group depends on what the days are split by. */
    record DailyRowView(GroupBy groupBy, DailyRow row) {
        @JsonValue
        Map<String, @Nullable Object> fields() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("date", row.date());
            for (int i = 0; i < row.group().size(); i++) {
                fields.put(groupBy.fields().get(i), row.group().get(i));
            }
            fields.putAll(new SumsView(row.sums()).fields());
            fields.put("provisional", row.provisional());
            return fields;
        }
    }

    /**
     * All counters and figures of {@link Counter} and {@link Figure}, so that a new one needs no change here: the totals
     * first, then what they consist of.
     */
    record SumsView(Sums sums) {
        private static final List<Counter> MAIN_COUNTERS =
                List.of(Counter.CALL_COUNT, Counter.UNCOVERED_COUNT, Counter.TOKENS_IN, Counter.TOKENS_OUT);
        private static final List<Figure> MAIN_FIGURES = Stream.of(Quantity.ENERGY, Quantity.WATER, Quantity.CARBON)
                .map(quantity -> new Figure(quantity, Bound.MID))
                .toList();

        @JsonValue
        Map<String, @Nullable Object> fields() {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            for (Counter counter : MAIN_COUNTERS) {
                fields.put(counter.column(), sums.count(counter));
            }
            for (Figure figure : MAIN_FIGURES) {
                fields.put(figure.column(), Json.amount(sums.amount(figure)));
            }
            fields.put("covered_count", sums.count(Counter.CALL_COUNT) - sums.count(Counter.UNCOVERED_COUNT));
            fields.put("covered_tokens_in", sums.count(Counter.TOKENS_IN) - sums.count(Counter.UNCOVERED_TOKENS_IN));
            fields.put("covered_tokens_out", sums.count(Counter.TOKENS_OUT) - sums.count(Counter.UNCOVERED_TOKENS_OUT));
            for (Counter counter : Counter.values()) {
                fields.putIfAbsent(counter.column(), sums.count(counter));
            }
            for (Figure figure : Figure.ALL) {
                // One of the totals may be there as null.
                if (!MAIN_FIGURES.contains(figure)) {
                    fields.put(figure.column(), Json.amount(sums.amount(figure)));
                }
            }
            return fields;
        }
    }

    /** The rows as CSV: the fields in the order of the JSON, then {@code complete_through}. */
    static void writeCsv(OutputStream out, DailyUsage usage) throws IOException {
        var none = new DailyRow(LocalDate.EPOCH, new ArrayList<>(usage.groupBy().fields()), Sums.NO_CALLS, true);
        List<String> header =
                new ArrayList<>(new DailyRowView(usage.groupBy(), none).fields().keySet());
        header.add("complete_through");
        Csv.stream(out, header, mapped(usage.rows(), row -> {
            List<@Nullable Object> cells = new ArrayList<>(
                    new DailyRowView(usage.groupBy(), row).fields().values());
            cells.add(usage.completeThrough());
            return cells;
        }));
    }

    private static <A, B> Iterator<B> mapped(Iterator<A> rows, Function<A, B> view) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public B next() {
                return view.apply(rows.next());
            }
        };
    }
}
