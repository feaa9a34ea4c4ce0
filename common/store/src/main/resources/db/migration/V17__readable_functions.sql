-- From here on every function that the processes call stands in a repeatable migration of its own, R__<function>.sql,
-- written out in full. Flyway runs those after all versioned migrations, and again whenever one has changed. So a
-- versioned migration may call only functions that earlier versioned migrations made, and must not create or replace
-- one that has a repeatable migration: on a database whose repeatable migrations have run already, its text would stay.
--
-- This migration gives columns, functions, a trigger and policies the names that the rest of the product uses.

-- seal_days was close_days, and so was its advisory lock. A rebuild of the version before holds the lock under the old
-- name; sealing under the new name would not wait for it and could seal a day with half of its rows. So wait here until
-- it has ended.
SELECT pg_advisory_xact_lock(hashtext('close_days'));

ALTER TABLE day_states RENAME COLUMN looked_at TO checked_at;
COMMENT ON COLUMN day_states.checked_at IS
    'When event rows, cube and windows were last compared and the day was not sealed.';

ALTER FUNCTION close_days(interval, interval) RENAME TO seal_days;
ALTER FUNCTION day_made_anew() RENAME TO resume_rating_version;
ALTER TRIGGER day_states_made_anew ON day_states RENAME TO day_states_resume_rating_version;
ALTER FUNCTION own_factors_need_notice() RENAME TO check_organisation_factors;
ALTER TRIGGER factors_overrides_notice ON factors_overrides RENAME TO factors_overrides_check;
ALTER TRIGGER power_contracts_notice ON power_contracts RENAME TO power_contracts_check;
ALTER FUNCTION note_missing(integer, bigint[], text[], text[], text[], text[], timestamptz[], timestamptz[])
    RENAME TO record_missing;
ALTER FUNCTION open_missing(integer, bigint, integer) RENAME TO list_missing;
ALTER FUNCTION reconciliation_standing(integer) RENAME TO reconciliation_status;

DO $$
DECLARE
    tenant regclass;
BEGIN
    FOR tenant IN SELECT polrelid::regclass FROM pg_policy WHERE polname = 'across' LOOP
        EXECUTE format('ALTER POLICY across ON %s RENAME TO all_tenants', tenant);
    END LOOP;
END $$;

-- Guards the rows of a tenant table; for migrations only. The roles that serve people see the rows of the organisation
-- that their transaction has set (tenant), the pipeline and the owner see all (all_tenants, owner). The policies hold
-- for the owner too (FORCE), so that a forgotten policy shows nothing instead of everything. Called again it changes
-- nothing.
CREATE FUNCTION enable_tenant_rls(p_table regclass, p_org_column name DEFAULT 'org_id') RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
    EXECUTE format('DROP POLICY IF EXISTS tenant ON %s', p_table);
    EXECUTE format(
        'CREATE POLICY tenant ON %1$s TO ecomind_api, ecomind_worker, ecomind_dispatcher '
        'USING (%2$I = public.current_org()) WITH CHECK (%2$I = public.current_org())', p_table, p_org_column);
    EXECUTE format('DROP POLICY IF EXISTS all_tenants ON %s', p_table);
    EXECUTE format('CREATE POLICY all_tenants ON %s TO ecomind_pipeline USING (true) WITH CHECK (true)', p_table);
    EXECUTE format('DROP POLICY IF EXISTS owner ON %s', p_table);
    EXECUTE format('CREATE POLICY owner ON %s TO CURRENT_USER USING (true) WITH CHECK (true)', p_table);
END $$;
REVOKE ALL ON FUNCTION enable_tenant_rls(regclass, name) FROM PUBLIC;
