-- Rejections are bounded: how many an organisation's plan keeps, equal ones as one row with a count, and how many were
-- not kept. What the plan bounds beside them is how many names one local day may have.
ALTER TABLE plans
    ADD COLUMN rejections_per_minute bigint NOT NULL DEFAULT 100 CHECK (rejections_per_minute > 0),
    ADD COLUMN rejections_per_day bigint NOT NULL DEFAULT 1000 CHECK (rejections_per_day > 0),
    ADD COLUMN users_per_day bigint NOT NULL DEFAULT 1000 CHECK (users_per_day > 0),
    ADD COLUMN models_per_day bigint NOT NULL DEFAULT 500 CHECK (models_per_day > 0),
    ADD COLUMN projects_per_day bigint NOT NULL DEFAULT 500 CHECK (projects_per_day > 0);
COMMENT ON TABLE plans IS
    'Limits of ingestion by plan: accepted events (NULL means without limit), rejections that are kept, and different '
    'names of one local day. Days are those of the organisation.';
UPDATE plans
SET rejections_per_minute = 1000, rejections_per_day = 10000,
    users_per_day = 10000, models_per_day = 1000, projects_per_day = 2000
WHERE plan = 'team';
UPDATE plans
SET rejections_per_minute = 10000, rejections_per_day = 100000,
    users_per_day = 200000, models_per_day = 5000, projects_per_day = 20000
WHERE plan = 'enterprise';

ALTER TABLE events_rejected
    ADD COLUMN group_id text,
    ADD COLUMN occurrences bigint NOT NULL DEFAULT 1 CHECK (occurrences > 0),
    ADD COLUMN last_at timestamptz,
    ADD COLUMN is_summary boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN events_rejected.group_id IS
    'Names the equal rejections that the row stands for; NULL when it stands for one. The gateway writes a group twice.';
COMMENT ON COLUMN events_rejected.occurrences IS 'How many rejections the row stands for.';
COMMENT ON COLUMN events_rejected.last_at IS 'When the last of them was; NULL: at rejected_at.';
COMMENT ON COLUMN events_rejected.is_summary IS
    'The row only counts rejections over the limit of the plan, which have no row of their own.';
CREATE UNIQUE INDEX events_rejected_group ON events_rejected (org_id, group_id) WHERE group_id IS NOT NULL;
-- For retention, which goes by age over all organisations.
CREATE INDEX events_rejected_age ON events_rejected (rejected_at);
