-- What witnesses said of one tree head: the newest word of each.
SELECT DISTINCT ON (vkey) vkey, stated_at, line
FROM log_cosignatures
WHERE tenant = %(tenant)b AND size = %(size)b::bigint
ORDER BY vkey, stated_at DESC;
