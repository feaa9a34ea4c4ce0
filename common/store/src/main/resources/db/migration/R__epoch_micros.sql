-- Microseconds since 1970, as text, because protobuf's JSON form writes 64-bit integers as strings. The names in the
-- RETURN body are resolved when the function is created, so it needs no search_path of its own.
CREATE OR REPLACE FUNCTION epoch_micros(p_moment timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN ((extract(epoch FROM p_moment) * 1000000)::bigint)::text;

REVOKE ALL ON FUNCTION epoch_micros(timestamptz) FROM PUBLIC;
