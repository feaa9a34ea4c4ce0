-- Gives every moment a partition in each table of time_partitioned_tables, and returns how many partitions it made. Called
-- by the migrations and, from time to time, by the worker; a projection makes none, whatever it imports.
--
-- A table has a partition for each month from the first one that was made to p_months_ahead after the current one; one
-- partition, <table>_past, for everything before; and one, <table>_rest, for everything else: months that were left out
-- between others, and months that are not made yet. In a database whose worker runs, nothing of the present is in _rest.
-- When a month is made late, its rows are moved there from _rest.
--
-- On the timescaledb path there is nothing to do: hypertables make their own chunks.
--
-- The statements are built with format() because the names of the partitions come from the months.
--
-- Locks: the advisory lock ensure_time_partitions, held until the transaction ends, prevents two calls from both finding a
-- partition missing. Attaching a finished table takes SHARE UPDATE EXCLUSIVE on its parent, so readers and writers of
-- other partitions go on; it takes ACCESS EXCLUSIVE on _rest, and reads it to see that nothing in it belongs to the new
-- partition.
CREATE OR REPLACE FUNCTION maintain_time_partitions(p_months_ahead integer DEFAULT 3) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    parent record;
    first_month date;
    month date;
    next_month date;
    part text;
    created integer := 0;
BEGIN
    IF (SELECT path FROM public.time_partitioning) = 'timescaledb' THEN
        RETURN 0;
    END IF;
    IF p_months_ahead NOT BETWEEN 1 AND 24 THEN
        RAISE EXCEPTION 'p_months_ahead must be 1..24, was %', p_months_ahead;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_time_partitions'));
    FOR parent IN SELECT table_name, time_column FROM public.time_partitioned_tables ORDER BY table_name LOOP
        SELECT min(to_date(right(relname, 6), 'YYYYMM')) INTO first_month
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = ('public.' || quote_ident(parent.table_name))::regclass AND relname ~ '_[0-9]{6}$';
        first_month := coalesce(first_month, (date_trunc('month', now() AT TIME ZONE 'UTC') - INTERVAL '14 months')::date);

        part := parent.table_name || '_rest';
        IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', part, parent.table_name);
            EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I DEFAULT', parent.table_name, part);
            created := created + 1;
        END IF;
        part := parent.table_name || '_past';
        IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', part, parent.table_name);
            EXECUTE format(
                'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (MINVALUE) TO (%L)',
                parent.table_name, part, first_month::text || ' 00:00:00+00');
            created := created + 1;
        END IF;

        month := greatest(first_month, (date_trunc('month', now() AT TIME ZONE 'UTC') - INTERVAL '14 months')::date);
        WHILE month <= (date_trunc('month', now() AT TIME ZONE 'UTC') + p_months_ahead * INTERVAL '1 month')::date LOOP
            next_month := (month + INTERVAL '1 month')::date;
            part := format('%s_%s', parent.table_name, to_char(month, 'YYYYMM'));
            IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', part, parent.table_name);
                EXECUTE format(
                    'WITH moved AS (DELETE FROM public.%1$I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *) '
                    'INSERT INTO public.%5$I SELECT * FROM moved',
                    parent.table_name || '_rest', parent.time_column,
                    month::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00', part);
                EXECUTE format(
                    'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                    parent.table_name, part,
                    month::text || ' 00:00:00+00', next_month::text || ' 00:00:00+00');
                created := created + 1;
            END IF;
            month := next_month;
        END LOOP;
    END LOOP;
    RETURN created;
END $$;

REVOKE ALL ON FUNCTION maintain_time_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maintain_time_partitions(integer) TO ecomind_worker;
