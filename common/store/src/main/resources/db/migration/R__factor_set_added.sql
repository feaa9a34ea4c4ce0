-- Deferred trigger after INSERT on factor_sets: publishes the set, and refuses one that does not come with all of its
-- parts in the same transaction. It runs at the end of the transaction, so the set has a higher version than its parts
-- and follows them in the topic: a reader that knows the set has its parts.
CREATE OR REPLACE FUNCTION factor_set_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (SELECT count(*) FROM public.factor_set_parts WHERE factor_set = NEW.id) <> NEW.parts THEN
        RAISE EXCEPTION 'factor set % must come with its % parts', NEW.id, NEW.parts USING ERRCODE = 'check_violation';
    END IF;
    PERFORM public.publish_reference('set/' || NEW.id, jsonb_build_object('factorSet', jsonb_build_object(
        'id', NEW.id,
        'activeFromMicros', (CASE WHEN NEW.active_from = '-infinity' THEN 0
            ELSE (extract(epoch FROM NEW.active_from) * 1000000)::bigint END)::text,
        'parts', NEW.parts,
        'sha256', NEW.sha256)));
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION factor_set_added() FROM PUBLIC;
