-- Beside the organisation (app.org_id) a transaction says whose rows it may see: app.people is 'all', or 'user:' and the
-- id of one person. Without it no row of a person and no total of several is shown, so a filter that is forgotten shows no
-- colleague. The prefix keeps a person whose id is "all" apart from everybody.

CREATE FUNCTION sees_all_people() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN coalesce(current_setting('app.people', true) = 'all', false);
GRANT EXECUTE ON FUNCTION sees_all_people() TO ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;

CREATE FUNCTION current_person() RETURNS text
    LANGUAGE sql STABLE
    RETURN substring(current_setting('app.people', true) FROM '^user:(.*)$');
GRANT EXECUTE ON FUNCTION current_person() TO ecomind_api, ecomind_worker, ecomind_pipeline, ecomind_dispatcher;

-- Restricts the rows of a tenant table to the people that the transaction may see; for migrations only, after
-- enable_tenant_rls. p_is_own is the condition under which a row is the current person's. The sub-selects are evaluated
-- once for a query and not for each row.
CREATE FUNCTION enable_people_rls(p_table regclass, p_is_own text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    condition text := format(
        'org_id = public.current_org() AND ((SELECT public.sees_all_people()) OR %s)', p_is_own);
BEGIN
    EXECUTE format('ALTER POLICY tenant ON %1$s USING (%2$s) WITH CHECK (%2$s)', p_table, condition);
END $$;
REVOKE ALL ON FUNCTION enable_people_rls(regclass, text) FROM PUBLIC;

-- Every tenant table with a person.
DO $$
DECLARE
    person record;
BEGIN
    FOR person IN
        SELECT c.oid::regclass AS name
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity
          AND c.relname NOT IN ('user_aliases', 'team_members')
        ORDER BY c.relname
    LOOP
        PERFORM enable_people_rls(person.name, 'user_id = (SELECT public.current_person())');
    END LOOP;
END $$;

-- What events call a person is an alias; the person behind it is found through the aliases that the transaction sees.
SELECT enable_people_rls(
    'user_aliases', '(SELECT public.current_person()) IN (alias, user_id)');
SELECT enable_people_rls(
    'users',
    '(id = (SELECT public.current_person())'
    ' OR EXISTS (SELECT FROM public.user_aliases a WHERE a.org_id = users.org_id AND a.user_id = users.id))');
SELECT enable_people_rls(
    'team_members',
    '(user_id = (SELECT public.current_person()) OR EXISTS ('
    'SELECT FROM public.user_aliases a WHERE a.org_id = team_members.org_id AND a.user_id = team_members.user_id))');

-- Totals of several people, which no condition on a row can divide.
SELECT enable_people_rls('daily_org_agg', 'false');
SELECT enable_people_rls('daily_provider_agg', 'false');
SELECT enable_people_rls('daily_model_agg', 'false');
SELECT enable_people_rls('rating_versions', 'false');
-- Their details count the days and calls of the whole organisation.
SELECT enable_people_rls('restatements', 'false');

CREATE OR REPLACE VIEW events_raw WITH (security_barrier = true) AS
    SELECT id, org_id, user_id, provider, model, tokens_in, tokens_out, region, ts, metadata
    FROM events_enriched
    WHERE org_id = current_org()
      AND ((SELECT sees_all_people()) OR user_id = (SELECT current_person()));
COMMENT ON VIEW events_raw IS 'What was sent, for the organisation and the people that the session may see.';
