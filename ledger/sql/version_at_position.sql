-- A deal's last version at or before a position of the log, found by halving (see version_at).
WITH RECURSIVE search (low, high) AS (
    SELECT 0, coalesce((SELECT max(version) FROM events WHERE tenant = %(tenant)b AND deal_id = %(deal)b), 0)
    UNION ALL
    SELECT
        CASE WHEN middle.early THEN middle.version ELSE search.low END,
        CASE WHEN middle.early THEN search.high ELSE middle.version - 1 END
    FROM search
    CROSS JOIN LATERAL (
        SELECT e.version, e.position <= %(position)b::bigint AS early
        FROM events AS e
        WHERE e.tenant = %(tenant)b AND e.deal_id = %(deal)b AND e.version = (search.low + search.high + 1) / 2
    ) AS middle
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low = high;
