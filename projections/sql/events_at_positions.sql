-- Single events of the log, for folding on top of a checkpoint.
SELECT e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash, p.payload, p.salt
FROM unnest(%(positions)s::bigint[]) AS wanted(position)
JOIN events AS e ON e.tenant = %(tenant)s AND e.position = wanted.position
LEFT JOIN event_payload AS p ON p.tenant = e.tenant AND p.position = e.position;
