-- The last position recorded at or before a moment. recorded_at rises with position and positions are dense, so halving
-- the log finds it in a score of steps without an index of its own.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, coalesce((SELECT max(position) FROM events WHERE tenant = %(tenant)b), 0)
    UNION ALL
    SELECT
        CASE WHEN middle.early THEN middle.position ELSE search.low END,
        CASE WHEN middle.early THEN search.high ELSE middle.position - 1 END
    FROM search
    CROSS JOIN LATERAL (
        SELECT e.position, e.recorded_at <= timestamptz '2000-01-01 00:00:00Z' + %(at)b::bigint * interval '1 microsecond' AS early
        FROM events AS e
        WHERE e.tenant = %(tenant)b AND e.position = (search.low + search.high + 1) / 2
    ) AS middle
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low = high;
