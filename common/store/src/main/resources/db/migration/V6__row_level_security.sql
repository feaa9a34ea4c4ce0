-- Every tenant table shows a session only the rows of the organisation that its transaction has set. The event
-- table is left out: TimescaleDB cannot both compress a table and guard its rows, so no role that serves people has
-- any right on it; they read through views that take the organisation from the session.
DO $$
DECLARE
    tenant record;
    org_column text;
BEGIN
    FOR tenant IN
        SELECT c.relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relname <> 'events_enriched'
          AND (c.relname = 'orgs' OR EXISTS (
              SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped))
        ORDER BY c.relname
    LOOP
        org_column := CASE tenant.relname WHEN 'orgs' THEN 'id' ELSE 'org_id' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant.relname);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant.relname);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO ecomind_api, ecomind_worker, ecomind_dispatcher '
            'USING (%I = current_org()) WITH CHECK (%I = current_org())',
            tenant.relname, org_column, org_column);
        EXECUTE format('CREATE POLICY across ON %I TO ecomind_pipeline USING (true) WITH CHECK (true)', tenant.relname);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', tenant.relname);
    END LOOP;
END $$;
