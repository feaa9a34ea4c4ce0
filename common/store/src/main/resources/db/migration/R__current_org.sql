-- The organisation that the current transaction acts for: the setting app.org_id, and NULL when there is none. When a
-- transaction that set it has ended, PostgreSQL leaves the setting as '' and not as NULL, so '' counts as none.
--
-- The row-level security policies call this function for every row that they check. It has no SET search_path, because
-- PostgreSQL inlines a function into a query only without one; the names in a RETURN body are resolved when the
-- function is created, so the caller's search_path cannot change their meaning.
CREATE OR REPLACE FUNCTION current_org() RETURNS text
    LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.org_id', true), '');

REVOKE ALL ON FUNCTION current_org() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION current_org() TO ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;
