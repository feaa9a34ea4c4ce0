-- Trigger before UPDATE on the four daily_*_agg tables, for updates that do not raise the row's sequence themselves:
-- gives the row the next sequence and notes the transaction. Readers of usage.totals drop a total whose sequence is not
-- higher than the one they know, and the job that sends totals finds changed rows by changed_in; an update without
-- either would not be seen.
CREATE OR REPLACE FUNCTION daily_total_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.sequence := greatest(OLD.sequence + 1, (extract(epoch FROM now()) * 1000000)::bigint);
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION daily_total_changed() FROM PUBLIC;
