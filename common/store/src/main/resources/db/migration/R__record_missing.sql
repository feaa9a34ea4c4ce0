-- Records records of events.raw of which nothing was found. The arrays are parallel; what is recorded already stays as
-- it is. It runs with the owner's rights, because the worker's role may write no tenant's rows.
CREATE OR REPLACE FUNCTION record_missing(
    p_partition integer, p_offsets bigint[], p_orgs text[], p_sources text[], p_ids text[], p_users text[],
    p_ts timestamptz[], p_received timestamptz[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO public.reconciliation_missing
        (raw_partition, raw_offset, org_id, source, event_id, user_id, ts, received_at)
    SELECT p_partition, k.raw_offset, k.org_id, k.source, k.event_id, k.user_id, k.ts, k.received_at
    FROM unnest(p_offsets, p_orgs, p_sources, p_ids, p_users, p_ts, p_received)
        AS k (raw_offset, org_id, source, event_id, user_id, ts, received_at)
    ON CONFLICT DO NOTHING
$$;

REVOKE ALL ON FUNCTION record_missing(
    integer, bigint[], text[], text[], text[], text[], timestamptz[], timestamptz[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION record_missing(
    integer, bigint[], text[], text[], text[], text[], timestamptz[], timestamptz[]) TO ecomind_worker;
