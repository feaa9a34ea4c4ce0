-- Trigger after INSERT on factor_set_parts: publishes the part. A set is immutable: factor_set_added checks that a set
-- comes with all of its parts, and this refuses a part whose number is not below their count, so none can follow later.
CREATE OR REPLACE FUNCTION factor_set_part_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.number >= (SELECT parts FROM public.factor_sets WHERE id = NEW.factor_set) THEN
        RAISE EXCEPTION 'factor set % is immutable: it has no part %', NEW.factor_set, NEW.number
            USING ERRCODE = 'check_violation';
    END IF;
    PERFORM public.publish_reference(
        format('set/%s/%s', NEW.factor_set, NEW.number),
        jsonb_build_object('factorSetPart', jsonb_build_object(
            'factorSet', NEW.factor_set, 'number', NEW.number, 'file', NEW.file, 'text', NEW.text)));
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION factor_set_part_added() FROM PUBLIC;
