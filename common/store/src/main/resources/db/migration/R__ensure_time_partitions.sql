-- Creates the monthly partitions that are missing between two dates, for every table in time_partitioned_tables, and
-- returns how many it created. On the timescaledb path there is nothing to do: hypertables make their own chunks.
--
-- The statements are built with format() because the names of the partitions come from the months.
--
-- Locks: the advisory lock ensure_time_partitions, held until the transaction ends, prevents two processes from both
-- finding a partition missing and creating it. Attaching a finished table takes SHARE UPDATE EXCLUSIVE on its parent,
-- where CREATE TABLE ... PARTITION OF would take ACCESS EXCLUSIVE and make readers wait.
CREATE OR REPLACE FUNCTION ensure_time_partitions(p_from date, p_to date) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    parent record;
    month date;
    part text;
    created integer := 0;
BEGIN
    IF (SELECT path FROM public.time_partitioning) = 'timescaledb' THEN
        RETURN 0;
    END IF;
    IF p_to - p_from > 7320 OR p_from < DATE '1990-01-01' OR p_to > DATE '2200-01-01' THEN
        RAISE EXCEPTION 'partitions from % to % are not reasonable', p_from, p_to;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_time_partitions'));
    FOR parent IN SELECT table_name FROM public.time_partitioned_tables ORDER BY table_name LOOP
        month := date_trunc('month', p_from)::date;
        WHILE month <= p_to LOOP
            part := format('%s_%s', parent.table_name, to_char(month, 'YYYYMM'));
            IF to_regclass('public.' || quote_ident(part)) IS NULL THEN
                EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL)', part, parent.table_name);
                EXECUTE format(
                    'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                    parent.table_name,
                    part,
                    month::text || ' 00:00:00+00',
                    (month + INTERVAL '1 month')::date::text || ' 00:00:00+00');
                created := created + 1;
            END IF;
            month := (month + INTERVAL '1 month')::date;
        END LOOP;
    END LOOP;
    RETURN created;
END $$;

REVOKE ALL ON FUNCTION ensure_time_partitions(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_time_partitions(date, date) TO ecomind_pipeline;
