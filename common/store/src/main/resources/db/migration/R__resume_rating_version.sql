-- Trigger before INSERT on day_states: a day that a rebuild creates again gets a rating version above every one that it
-- had before the tables were emptied. Its old versions stay in rating_versions, and readers of usage.totals drop a
-- total whose rating version is lower than the one they know.
CREATE OR REPLACE FUNCTION resume_rating_version() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.rating_version := greatest(NEW.rating_version, (
        SELECT max(version) + 1 FROM public.rating_versions WHERE org_id = NEW.org_id AND date = NEW.date));
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION resume_rating_version() FROM PUBLIC;
