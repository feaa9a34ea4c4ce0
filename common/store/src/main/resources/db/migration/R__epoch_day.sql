-- Days since 1970-01-01, as the protobuf messages carry dates. The name in the RETURN body is resolved when the
-- function is created, so it needs no search_path of its own.
CREATE OR REPLACE FUNCTION epoch_day(p_date date) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN p_date - DATE '1970-01-01';

REVOKE ALL ON FUNCTION epoch_day(date) FROM PUBLIC;
