-- The rows of deadlines; their table is made with that of the deals.

-- list_deadlines --
-- A page of deadlines of one standing that run, or that do not, by the moment that closes them, narrowed by what the
-- reader asks. What runs closes at or after the moment asked about.
SELECT {deadline}
FROM deadlines AS l
WHERE {holds} AND {running} AND standing = %(standing)s
    AND (closes_at, deal_id, deadline_id) > (%(closes_at)s::bigint, %(deal_id)s, %(deadline_id)s)
    AND closes_at <= %(closes_by)s::bigint
    AND (%(zones)s::text[] IS NULL OR deal_tz = ANY (%(zones)s))
    AND (%(binding)s::boolean IS NULL OR binding = %(binding)s)
    AND (%(force)s::text IS NULL OR force = %(force)s)
    AND (%(deals)s::text[] IS NULL OR deal_id = ANY (%(deals)s))
    AND (
        %(party)s::text IS NULL
        OR %(party)s = ANY (names)
        OR EXISTS (
            SELECT
            FROM deals
            WHERE {holds} AND deals.deal_id = l.deal_id AND %(party)s = ANY (deals.names)
        )
    )
    AND (
        %(kind)s::text IS NULL AND %(jurisdiction)s::text IS NULL
        OR EXISTS (
            SELECT
            FROM deals
            WHERE {holds} AND deals.deal_id = l.deal_id
                AND (%(kind)s::text IS NULL OR kind = %(kind)s)
                AND (%(jurisdiction)s::text IS NULL OR %(jurisdiction)s = ANY (jurisdictions))
        )
    )
ORDER BY closes_at, deal_id, deadline_id
LIMIT %(limit)s;

-- next_deadlines --
-- Of each of these deals the nearest deadline that lies ahead, the nearest of these that binds, and all that are past due, with
-- the hashes of their entries; the entries of those alone that lists show. A window that only divides by deal sorts nothing.
SELECT {deadline_by_hash}, CASE WHEN ahead > 0 OR closes_at = first THEN entry END
FROM (
    SELECT
        *,
        min(closes_at) FILTER (WHERE ahead > 0) OVER of_deal AS nearest,
        min(closes_at) FILTER (WHERE ahead = 2) OVER of_deal AS nearest_that_binds,
        coalesce(
            min(closes_at) FILTER (WHERE standing = 'overdue') OVER of_deal,
            min(closes_at) FILTER (WHERE standing = 'past_due') OVER of_deal
        ) AS first
    FROM deadlines
    WHERE {holds} AND deal_id = ANY (%(deals)s) AND (ahead > 0 OR standing IN ('overdue', 'past_due'))
    WINDOW of_deal AS (PARTITION BY deal_id)
) AS l
WHERE ahead > 0 AND closes_at IN (nearest, nearest_that_binds) OR standing IN ('overdue', 'past_due');

-- deadlines_by_deal --
-- Every deadline that has a day, with what a calendar says of its deal.
SELECT {deadline}, {deal}, last.version, last.recorded_at
FROM (
    SELECT *
    FROM deals
    WHERE {holds} AND (%(zones)s::text[] IS NULL OR tz = ANY (%(zones)s))
        AND (%(deals)s::text[] IS NULL OR deal_id = ANY (%(deals)s))
) AS d
CROSS JOIN LATERAL {{covered}} AS c
CROSS JOIN LATERAL {last} AS last
JOIN (
    SELECT *
    FROM deadlines
    WHERE {holds} AND due_day IS NOT NULL
) AS l ON l.deal_id = d.deal_id
ORDER BY d.deal_id, l.deadline_id;
