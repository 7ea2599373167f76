-- Which of these things the records of their deals hold (see events_by_id for the form).
SELECT t.deal_id, t.kind, t.id
FROM unnest(%(deals)b::text[], %(kinds)b::text[], %(ids)b::text[]) AS asked (deal_id, kind, id)
CROSS JOIN LATERAL (
    SELECT deal_id, kind, id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id AND kind = asked.kind AND id >= asked.id AND id <= asked.id
    ORDER BY id
    LIMIT 1
) AS t
WHERE t.id = asked.id;
