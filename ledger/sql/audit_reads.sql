-- Who took away evidence, in the order of reading.
SELECT number, read_at, principal, path
FROM audit_reads
WHERE tenant = %(tenant)b AND number > %(after)b::bigint
ORDER BY number
LIMIT %(limit)b::bigint;
