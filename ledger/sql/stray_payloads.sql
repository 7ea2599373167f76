-- Payloads without an event.
SELECT p.position
FROM event_payload AS p
WHERE p.tenant = %(tenant)b AND NOT EXISTS (SELECT FROM events AS e WHERE e.tenant = p.tenant AND e.position = p.position)
ORDER BY p.position
LIMIT 100;
