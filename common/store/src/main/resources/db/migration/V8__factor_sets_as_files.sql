-- A factor set is its files, whole and hashed. Everybody who rates reads the same text with the same code; the tables
-- factors_defaults, grid_intensity and grid_intensity_hourly show its rows to those who ask in SQL.

-- What the first schema published row by row is taken back, and its only set goes.
DROP TRIGGER factors_defaults_publish ON factors_defaults;
DROP TRIGGER grid_intensity_publish ON grid_intensity;
DROP TRIGGER factor_sets_publish ON factor_sets;
DROP FUNCTION factor_changed();
DROP FUNCTION grid_intensity_changed();
DROP FUNCTION factor_set_changed();
DELETE FROM factors_defaults;
DELETE FROM grid_intensity;
DELETE FROM factor_sets;
DELETE FROM reference_outbox WHERE entity_key NOT LIKE 'org/%' AND published_at IS NULL;
SELECT publish_reference(entity_key, NULL)
FROM (SELECT DISTINCT entity_key FROM reference_outbox WHERE entity_key NOT LIKE 'org/%') AS row_by_row;

ALTER TABLE factor_sets
    ADD COLUMN methodology text NOT NULL,
    ADD COLUMN replaces text REFERENCES factor_sets (id),
    ADD COLUMN parts integer NOT NULL CHECK (parts > 0);
CREATE INDEX factor_sets_replaces ON factor_sets (replaces);
COMMENT ON COLUMN factor_sets.replaces IS 'The set that this one stands in for; NULL for a first one.';
COMMENT ON COLUMN factor_sets.active_from IS
    'The set rates what is received from this moment on. Moved on when the set is published less than 60 s before.';

CREATE TABLE factor_set_parts (
    factor_set text NOT NULL REFERENCES factor_sets (id),
    number integer NOT NULL CHECK (number >= 0),
    file text NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (factor_set, number)
);
COMMENT ON TABLE factor_set_parts IS
    'The files of a set, cut into pieces that fit into a Kafka record; in the order of their numbers they are the text.';

CREATE FUNCTION factor_set_part_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- With the count that the head checks, this leaves no room for a part that comes afterwards.
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
CREATE TRIGGER factor_set_parts_publish AFTER INSERT ON factor_set_parts
    FOR EACH ROW EXECUTE FUNCTION factor_set_part_added();

CREATE FUNCTION factor_set_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
-- At the end of the transaction: the head of a set goes after its parts, so whoever has read it has read them.
CREATE CONSTRAINT TRIGGER factor_sets_publish AFTER INSERT ON factor_sets
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION factor_set_added();

ALTER TABLE factors_defaults
    DROP CONSTRAINT factors_defaults_pkey,
    DROP CONSTRAINT factors_defaults_basis_check,
    ALTER COLUMN valid_from DROP NOT NULL,
    ALTER COLUMN kwh_per_call DROP NOT NULL,
    ALTER COLUMN pue DROP NOT NULL,
    ALTER COLUMN water_l_per_kwh DROP NOT NULL,
    ALTER COLUMN co2_kg_per_kwh DROP NOT NULL,
    ADD COLUMN kwh_per_call_low numeric CHECK (kwh_per_call_low > 0),
    ADD COLUMN kwh_per_call_high numeric CHECK (kwh_per_call_high >= kwh_per_call),
    ADD COLUMN active_b_min numeric CHECK (active_b_min > 0),
    ADD COLUMN active_b_max numeric CHECK (active_b_max >= active_b_min),
    ADD COLUMN total_b_min numeric CHECK (total_b_min >= active_b_min),
    ADD COLUMN total_b_max numeric CHECK (total_b_max >= active_b_max),
    ADD COLUMN tps numeric CHECK (tps > 0),
    ADD COLUMN ttft_s numeric CHECK (ttft_s BETWEEN 0 AND 120),
    ADD CHECK (kwh_per_call_low <= kwh_per_call),
    ADD CHECK ((basis IN ('per_call', 'per_unit')) = (kwh_per_call IS NOT NULL)),
    ADD CHECK ((kwh_per_call IS NULL) = (active_b_min IS NOT NULL));
CREATE UNIQUE INDEX factors_defaults_row ON factors_defaults (factor_set, provider, model, valid_from) NULLS NOT DISTINCT;
COMMENT ON TABLE factors_defaults IS
    'The models of each set. Basis per_call and per_unit: energy of one at the server (kWh, before PUE), PUE, water in '
    'litres and CO2e in kg per kWh after PUE. Other bases: parameters in 1e9, tokens per second, seconds to the first '
    'token; energy follows from the methodology of the set.';

