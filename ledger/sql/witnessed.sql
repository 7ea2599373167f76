-- The newest words of these witnesses, those on the greatest trees first: the first that holds says how far is witnessed.
SELECT size, vkey, stated_at, line
FROM log_cosignatures
WHERE tenant = %(tenant)b AND vkey = ANY (%(vkeys)b::text[])
ORDER BY size DESC, stated_at DESC
LIMIT 32;
