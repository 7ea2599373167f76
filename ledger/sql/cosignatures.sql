-- What these witnesses said of one tree head, in the order of the times that they state.
SELECT vkey, stated_at, line
FROM log_cosignatures
WHERE tenant = %(tenant)b AND size = %(size)b::bigint AND vkey = ANY (%(vkeys)b::text[])
ORDER BY vkey, stated_at
LIMIT 256;
