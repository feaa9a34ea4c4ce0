-- What became of each record of events.raw, checked again and again by its offset.

CREATE TABLE reconciliation_ranges (
    partition integer NOT NULL,
    from_offset bigint NOT NULL,
    to_offset bigint NOT NULL CHECK (to_offset > from_offset),
    heartbeats bigint NOT NULL,
    live bigint NOT NULL,
    late bigint NOT NULL,
    duplicates bigint NOT NULL,
    rejected bigint NOT NULL,
    missing bigint NOT NULL,
    received_through timestamptz,
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, to_offset)
);
COMMENT ON TABLE reconciliation_ranges IS
    'Checked ranges of events.raw, to_offset not included: every record is exactly one of the counted things. '
    'received_through: everything received before it in this partition is checked. Kept 7 days, the newest for ever.';
CREATE INDEX reconciliation_ranges_checked ON reconciliation_ranges (checked_at);

CREATE TABLE reconciliation_missing (
    raw_partition integer NOT NULL,
    raw_offset bigint NOT NULL,
    org_id text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    user_id text NOT NULL,
    ts timestamptz,
    received_at timestamptz,
    found_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    PRIMARY KEY (raw_partition, raw_offset)
);
COMMENT ON TABLE reconciliation_missing IS
    'Records of events.raw that were neither counted, repeated nor rejected when they were checked; org_id is empty when '
    'the record cannot be read. resolved_at: when a later check found what became of it.';
CREATE INDEX reconciliation_missing_org ON reconciliation_missing (org_id, raw_partition, raw_offset);
CREATE INDEX reconciliation_missing_open ON reconciliation_missing (raw_partition, raw_offset) WHERE resolved_at IS NULL;

CREATE INDEX events_rejected_raw ON events_rejected (raw_partition, raw_offset) WHERE raw_offset IS NOT NULL;

ALTER TABLE reconciliation_missing ENABLE ROW LEVEL SECURITY;
ALTER TABLE reconciliation_missing FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON reconciliation_missing TO ecomind_api, ecomind_worker, ecomind_dispatcher
    USING (org_id = current_org()) WITH CHECK (org_id = current_org());
CREATE POLICY across ON reconciliation_missing TO ecomind_pipeline USING (true) WITH CHECK (true);
CREATE POLICY owner ON reconciliation_missing TO CURRENT_USER USING (true) WITH CHECK (true);

-- The check goes over all organisations, and the worker may see no tenant row: each question that it has to ask is a
-- function, and none tells more of an event than what the worker has read in events.raw.

-- Where identities are counted, found by the event table's own key: n is the position in the arrays, from 1.
CREATE FUNCTION counted_at(p_orgs text[], p_ts timestamptz[], p_sources text[], p_ids text[])
    RETURNS TABLE (n bigint, raw_partition integer, raw_offset bigint, late boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.n, e.raw_partition, e.raw_offset, e.late
    FROM unnest(p_orgs, p_ts, p_sources, p_ids) WITH ORDINALITY AS k (org_id, ts, source, id, n)
    -- With a limit of its own it is looked up key by key; a join could be planned as a scan of the table.
    CROSS JOIN LATERAL (
        SELECT r.raw_partition, r.raw_offset, r.late FROM public.events_enriched r
        WHERE r.org_id = k.org_id AND r.ts = k.ts AND r.source = k.source AND r.id = k.id
        LIMIT 1) e
$$;

-- The same ids counted under another ts between the bounds. One scan of the organisation's rows, so only for the few
-- that the first question leaves open.
CREATE FUNCTION counted_between(p_org text, p_from timestamptz, p_to timestamptz, p_sources text[], p_ids text[])
    RETURNS TABLE (n bigint, ts timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.n, e.ts
    FROM unnest(p_sources, p_ids) WITH ORDINALITY AS k (source, id, n)
    JOIN public.events_enriched e ON e.source = k.source AND e.id = k.id
    WHERE e.org_id = p_org AND e.ts BETWEEN p_from AND p_to
$$;

CREATE FUNCTION rejected_offsets(p_partition integer, p_offsets bigint[]) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT raw_offset FROM public.events_rejected
    WHERE origin = 'job' AND raw_partition = p_partition AND raw_offset = ANY (p_offsets)
$$;

CREATE FUNCTION note_missing(
    p_partition integer, p_offsets bigint[], p_orgs text[], p_sources text[], p_ids text[], p_users text[],
    p_ts timestamptz[], p_received timestamptz[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO public.reconciliation_missing
        (raw_partition, raw_offset, org_id, source, event_id, user_id, ts, received_at)
    SELECT p_partition, k.raw_offset, k.org_id, k.source, k.event_id, k.user_id, k.ts, k.received_at
    FROM unnest(p_offsets, p_orgs, p_sources, p_ids, p_users, p_ts, p_received)
        AS k (raw_offset, org_id, source, event_id, user_id, ts, received_at)
    ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION open_missing(p_after_partition integer, p_after_offset bigint, p_limit integer)
    RETURNS TABLE (
        raw_partition integer, raw_offset bigint, org_id text, source text, event_id text, user_id text,
        ts timestamptz, received_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT m.raw_partition, m.raw_offset, m.org_id, m.source, m.event_id, m.user_id, m.ts, m.received_at
    FROM public.reconciliation_missing m
    WHERE m.resolved_at IS NULL AND (m.raw_partition, m.raw_offset) > (p_after_partition, p_after_offset)
    ORDER BY 1, 2 LIMIT p_limit
$$;

CREATE FUNCTION resolve_missing(p_partition integer, p_offsets bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE public.reconciliation_missing SET resolved_at = now()
    WHERE raw_partition = p_partition AND raw_offset = ANY (p_offsets) AND resolved_at IS NULL
$$;

-- How many are missing at present, over all organisations.
CREATE FUNCTION count_missing() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT count(*) FROM public.reconciliation_missing WHERE resolved_at IS NULL
$$;

-- When the check last came to each partition's end, and until when everything received is checked; NULL while a
-- partition of the topic has not been checked at all.
CREATE FUNCTION reconciliation_standing(p_partitions integer)
    RETURNS TABLE (checked_at timestamptz, reconciled_through timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT max(r.checked_at),
           CASE WHEN count(r.received_through) >= p_partitions THEN min(r.received_through) END
    FROM generate_series(0, p_partitions - 1) AS p (partition)
    LEFT JOIN LATERAL (
        SELECT checked_at, received_through FROM public.reconciliation_ranges
        WHERE partition = p.partition ORDER BY to_offset DESC LIMIT 1) r ON true
$$;

GRANT EXECUTE ON FUNCTION counted_at(text[], timestamptz[], text[], text[]),
    counted_between(text, timestamptz, timestamptz, text[], text[]), rejected_offsets(integer, bigint[]),
    note_missing(integer, bigint[], text[], text[], text[], text[], timestamptz[], timestamptz[]),
    open_missing(integer, bigint, integer), resolve_missing(integer, bigint[]) TO ecomind_worker;
GRANT EXECUTE ON FUNCTION count_missing() TO ecomind_worker, ecomind_pipeline;
GRANT EXECUTE ON FUNCTION reconciliation_standing(integer) TO ecomind_api, ecomind_worker, ecomind_pipeline;
GRANT SELECT, INSERT, DELETE ON reconciliation_ranges TO ecomind_worker;
GRANT SELECT ON reconciliation_missing TO ecomind_api, ecomind_worker, ecomind_pipeline;
GRANT SELECT ON reconciliation_ranges TO ecomind_pipeline;
GRANT SELECT ON projection_offsets TO ecomind_worker;
