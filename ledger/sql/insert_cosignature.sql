-- A witness's signature on a tree head.
INSERT INTO log_cosignatures (tenant, size, vkey, stated_at, line)
VALUES (%(tenant)b, %(size)b::bigint, %(vkey)b, timestamptz 'epoch' + %(seconds)b::bigint * interval '1 second', %(line)b)
ON CONFLICT DO NOTHING
RETURNING size;
