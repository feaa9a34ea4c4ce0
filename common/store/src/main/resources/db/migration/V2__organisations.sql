CREATE TABLE plans (
    plan text PRIMARY KEY,
    events_per_minute bigint CHECK (events_per_minute > 0),
    events_per_day bigint CHECK (events_per_day > 0)
);
COMMENT ON TABLE plans IS 'Ingest limits by plan; NULL means without limit.';
INSERT INTO plans (plan, events_per_minute, events_per_day)
VALUES ('free', 6000, 10000), ('team', 60000, 1000000), ('enterprise', NULL, NULL);

CREATE TABLE orgs (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    name text NOT NULL,
    plan text NOT NULL REFERENCES plans (plan),
    ingest_shards integer NOT NULL DEFAULT 1 CHECK (ingest_shards BETWEEN 1 AND 256),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE orgs IS 'Organisations. A large one spreads its events over several Kafka keys (ingest_shards).';
CREATE INDEX orgs_plan ON orgs (plan);

CREATE TABLE org_time_zones (
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    valid_from date NOT NULL,
    zone text NOT NULL,
    PRIMARY KEY (org_id, valid_from)
);
COMMENT ON TABLE org_time_zones IS
    'The zone that makes an organisation''s days, from a local date on. Past dates stay as they were.';

CREATE TABLE users (
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id text NOT NULL,
    email text,
    name text NOT NULL,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'analyst', 'manager', 'member')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, email)
);
COMMENT ON TABLE users IS 'People. The same address may belong to a person in several organisations.';

CREATE TABLE user_aliases (
    org_id text NOT NULL,
    alias text NOT NULL,
    user_id text NOT NULL,
    PRIMARY KEY (org_id, alias),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE user_aliases IS 'Which person an event''s user_id stands for.';
CREATE INDEX user_aliases_user ON user_aliases (org_id, user_id);

CREATE TABLE teams (
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE teams IS 'Teams.';

CREATE TABLE team_members (
    org_id text NOT NULL,
    team_id text NOT NULL,
    user_id text NOT NULL,
    valid_from date NOT NULL DEFAULT DATE '1970-01-01',
    valid_to date,
    PRIMARY KEY (org_id, team_id, user_id, valid_from),
    CHECK (valid_to > valid_from),
    FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE team_members IS
    'Who is in which team from valid_from until before valid_to. Usage of a person in several teams counts for the '
    'one joined first, so that teams add up to the organisation.';
CREATE INDEX team_members_user ON team_members (org_id, user_id);

CREATE TABLE api_keys (
    id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9]{8,32}$'),
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id text,
    source text,
    key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32),
    scopes text[] NOT NULL CHECK (scopes <@ ARRAY['ingest', 'import', 'read'] AND cardinality(scopes) > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
COMMENT ON TABLE api_keys IS
    'Keys as HMAC-SHA-256 with a pepper that only the servers know. user_id and source, when set, are the only ones '
    'that events of this key may carry.';
CREATE INDEX api_keys_org ON api_keys (org_id);

-- What must be known before the organisation is: who a key belongs to. The only thing that the gateway may read.
CREATE FUNCTION lookup_api_key(p_id text)
    RETURNS TABLE (key_hash bytea, org_id text, user_id text, source text, scopes text[], revoked boolean,
                   ingest_shards integer, plan text, events_per_minute bigint, events_per_day bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.key_hash, k.org_id, k.user_id, k.source, k.scopes, k.revoked_at IS NOT NULL,
           o.ingest_shards, o.plan, p.events_per_minute, p.events_per_day
    FROM public.api_keys k
    JOIN public.orgs o ON o.id = k.org_id
    JOIN public.plans p ON p.plan = o.plan
    WHERE k.id = p_id
$$;
GRANT EXECUTE ON FUNCTION lookup_api_key(text) TO ecomind_gateway, ecomind_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON orgs, org_time_zones, users, user_aliases, teams, team_members, api_keys
    TO ecomind_api;
GRANT SELECT ON plans, orgs, org_time_zones, users, user_aliases, teams, team_members
    TO ecomind_worker, ecomind_dispatcher;
GRANT SELECT ON plans TO ecomind_api;
