-- A stretch of the log with every column that says a second time what the leaf says.
SELECT
    e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash,
    p.payload, p.salt, e.occurred_earliest, e.occurred_latest
FROM events AS e
LEFT JOIN event_payload AS p ON p.tenant = e.tenant AND p.position = e.position
WHERE e.tenant = %(tenant)b AND e.position > %(after)b::bigint
ORDER BY e.position
LIMIT %(limit)b::bigint;
