-- A deal's last version recorded at or before a moment. recorded_at rises with the version and versions are dense, so
-- halving the record finds it in a score of steps without an index of its own.
WITH RECURSIVE search (low, high) AS (
    SELECT 0, coalesce((SELECT max(version) FROM events WHERE tenant = %(tenant)b AND deal_id = %(deal)b), 0)
    UNION ALL
    SELECT
        CASE WHEN middle.early THEN middle.version ELSE search.low END,
        CASE WHEN middle.early THEN search.high ELSE middle.version - 1 END
    FROM search
    CROSS JOIN LATERAL (
        SELECT e.version, e.recorded_at <= timestamptz '2000-01-01 00:00:00Z' + %(at)b::bigint * interval '1 microsecond' AS early
        FROM events AS e
        WHERE e.tenant = %(tenant)b AND e.deal_id = %(deal)b AND e.version = (search.low + search.high + 1) / 2
    ) AS middle
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low = high;
