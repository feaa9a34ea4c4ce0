package io.ecomind.footprint.price;

/**
 * Hours of each day, UTC, in which a price holds. Immutable.
 *
 * @param fromMinute first minute of the day
 * @param toMinute first minute in which it no longer holds, 1440 at the end of the day
 */
public record DayWindow(int fromMinute, int toMinute) {
    private static final int MINUTES = 1_440;
    public static final DayWindow ALL_DAY = new DayWindow(0, MINUTES);

    public DayWindow {
        if (fromMinute < 0 || toMinute > MINUTES || toMinute <= fromMinute) {
            throw new IllegalArgumentException("hours must end after they begin, within 00:00 and 24:00, was minute "
                    + fromMinute + " to " + toMinute);
        }
    }

    boolean holdsIn(int minute) {
        return minute >= fromMinute && minute < toMinute;
    }

    boolean overlaps(DayWindow other) {
        return fromMinute < other.toMinute && other.fromMinute < toMinute;
    }
}
