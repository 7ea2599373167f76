-- The last version of every deal, each found by one step through the index.
WITH RECURSIVE deal (deal_id) AS (
    (SELECT deal_id FROM events WHERE tenant = %(tenant)b ORDER BY deal_id LIMIT 1)
    UNION ALL
    SELECT (SELECT deal_id FROM events WHERE tenant = %(tenant)b AND deal_id > deal.deal_id ORDER BY deal_id LIMIT 1)
    FROM deal
    WHERE deal.deal_id IS NOT NULL
)
SELECT deal.deal_id, head.version, head.position, head.recorded_at, head.leaf_hash
FROM deal
CROSS JOIN LATERAL (
    SELECT version, position, recorded_at, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = deal.deal_id
    ORDER BY version DESC
    LIMIT 1
) AS head
ORDER BY deal.deal_id;
