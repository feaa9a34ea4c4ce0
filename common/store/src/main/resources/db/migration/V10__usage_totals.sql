-- What the topic usage.totals needs: an order of the changes of each row, and a way to find every row that changed since
-- a moment. Both defaults are one value per transaction, so adding the columns rewrites no table.
DO $$
DECLARE
    daily text;
BEGIN
    FOREACH daily IN ARRAY ARRAY['daily_org_agg', 'daily_user_agg', 'daily_provider_agg', 'daily_model_agg'] LOOP
        EXECUTE format(
            'ALTER TABLE %I '
            'ADD COLUMN sequence bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000000)::bigint, '
            'ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()', daily);
        EXECUTE format(
            'COMMENT ON COLUMN %I.sequence IS '
            '''Grows with each change of the row: the transaction''''s microseconds since 1970, or one more than before '
            'where that is higher. A clock and not a counter, so that a row which is built anew goes on above the old one.''',
            daily);
        EXECUTE format(
            'COMMENT ON COLUMN %I.changed_in IS '
            '''The transaction of the last change. Those below a snapshot''''s xmin had ended when it was taken, so reading '
            'from the last xmin on misses none, however long one takes.''',
            daily);
    END LOOP;
END $$;

-- The organisation's row changes with every other row of its day, so this one index finds the days to look into.
CREATE INDEX daily_org_agg_changed_in ON daily_org_agg (changed_in);

-- Whoever changes a row without a new sequence would have the change overlooked by the readers of usage.totals.
CREATE FUNCTION daily_total_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.sequence := greatest(OLD.sequence + 1, (extract(epoch FROM now()) * 1000000)::bigint);
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$;
DO $$
DECLARE
    daily text;
BEGIN
    FOREACH daily IN ARRAY ARRAY['daily_org_agg', 'daily_user_agg', 'daily_provider_agg', 'daily_model_agg'] LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$s_changed BEFORE UPDATE ON %1$I FOR EACH ROW '
            'WHEN (NEW.sequence <= OLD.sequence) EXECUTE FUNCTION daily_total_changed()', daily);
    END LOOP;
END $$;

CREATE TABLE usage_totals_sent (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    through xid8 NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE usage_totals_sent IS
    'One row: all totals that were changed by transactions before this one are in the topic usage.totals, acknowledged.';
GRANT SELECT, INSERT, UPDATE ON usage_totals_sent TO ecomind_pipeline;
