-- Positions of erased events that have a payload all the same. Only parley_eraser sees these rows.
SELECT p.position
FROM event_payload AS p
JOIN erased_events AS x ON x.tenant = p.tenant AND x.position = p.position
ORDER BY p.position
LIMIT 1000;
