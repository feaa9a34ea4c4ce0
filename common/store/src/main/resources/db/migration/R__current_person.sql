-- The only person whose rows the current transaction may see: what follows 'user:' in the setting app.people. NULL when
-- the setting is 'all' or not set.
--
-- The policies call this function in a sub-select, once for each query. It has no SET search_path, because PostgreSQL
-- inlines a function into a query only without one; the names in a RETURN body are resolved when the function is created.
CREATE OR REPLACE FUNCTION current_person() RETURNS text
    LANGUAGE sql STABLE
    RETURN substring(current_setting('app.people', true) FROM '^user:(.*)$');

REVOKE ALL ON FUNCTION current_person() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION current_person() TO ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;
