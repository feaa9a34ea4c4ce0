-- Gives changes of factors that are about to be published their minute's notice, and returns how many it moved. While
-- the publisher was away, the 60 s that a change was stored ahead may have passed; what would become active or retire
-- less than 60 s from now is moved to 60 s from now, in the entry and in its table alike. Each entry is looked at once,
-- which stamped_at records, so what has been sent is never moved.
--
-- Locks: the publisher calls this while it holds the advisory lock reference_publisher; without it, two calls at once
-- could give one entry two moments. FOR UPDATE on the entries prevents anything else from changing them before this
-- transaction ends.
CREATE OR REPLACE FUNCTION stamp_unpublished() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    earliest timestamptz := now() + INTERVAL '60 seconds';
    earliest_micros bigint := public.epoch_micros(earliest)::bigint;
    -- Fixed at the start: an entry that is committed while this runs is left to the next call, and must not be marked
    -- as stamped by the last statement.
    seen bigint[] := ARRAY(SELECT id FROM public.reference_outbox WHERE published_at IS NULL AND stamped_at IS NULL);
    change record;
    kind text;
    body jsonb;
    known boolean;
    moved integer := 0;
BEGIN
    FOR change IN
        SELECT id, entity_key, version, entry FROM public.reference_outbox
        WHERE id = ANY (seen) AND (entry ? 'factorSet' OR entry ? 'factorOverride' OR entry ? 'powerContract')
        ORDER BY version
        FOR UPDATE
    LOOP
        kind := CASE WHEN change.entry ? 'factorSet' THEN 'factorSet'
                     WHEN change.entry ? 'factorOverride' THEN 'factorOverride' ELSE 'powerContract' END;
        body := change.entry -> kind;
        -- Readers know the row from an earlier entry: it may be active already, so only its retirement can be moved.
        -- Otherwise both its beginning and its end are moved.
        known := coalesce((SELECT NOT before.entry ? 'deleted' FROM public.reference_outbox AS before
                           WHERE before.entity_key = change.entity_key AND before.version < change.version
                             AND before.stamped_at IS NOT NULL
                           ORDER BY before.version DESC LIMIT 1), false);
        -- The first set is active from 0 on and is not moved: there is no set before it.
        IF NOT known AND (body ->> 'activeFromMicros')::bigint BETWEEN 1 AND earliest_micros - 1 THEN
            body := jsonb_set(body, '{activeFromMicros}', to_jsonb(earliest_micros::text));
        END IF;
        IF (body ->> 'retiredMicros')::bigint < earliest_micros THEN
            body := jsonb_set(body, '{retiredMicros}', to_jsonb(earliest_micros::text));
        END IF;
        IF body <> change.entry -> kind THEN
            UPDATE public.reference_outbox SET entry = jsonb_set(entry, ARRAY[kind], body) WHERE id = change.id;
            -- The tables follow without another entry. greatest() keeps retired_at from falling before active_from when
            -- the row is retired already and the entry that says so comes later in this loop.
            PERFORM set_config('app.stamping', 'on', true);
            UPDATE public.factor_sets SET active_from = earliest
            WHERE kind = 'factorSet' AND id = body ->> 'id';
            UPDATE public.factors_overrides
            SET active_from = CASE WHEN known THEN active_from ELSE greatest(active_from, earliest) END,
                retired_at = greatest(retired_at, CASE WHEN retired_at IS NOT NULL THEN earliest END)
            WHERE kind = 'factorOverride' AND org_id = body ->> 'orgId' AND id = body ->> 'id';
            UPDATE public.power_contracts
            SET active_from = CASE WHEN known THEN active_from ELSE greatest(active_from, earliest) END,
                retired_at = greatest(retired_at, CASE WHEN retired_at IS NOT NULL THEN earliest END)
            WHERE kind = 'powerContract' AND org_id = body ->> 'orgId' AND id = body ->> 'id';
            PERFORM set_config('app.stamping', '', true);
            moved := moved + 1;
        END IF;
    END LOOP;
    UPDATE public.reference_outbox SET stamped_at = now() WHERE id = ANY (seen);
    RETURN moved;
END $$;

REVOKE ALL ON FUNCTION stamp_unpublished() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stamp_unpublished() TO ecomind_worker;
