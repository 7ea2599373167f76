-- Which of these things the records of their deals hold.
SELECT t.deal_id, t.kind, t.id
FROM unnest(%(deals)b::text[], %(kinds)b::text[], %(ids)b::text[]) AS asked (deal_id, kind, id)
JOIN things AS t
    ON t.tenant = %(tenant)b AND t.deal_id = asked.deal_id AND t.kind = asked.kind AND t.id = asked.id;
