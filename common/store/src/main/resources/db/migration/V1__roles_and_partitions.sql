-- One role per process, each with the least that it needs. They carry no password and no right to log in:
-- whoever operates the database gives them one (ALTER ROLE ... LOGIN PASSWORD ...).
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'ecomind_gateway', 'ecomind_api', 'ecomind_worker', 'ecomind_pipeline', 'ecomind_dispatcher']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role_name);
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
    TO ecomind_gateway, ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- The organisation that the current transaction acts for. After a transaction the setting is '' and not NULL.
CREATE FUNCTION current_org() RETURNS text
    LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.org_id', true), '');
GRANT EXECUTE ON FUNCTION current_org() TO ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;

CREATE TABLE time_partitioning (
    path text NOT NULL CHECK (path IN ('timescaledb', 'native')),
    chosen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE time_partitioning IS 'One row: how the time-partitioned tables of this database are stored.';
INSERT INTO time_partitioning (path) VALUES ('${time_path}');
GRANT SELECT ON time_partitioning TO ecomind_api, ecomind_pipeline;

CREATE TABLE time_partitioned_tables (
    table_name text PRIMARY KEY,
    time_column text NOT NULL
);
COMMENT ON TABLE time_partitioned_tables IS 'Tables that are split by month (native) or chunk (timescaledb).';

-- Creates what is missing of the monthly partitions between two dates. On the timescaledb path there is nothing to
-- do. Attaching a finished table takes a weaker lock than CREATE TABLE ... PARTITION OF, so readers go on.
CREATE FUNCTION ensure_time_partitions(p_from date, p_to date) RETURNS integer
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
                    parent.table_name, part, month::text || ' 00:00:00+00', (month + INTERVAL '1 month')::date::text || ' 00:00:00+00');
                created := created + 1;
            END IF;
            month := (month + INTERVAL '1 month')::date;
        END LOOP;
    END LOOP;
    RETURN created;
END $$;
GRANT EXECUTE ON FUNCTION ensure_time_partitions(date, date) TO ecomind_pipeline;

-- Declares a table as time-partitioned; used by migrations only.
CREATE FUNCTION declare_time_partitioned(p_table text, p_column text) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO time_partitioned_tables (table_name, time_column) VALUES (p_table, p_column);
    IF (SELECT path FROM time_partitioning) = 'timescaledb' THEN
        EXECUTE format(
            'SELECT create_hypertable(%L, %L, chunk_time_interval => INTERVAL ''7 days'')', p_table, p_column);
    END IF;
END $$;
