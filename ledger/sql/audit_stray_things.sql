-- Rows of the registry of deals that the log does not have.
SELECT DISTINCT t.deal_id
FROM things AS t
WHERE t.tenant = %(tenant)b AND NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = t.tenant AND e.deal_id = t.deal_id)
ORDER BY t.deal_id
LIMIT 100;
