-- Takes from everybody what PostgreSQL grants to everybody, no process of Ecomind needs, and nothing else bounds: making large
-- objects, which no quota counts, and taking advisory locks, which fill the memory that all sessions have for locks and can
-- keep the worker and the jobs from theirs. Run by a superuser in the database of Ecomind after it was migrated, since these
-- functions belong to the superuser that made the server. Running it again changes nothing.
DO $$
DECLARE
    owner constant text := (SELECT relowner::regrole::text FROM pg_class WHERE oid = 'public.orgs'::regclass);
    called regprocedure;
BEGIN
    FOR called IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
          AND (proname ~ '^(lo_.*|loread|lowrite)$' OR proname ~ '^pg_(try_)?advisory_(xact_)?lock(_shared)?$')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', called);
        IF called::text NOT LIKE 'lo%' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', called, owner);
        END IF;
    END LOOP;
END $$;

-- The locks that processes take themselves; those within functions of the schema are its owner's.
GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(integer, integer) TO ecomind_api;
GRANT EXECUTE ON FUNCTION pg_try_advisory_lock(bigint) TO ecomind_worker, ecomind_pipeline;
GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO ecomind_pipeline;