ALTER TABLE grid_intensity
    ADD COLUMN resolution text NOT NULL DEFAULT 'year' CHECK (resolution IN ('month', 'year')),
    DROP CONSTRAINT grid_intensity_pkey,
    ADD PRIMARY KEY (factor_set, region, resolution, date);
COMMENT ON TABLE grid_intensity IS
    'Carbon intensity of a zone''s grid, gCO2e/kWh: a month''s, or a year''s, which stands until the next year''s.';

CREATE TABLE grid_intensity_hourly (
    factor_set text NOT NULL REFERENCES factor_sets (id),
    zone text NOT NULL,
    start timestamptz NOT NULL,
    gco2_per_kwh numeric NOT NULL CHECK (gco2_per_kwh > 0),
    source text NOT NULL,
    licence text NOT NULL,
    PRIMARY KEY (factor_set, zone, start)
);
COMMENT ON TABLE grid_intensity_hourly IS 'Carbon intensity of a zone''s grid for the hour from start on, gCO2e/kWh.';

-- An organisation's own factors: immutable by id, so that an event is rated the same whenever it is read. A change is a
-- new id and the retirement of the old one.
ALTER TABLE factors_overrides
    DROP CONSTRAINT factors_overrides_org_id_provider_model_valid_from_key,
    ALTER COLUMN valid_from DROP NOT NULL,
    ALTER COLUMN kwh_per_call DROP NOT NULL,
    ALTER COLUMN pue DROP NOT NULL,
    ALTER COLUMN water_l_per_kwh DROP NOT NULL,
    ALTER COLUMN co2_kg_per_kwh DROP NOT NULL,
    ADD COLUMN active_b_min numeric CHECK (active_b_min > 0),
    ADD COLUMN active_b_max numeric CHECK (active_b_max >= active_b_min),
    ADD COLUMN total_b_min numeric CHECK (total_b_min >= active_b_min),
    ADD COLUMN total_b_max numeric CHECK (total_b_max >= active_b_max AND total_b_max <= 100000),
    ADD COLUMN tps numeric CHECK (tps > 0 AND tps <= 100000),
    ADD COLUMN ttft_s numeric CHECK (ttft_s BETWEEN 0 AND 120),
    ADD COLUMN active_from timestamptz NOT NULL DEFAULT now() + INTERVAL '90 seconds',
    ADD COLUMN retired_at timestamptz,
    ADD CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    ADD CHECK (num_nonnulls(kwh_per_call, pue, water_l_per_kwh, co2_kg_per_kwh) IN (0, 4)),
    ADD CHECK (num_nonnulls(active_b_min, active_b_max, total_b_min, total_b_max) IN (0, 4)),
    ADD CHECK ((kwh_per_call IS NULL) = (active_b_min IS NOT NULL)),
    ADD CHECK (active_b_min IS NOT NULL OR (tps IS NULL AND ttft_s IS NULL)),
    ADD CHECK (kwh_per_call <= 1000 AND pue <= 10 AND water_l_per_kwh <= 1000 AND co2_kg_per_kwh <= 10),
    ADD CHECK (retired_at >= active_from),
    ADD CHECK (provider <> '' AND model <> '' AND source <> '');
CREATE INDEX factors_overrides_model ON factors_overrides (org_id, provider, model);
COMMENT ON TABLE factors_overrides IS
    'An organisation''s own factors, per call or by parameters; model * stands for all of the provider. They rate what '
    'is received from active_from until before retired_at and happened from valid_from until before valid_to.';

CREATE TABLE power_contracts (
    id text NOT NULL CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    org_id text NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    provider text NOT NULL DEFAULT '',
    zone text NOT NULL DEFAULT '',
    valid_from date,
    valid_to date,
    kg_per_kwh numeric NOT NULL CHECK (kg_per_kwh BETWEEN 0 AND 10),
    source text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    active_from timestamptz NOT NULL DEFAULT now() + INTERVAL '90 seconds',
    retired_at timestamptz,
    PRIMARY KEY (org_id, id),
    CHECK (valid_to > valid_from),
    CHECK (retired_at >= active_from),
    CHECK (source <> '')
);
COMMENT ON TABLE power_contracts IS
    'Power that an organisation has bought: the intensity of its market-based figures, beside the location-based ones. '
    'Empty provider or zone: all. Immutable by id, like an override.';

