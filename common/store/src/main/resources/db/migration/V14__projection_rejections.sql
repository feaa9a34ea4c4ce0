-- A record of the ledger that the tables refuse is listed like every other rejection.
ALTER TABLE events_rejected
    DROP CONSTRAINT events_rejected_origin_check,
    ADD CONSTRAINT events_rejected_origin_check CHECK (origin IN ('gateway', 'job', 'projection'));

-- A projection that dies between telling and committing refuses the record once more and tells it again. The topic may
-- hold that twice, the list holds it once.
CREATE UNIQUE INDEX events_rejected_by_projection ON events_rejected (raw_partition, raw_offset)
    WHERE origin = 'projection';
