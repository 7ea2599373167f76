-- Under the lock: the clock, and the last position with its instant (nulls for an empty log).
SELECT clock_timestamp(), head.position, head.recorded_at
FROM (SELECT) AS one
LEFT JOIN LATERAL (
    SELECT position, recorded_at FROM events WHERE tenant = %(tenant)b ORDER BY position DESC LIMIT 1
) AS head ON true;
