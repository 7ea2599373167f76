-- The last version of each of these deals, and the hash that its next leaf must name.
SELECT asked.deal_id, head.version, head.position, head.recorded_at, head.leaf_hash
FROM unnest(%(deals)b::text[]) AS asked (deal_id)
CROSS JOIN LATERAL (
    SELECT version, position, recorded_at, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id
    ORDER BY version DESC
    LIMIT 1
) AS head;
