-- What each role may do, down to columns. Nobody has a right for being anybody.

-- Who operates an installation and is not its owner: made a member of this role, a personal login may call the functions
-- that change what an organisation is allowed.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecomind_operator') THEN
        CREATE ROLE ecomind_operator NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO ecomind_operator;

-- Temporary tables only for the pipeline, which stages its batches in them. A server whose owner of the database is
-- another role than the one that migrates answers these with a warning; its operator runs them once as that owner.
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO ecomind_pipeline', current_database());
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Plan and shards of an organisation, and organisations themselves, change by operators' functions only.
REVOKE INSERT, UPDATE, DELETE ON orgs FROM ecomind_api;
GRANT UPDATE (name) ON orgs TO ecomind_api;

-- Past dates keep their zone.
REVOKE UPDATE, DELETE ON org_time_zones FROM ecomind_api;

-- What a row is about is fixed when it is made.
REVOKE UPDATE ON users, user_aliases, teams, team_members, alerts FROM ecomind_api;
GRANT UPDATE (email, name, role) ON users TO ecomind_api;
GRANT UPDATE (user_id) ON user_aliases TO ecomind_api;
GRANT UPDATE (name) ON teams TO ecomind_api;
GRANT UPDATE (valid_to) ON team_members TO ecomind_api;
GRANT UPDATE (metric, threshold, "window", channel, webhook_url) ON alerts TO ecomind_api;

-- The hash is compared by whoever looks a key up, and listed by nobody. A key is revoked, not deleted.
REVOKE ALL ON api_keys FROM ecomind_api;
GRANT SELECT (id, org_id, user_id, source, scopes, created_at, revoked_at, pepper_version, name, created_by, expires_at),
    INSERT (id, org_id, user_id, source, key_hash, pepper_version, scopes, name, created_by, expires_at),
    UPDATE (revoked_at, name, expires_at) ON api_keys TO ecomind_api;

-- detail names people and their calls.
REVOKE SELECT ON day_states FROM ecomind_api, ecomind_worker;
GRANT SELECT (org_id, date, day_end, state, rating_version, needs_restatement, changed_at, checked_at) ON day_states
    TO ecomind_api, ecomind_worker;

-- The states of days change by functions; the pipeline only marks them.
REVOKE UPDATE, INSERT ON day_states FROM ecomind_pipeline;
GRANT INSERT (org_id, date, day_end), UPDATE (needs_restatement, changed_at) ON day_states TO ecomind_pipeline;

-- A message is written once; what changes is what became of it.
REVOKE UPDATE ON notifications, notification_attempts FROM ecomind_dispatcher;
GRANT UPDATE (status) ON notifications TO ecomind_dispatcher;

REVOKE UPDATE, INSERT ON restatements FROM ecomind_pipeline;
GRANT INSERT (org_id, from_date, to_date, kind, factor_set, reason), UPDATE (state, finished_at, detail) ON restatements
    TO ecomind_pipeline;
