-- Trigger after every change of factors_overrides: publishes the override, or its deletion. While stamp_unpublished
-- changes rows (app.stamping is on) nothing is published, because it has changed the waiting entry itself.
CREATE OR REPLACE FUNCTION override_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM public.publish_reference(format('override/%s/%s', OLD.org_id, OLD.id), NULL);
        RETURN NULL;
    END IF;
    IF current_setting('app.stamping', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM public.publish_reference(
        format('override/%s/%s', NEW.org_id, NEW.id),
        jsonb_build_object('factorOverride', jsonb_strip_nulls(jsonb_build_object(
            'orgId', NEW.org_id, 'id', NEW.id, 'provider', NEW.provider, 'model', NEW.model,
            'activeFromMicros', public.epoch_micros(NEW.active_from),
            'retiredMicros', public.epoch_micros(NEW.retired_at),
            'validFromEpochDay', public.epoch_day(NEW.valid_from),
            'validToEpochDay', public.epoch_day(NEW.valid_to),
            'perCall', CASE WHEN NEW.kwh_per_call IS NOT NULL THEN jsonb_build_object(
                'kwhPerCall', NEW.kwh_per_call::text, 'pue', NEW.pue::text,
                'waterLPerKwh', NEW.water_l_per_kwh::text, 'co2KgPerKwh', NEW.co2_kg_per_kwh::text) END,
            'parameters', CASE WHEN NEW.active_b_min IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
                'activeBMin', NEW.active_b_min::text, 'activeBMax', NEW.active_b_max::text,
                'totalBMin', NEW.total_b_min::text, 'totalBMax', NEW.total_b_max::text,
                'tps', NEW.tps::text, 'ttftS', NEW.ttft_s::text)) END,
            'source', NEW.source))));
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION override_changed() FROM PUBLIC;
