-- What is stored of an API key besides its hash: which pepper made the hash, a name, who made it, and when it ends.
ALTER TABLE api_keys
    ADD COLUMN pepper_version integer NOT NULL DEFAULT 1 CHECK (pepper_version > 0),
    ADD COLUMN name text NOT NULL DEFAULT '' CHECK (length(name) <= 200),
    ADD COLUMN created_by text,
    ADD COLUMN expires_at timestamptz;
COMMENT ON COLUMN api_keys.pepper_version IS 'Which version of the servers'' pepper key_hash was made with.';
COMMENT ON COLUMN api_keys.created_by IS 'The person or key that made this key; NULL: an operator.';
COMMENT ON COLUMN api_keys.expires_at IS 'From when on the key is not valid; NULL: never.';

-- The zones that make days. The jobs read them with Java and these tables know them from PostgreSQL, so only a zone that
-- both know may be stored. Neither list is one that SQL can compare at any time, hence a table, which each run of the
-- migrations fills.
CREATE TABLE time_zones (
    zone text PRIMARY KEY
);
COMMENT ON TABLE time_zones IS 'The time zones that both PostgreSQL and Java know.';
GRANT SELECT ON time_zones TO ecomind_api, ecomind_worker;

-- NOT VALID: a zone that was stored before and is none must not keep a database from being migrated. The jobs leave such
-- a zone out and say so.
ALTER TABLE org_time_zones
    ADD CONSTRAINT org_time_zones_zone_fkey FOREIGN KEY (zone) REFERENCES time_zones (zone) NOT VALID;
CREATE INDEX org_time_zones_zone ON org_time_zones (zone);
