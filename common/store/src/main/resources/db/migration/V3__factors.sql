CREATE TABLE factor_sets (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9.-]{0,63}$'),
    reason text NOT NULL,
    sha256 text NOT NULL,
    active_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE factor_sets IS
    'Immutable, hashed sets of factors. A set rates the events that are received from active_from on.';

-- Tasks learn of a set at different moments; a minute''s notice makes them agree on which event it is the first for.
CREATE FUNCTION factor_sets_need_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM factor_sets) AND NEW.active_from < now() + INTERVAL '60 seconds' THEN
        RAISE EXCEPTION 'factor_sets.active_from must be at least 60 s ahead, was %', NEW.active_from
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER factor_sets_notice BEFORE INSERT ON factor_sets
    FOR EACH ROW EXECUTE FUNCTION factor_sets_need_notice();

CREATE TABLE factors_defaults (
    factor_set text NOT NULL REFERENCES factor_sets (id),
    provider text NOT NULL,
    model text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    basis text NOT NULL CHECK (basis IN ('per_call')),
    kwh_per_call numeric NOT NULL CHECK (kwh_per_call > 0),
    pue numeric NOT NULL CHECK (pue >= 1),
    water_l_per_kwh numeric NOT NULL CHECK (water_l_per_kwh >= 0),
    co2_kg_per_kwh numeric NOT NULL CHECK (co2_kg_per_kwh > 0),
    evidence_tier smallint NOT NULL CHECK (evidence_tier BETWEEN 1 AND 4),
    source text NOT NULL,
    licence text NOT NULL,
    PRIMARY KEY (factor_set, provider, model, valid_from),
    CHECK (valid_to > valid_from)
);
COMMENT ON TABLE factors_defaults IS
    'Energy of one call at the server (kWh, before PUE), PUE, water in litres and CO2e in kg per kWh after PUE.';

CREATE TABLE grid_intensity (
    factor_set text NOT NULL REFERENCES factor_sets (id),
    region text NOT NULL,
    date date NOT NULL,
    gco2_per_kwh numeric NOT NULL CHECK (gco2_per_kwh > 0),
    source text NOT NULL,
    licence text NOT NULL,
    PRIMARY KEY (factor_set, region, date)
);
COMMENT ON TABLE grid_intensity IS
    'Carbon intensity of the grid of a country (ISO 3166-1 alpha-3), gCO2e/kWh, from a date on until the next row.';

CREATE TABLE factors_overrides (
    id text NOT NULL,
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    provider text NOT NULL,
    model text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    kwh_per_call numeric NOT NULL CHECK (kwh_per_call > 0),
    pue numeric NOT NULL CHECK (pue >= 1),
    water_l_per_kwh numeric NOT NULL CHECK (water_l_per_kwh >= 0),
    co2_kg_per_kwh numeric NOT NULL CHECK (co2_kg_per_kwh > 0),
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, provider, model, valid_from),
    CHECK (valid_to > valid_from)
);
COMMENT ON TABLE factors_overrides IS 'An organisation''s own factors.';

CREATE SEQUENCE reference_version;
CREATE TABLE reference_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_key text NOT NULL,
    version bigint NOT NULL,
    entry jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    UNIQUE (entity_key, version)
);
COMMENT ON TABLE reference_outbox IS
    'Changes of reference data on their way to Kafka: one ReferenceEntry in protobuf''s JSON form per row, published '
    'in the order of versions and marked after Kafka acknowledged. The newest row of a key is its current state.';
CREATE INDEX reference_outbox_unpublished ON reference_outbox (version) WHERE published_at IS NULL;

-- Written by triggers, so that no way of changing reference data can forget to tell the jobs. The version is drawn
-- while the changed row is locked, hence it grows with each entity's commits.
CREATE FUNCTION publish_reference(p_key text, p_body jsonb) RETURNS void
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

CREATE FUNCTION epoch_day(p_date date) RETURNS integer LANGUAGE sql IMMUTABLE
    RETURN p_date - DATE '1970-01-01';

