-- Whether the current transaction may see the rows of everybody in its organisation: the setting app.people is 'all'.
-- False when it is another or not set.
--
-- The policies call this function in a sub-select, once for each query. It has no SET search_path, because PostgreSQL
-- inlines a function into a query only without one; the names in a RETURN body are resolved when the function is created.
CREATE OR REPLACE FUNCTION sees_all_people() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN coalesce(current_setting('app.people', true) = 'all', false);

REVOKE ALL ON FUNCTION sees_all_people() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sees_all_people() TO ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;
