-- Sets over how many Kafka keys an organisation's events are spread (1 to 256), and returns false when it is that number
-- already.
--
-- Only operators may decide what an organisation is allowed, so no process has a right to call this.
CREATE OR REPLACE FUNCTION set_ingest_shards(p_org text, p_ingest_shards integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.orgs WHERE id = p_org) THEN
        RAISE EXCEPTION 'there is no organisation %', p_org USING ERRCODE = 'no_data_found';
    END IF;
    UPDATE public.orgs SET ingest_shards = p_ingest_shards WHERE id = p_org AND ingest_shards <> p_ingest_shards;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION set_ingest_shards(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION set_ingest_shards(text, integer) TO ecomind_operator;
