-- Trigger after every change of power_contracts: publishes the contract, or its deletion. While stamp_unpublished
-- changes rows (app.stamping is on) nothing is published, because it has changed the waiting entry itself.
CREATE OR REPLACE FUNCTION contract_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM public.publish_reference(format('contract/%s/%s', OLD.org_id, OLD.id), NULL);
        RETURN NULL;
    END IF;
    IF current_setting('app.stamping', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM public.publish_reference(
        format('contract/%s/%s', NEW.org_id, NEW.id),
        jsonb_build_object('powerContract', jsonb_strip_nulls(jsonb_build_object(
            'orgId', NEW.org_id, 'id', NEW.id, 'provider', NEW.provider, 'zone', NEW.zone,
            'activeFromMicros', public.epoch_micros(NEW.active_from),
            'retiredMicros', public.epoch_micros(NEW.retired_at),
            'validFromEpochDay', public.epoch_day(NEW.valid_from),
            'validToEpochDay', public.epoch_day(NEW.valid_to),
            'kgPerKwh', NEW.kg_per_kwh::text, 'source', NEW.source))));
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION contract_changed() FROM PUBLIC;
