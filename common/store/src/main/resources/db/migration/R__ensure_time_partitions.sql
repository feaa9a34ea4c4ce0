-- For projections of the version before, while an installation is updated: they call it before they write into a month that
-- they have not seen. Every moment has its partition already, see maintain_time_partitions, so there is nothing to make.
CREATE OR REPLACE FUNCTION ensure_time_partitions(p_from date, p_to date) RETURNS integer
    LANGUAGE sql STABLE
    RETURN 0;

REVOKE ALL ON FUNCTION ensure_time_partitions(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_time_partitions(date, date) TO ecomind_pipeline;
