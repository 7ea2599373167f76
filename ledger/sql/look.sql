-- Under the lock, all that a batch needs to know, in one statement: the clock; the end of the log; the last version and
-- leaf hash of each of these deals; which of these event ids are taken; which of these things the records hold
-- (see events_by_id for the form).
SELECT 'clock' AS what, NULL AS a, NULL AS b, NULL AS c, NULL::bigint AS n, clock_timestamp() AS at, NULL::bytea AS hash
UNION ALL
(
    SELECT 'log', NULL, NULL, NULL, position, recorded_at, NULL
    FROM events
    WHERE tenant = %(tenant)b
    ORDER BY position DESC
    LIMIT 1
)
UNION ALL
SELECT 'deal', asked.deal_id, NULL, NULL, head.version, NULL, head.leaf_hash
FROM unnest(%(deals)b::text[]) AS asked (deal_id)
CROSS JOIN LATERAL (
    SELECT version, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id
    ORDER BY version DESC
    LIMIT 1
) AS head
UNION ALL
SELECT 'id', found.id, NULL, NULL, NULL, NULL, NULL
FROM unnest(%(ids)b::text[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT id FROM events WHERE tenant = %(tenant)b AND id >= asked.id AND id <= asked.id ORDER BY id LIMIT 1
) AS found
WHERE found.id = asked.id
UNION ALL
SELECT 'thing', asked.deal_id, asked.kind, asked.id, NULL, NULL, NULL
FROM unnest(%(thing_deals)b::text[], %(kinds)b::text[], %(things)b::text[]) AS asked (deal_id, kind, id)
CROSS JOIN LATERAL (
    SELECT id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id AND kind = asked.kind AND id >= asked.id AND id <= asked.id
    ORDER BY id
    LIMIT 1
) AS found
WHERE found.id = asked.id;
