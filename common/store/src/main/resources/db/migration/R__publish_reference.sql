-- Adds a change of reference data to reference_outbox, from which the worker publishes it to Kafka. p_body is the
-- ReferenceEntry in protobuf's JSON form without key and version; NULL: the entity is deleted.
--
-- Called by triggers only, so that every way of changing reference data is published.
--
-- Locks: the trigger's statement holds the lock on the changed row until it commits, so the next change of the same
-- entity draws its version after that commit, and versions of one entity grow in the order of commits.
CREATE OR REPLACE FUNCTION publish_reference(p_key text, p_body jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v bigint := nextval('public.reference_version');
BEGIN
    INSERT INTO public.reference_outbox (entity_key, version, entry)
    VALUES (p_key, v,
            jsonb_build_object('key', p_key, 'version', v::text)
            || coalesce(p_body, jsonb_build_object('deleted', true)));
END $$;

REVOKE ALL ON FUNCTION publish_reference(text, jsonb) FROM PUBLIC;
