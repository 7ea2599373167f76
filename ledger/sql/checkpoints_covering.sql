-- For each of these positions the size of the first tree head that covers it, each size once.
SELECT DISTINCT head.size
FROM unnest(%(positions)b::bigint[]) AS asked (position)
CROSS JOIN LATERAL (
    SELECT size FROM log_checkpoints WHERE tenant = %(tenant)b AND size >= asked.position ORDER BY size LIMIT 1
) AS head
ORDER BY head.size;