CREATE FUNCTION epoch_micros(p_moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN ((extract(epoch FROM p_moment) * 1000000)::bigint)::text;

-- Tasks learn of a change at different moments; a minute's notice makes them agree on which event it is the first for.
CREATE FUNCTION own_factors_need_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.active_from < now() + INTERVAL '60 seconds' THEN
        RAISE EXCEPTION '%.active_from must be at least 60 s ahead, was %', TG_TABLE_NAME, NEW.active_from
            USING ERRCODE = 'check_violation';
    ELSIF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'retired_at' - 'active_from' <> to_jsonb(OLD) - 'retired_at' - 'active_from'
           OR NEW.active_from < OLD.active_from THEN
            RAISE EXCEPTION '% % is immutable: retire it and add another', TG_TABLE_NAME, OLD.id
                USING ERRCODE = 'check_violation';
        ELSIF OLD.retired_at IS NOT NULL AND NEW.retired_at IS NULL
              OR NEW.retired_at < OLD.retired_at
              OR NEW.retired_at IS DISTINCT FROM OLD.retired_at AND NEW.retired_at < now() + INTERVAL '60 seconds' THEN
            RAISE EXCEPTION '%.retired_at must be at least 60 s ahead and can only be moved on, was %',
                TG_TABLE_NAME, NEW.retired_at USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION override_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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

CREATE FUNCTION contract_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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

CREATE TRIGGER factors_overrides_notice BEFORE INSERT OR UPDATE ON factors_overrides
    FOR EACH ROW EXECUTE FUNCTION own_factors_need_notice();
CREATE TRIGGER power_contracts_notice BEFORE INSERT OR UPDATE ON power_contracts
    FOR EACH ROW EXECUTE FUNCTION own_factors_need_notice();
CREATE TRIGGER factors_overrides_publish AFTER INSERT OR UPDATE OR DELETE ON factors_overrides
    FOR EACH ROW EXECUTE FUNCTION override_changed();
CREATE TRIGGER power_contracts_publish AFTER INSERT OR UPDATE OR DELETE ON power_contracts
    FOR EACH ROW EXECUTE FUNCTION contract_changed();

-- The publisher may have been away. What becomes active, or retires, less than a minute after it is published is moved
-- on, once, before it is sent: in the entry and in its table, so that nobody says otherwise.
ALTER TABLE reference_outbox ADD COLUMN stamped_at timestamptz;
UPDATE reference_outbox SET stamped_at = now();
CREATE FUNCTION stamp_unpublished() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    earliest timestamptz := now() + INTERVAL '60 seconds';
    earliest_micros bigint := public.epoch_micros(earliest)::bigint;
    -- What is committed while this runs is the next run's: it must not be taken for stamped without having been looked at.
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
        -- When a row is retired it may count already; when it was retired before anybody heard of it, both are moved.
        known := coalesce((SELECT NOT before.entry ? 'deleted' FROM public.reference_outbox AS before
                           WHERE before.entity_key = change.entity_key AND before.version < change.version
                             AND before.stamped_at IS NOT NULL
                           ORDER BY before.version DESC LIMIT 1), false);
        -- 0 is the first set, which has nothing before it.
        IF NOT known AND (body ->> 'activeFromMicros')::bigint BETWEEN 1 AND earliest_micros - 1 THEN
            body := jsonb_set(body, '{activeFromMicros}', to_jsonb(earliest_micros::text));
        END IF;
        IF (body ->> 'retiredMicros')::bigint < earliest_micros THEN
            body := jsonb_set(body, '{retiredMicros}', to_jsonb(earliest_micros::text));
        END IF;
        IF body <> change.entry -> kind THEN
            UPDATE public.reference_outbox SET entry = jsonb_set(entry, ARRAY[kind], body) WHERE id = change.id;
            -- The tables follow, without another entry. A retirement whose own entry comes later may have to give way.
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
GRANT EXECUTE ON FUNCTION stamp_unpublished() TO ecomind_worker;

ALTER TABLE power_contracts ENABLE ROW LEVEL SECURITY;
ALTER TABLE power_contracts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON power_contracts TO ecomind_api, ecomind_worker, ecomind_dispatcher
    USING (org_id = current_org()) WITH CHECK (org_id = current_org());
CREATE POLICY across ON power_contracts TO ecomind_pipeline USING (true) WITH CHECK (true);
CREATE POLICY owner ON power_contracts TO CURRENT_USER USING (true) WITH CHECK (true);

REVOKE UPDATE, DELETE ON factors_overrides FROM ecomind_api;
GRANT UPDATE (retired_at) ON factors_overrides TO ecomind_api;
GRANT SELECT, INSERT, UPDATE (retired_at) ON power_contracts TO ecomind_api;
GRANT SELECT ON factor_set_parts, grid_intensity_hourly TO ecomind_api, ecomind_worker, ecomind_pipeline;
GRANT INSERT ON factor_sets, factor_set_parts, factors_defaults, grid_intensity, grid_intensity_hourly TO ecomind_worker;
