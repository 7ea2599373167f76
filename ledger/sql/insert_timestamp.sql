-- An authority's word that a tree head stood at a time.
INSERT INTO log_timestamps (tenant, size, stated_at, note, response)
VALUES (%(tenant)b, %(size)b::bigint, timestamptz 'epoch' + %(microseconds)b::bigint * interval '1 microsecond', %(note)b, %(response)b)
ON CONFLICT DO NOTHING
RETURNING size;
