-- The stretches of one tile, in their order.
SELECT hashes
FROM log_hashes
WHERE tenant = %(tenant)b AND level = %(level)b::smallint AND first >= %(first)b::bigint AND first < %(first)b::bigint + 256
ORDER BY first;