CREATE FUNCTION factor_set_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.publish_reference('set/' || NEW.id, jsonb_build_object('factorSet', jsonb_build_object(
        'id', NEW.id,
        'activeFromMicros', (CASE WHEN NEW.active_from = '-infinity' THEN 0
            ELSE (extract(epoch FROM NEW.active_from) * 1000000)::bigint END)::text)));
    RETURN NULL;
END $$;
CREATE TRIGGER factor_sets_publish AFTER INSERT ON factor_sets
    FOR EACH ROW EXECUTE FUNCTION factor_set_changed();

CREATE FUNCTION factor_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.publish_reference(
        format('factor/%s/%s/%s/%s', NEW.factor_set, NEW.provider, NEW.model, NEW.valid_from),
        jsonb_build_object('perCallFactor', jsonb_strip_nulls(jsonb_build_object(
            'factorSet', NEW.factor_set, 'provider', NEW.provider, 'model', NEW.model,
            'validFromEpochDay', public.epoch_day(NEW.valid_from),
            'validToEpochDay', public.epoch_day(NEW.valid_to),
            'kwhPerCall', NEW.kwh_per_call::text, 'pue', NEW.pue::text,
            'waterLPerKwh', NEW.water_l_per_kwh::text, 'co2KgPerKwh', NEW.co2_kg_per_kwh::text,
            'evidenceTier', NEW.evidence_tier))));
    RETURN NULL;
END $$;
CREATE TRIGGER factors_defaults_publish AFTER INSERT ON factors_defaults
    FOR EACH ROW EXECUTE FUNCTION factor_changed();

CREATE FUNCTION grid_intensity_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.publish_reference(
        format('grid/%s/%s/%s', NEW.factor_set, NEW.region, NEW.date),
        jsonb_build_object('gridIntensity', jsonb_build_object(
            'factorSet', NEW.factor_set, 'region', NEW.region, 'epochDay', public.epoch_day(NEW.date),
            'gco2PerKwh', NEW.gco2_per_kwh::text)));
    RETURN NULL;
END $$;
CREATE TRIGGER grid_intensity_publish AFTER INSERT ON grid_intensity
    FOR EACH ROW EXECUTE FUNCTION grid_intensity_changed();

CREATE FUNCTION organisation_body(p_org text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object('organisation', jsonb_build_object(
        'id', o.id,
        'timeZones', coalesce((
            SELECT jsonb_agg(
                jsonb_build_object('fromEpochDay', public.epoch_day(z.valid_from), 'zone', z.zone)
                ORDER BY z.valid_from)
            FROM public.org_time_zones z WHERE z.org_id = o.id), '[]'::jsonb)))
    FROM public.orgs o WHERE o.id = p_org
$$;

CREATE FUNCTION organisation_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changed text := CASE TG_TABLE_NAME
        WHEN 'orgs' THEN to_jsonb(coalesce(NEW, OLD)) ->> 'id'
        ELSE to_jsonb(coalesce(NEW, OLD)) ->> 'org_id' END;
BEGIN
    -- Zones change in rows of their own; the organisation's row is the lock that orders the versions.
    PERFORM 1 FROM public.orgs WHERE id = changed FOR UPDATE;
    PERFORM public.publish_reference('org/' || changed, public.organisation_body(changed));
    RETURN NULL;
END $$;
CREATE TRIGGER orgs_publish AFTER INSERT OR UPDATE OR DELETE ON orgs
    FOR EACH ROW EXECUTE FUNCTION organisation_changed();
CREATE TRIGGER org_time_zones_publish AFTER INSERT OR UPDATE OR DELETE ON org_time_zones
    FOR EACH ROW EXECUTE FUNCTION organisation_changed();

GRANT SELECT ON factor_sets, factors_defaults, grid_intensity TO ecomind_api, ecomind_worker, ecomind_pipeline;
GRANT SELECT, INSERT, UPDATE, DELETE ON factors_overrides TO ecomind_api;
GRANT SELECT, UPDATE (published_at), DELETE ON reference_outbox TO ecomind_worker;
