-- A witness's signature on a tree head; of each witness and head only so many are kept, for the next says the same.
INSERT INTO log_cosignatures (tenant, size, vkey, stated_at, line)
SELECT %(tenant)b, %(size)b::bigint, %(vkey)b, timestamptz 'epoch' + %(seconds)b::bigint * interval '1 second', %(line)b
WHERE (
    SELECT count(*) FROM log_cosignatures
    WHERE tenant = %(tenant)b AND size = %(size)b::bigint AND vkey = %(vkey)b
) < 8
ON CONFLICT DO NOTHING
RETURNING size;
