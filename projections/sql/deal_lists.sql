-- Lists of deals: pages by id, and which deals come after a place in another order, narrowed by what the reader asks.

-- last_event_now --
-- The last event of a deal by the latest knowledge: that up to which the rows `c` go.
(SELECT c.version, c.position, c.recorded_at)

-- last_event_then --
-- The last event of the deal `d` that is covered, and was known at a position.
(
    SELECT version, position, recorded_at
    FROM events
    WHERE tenant = d.tenant AND deal_id = d.deal_id AND version <= c.version AND position <= %(known)s::bigint
    ORDER BY version DESC
    LIMIT 1
)

-- wanted_deal (subquery) --
-- The conditions that a reader sets on the deal `d` with the coverage `c`.
(%(zones)s::text[] IS NULL OR d.tz = ANY (%(zones)s))
    AND (%(status)s::text IS NULL OR d.status = %(status)s)
    AND (%(phase)s::text IS NULL OR d.phase = %(phase)s)
    AND (%(party)s::text IS NULL OR %(party)s = ANY (d.names))
    AND (%(kind)s::text IS NULL OR d.kind = %(kind)s)
    AND (%(jurisdiction)s::text IS NULL OR %(jurisdiction)s = ANY (d.jurisdictions))
    AND (%(deals)s::text[] IS NULL OR d.deal_id = ANY (%(deals)s))
    AND (
        %(q)s::text IS NULL
        OR position(%(q)s IN d.words) > 0
        -- Or each of its words occurs in what is said of the deal, in an obligation of it or in the summary of an event. These
        -- are read of the deals alone of which every word was said at any time.
        OR d.deal_id IN (
            SELECT deal_id
            FROM deal_words
            WHERE word = ANY (tsvector_to_array(to_tsvector('simple', %(q)s)))
            GROUP BY deal_id
            HAVING count(*) = cardinality(tsvector_to_array(to_tsvector('simple', %(q)s)))
        )
        AND NOT EXISTS (
            SELECT
            FROM unnest(tsvector_to_array(to_tsvector('simple', %(q)s))) AS wanted (word)
            WHERE NOT (d.search @@ plainto_tsquery('simple', word)) AND NOT EXISTS (
                SELECT
                FROM deadlines
                WHERE {holds} AND deadlines.deal_id = d.deal_id
                    AND deadlines.search @@ plainto_tsquery('simple', word)
            ) AND NOT EXISTS (
                SELECT
                FROM event_summaries
                WHERE {holds} AND event_summaries.deal_id = d.deal_id
                    AND event_summaries.search @@ plainto_tsquery('simple', word)
            )
        )
    )
    AND (%(unreadable)s::boolean IS NULL OR (c.unreadable IS NOT NULL) = %(unreadable)s)
    AND (
        %(due_before)s::date IS NULL
        OR (
            SELECT due_day
            FROM deadlines
            WHERE {holds} AND deal_id = d.deal_id AND ahead > 0
            ORDER BY ahead DESC, closes_at, deadline_id
            LIMIT 1
        ) < %(due_before)s
    )
    AND (
        %(overdue)s::boolean IS NULL
        -- Of each deal by itself: with EXISTS all deadlines of the log may be read first.
        OR %(overdue)s = ((
            SELECT true
            FROM deadlines
            WHERE {holds} AND deal_id = d.deal_id AND standing IN ('overdue', 'past_due')
            LIMIT 1
        ) IS NOT NULL)
    )

-- list_deals --
-- A page of deals, by id, narrowed by what the reader asks. The next deadline is the nearest that binds, else of any force.
SELECT {deal}, {coverage}, last.version, last.position, last.recorded_at
FROM deals AS d
CROSS JOIN LATERAL {{covered}} AS c
LEFT JOIN LATERAL {last} AS last ON true
WHERE {holds} AND (%(after)s::text IS NULL OR d.deal_id > %(after)s)
    AND {{wanted_deal}}
ORDER BY d.deal_id
LIMIT %(limit)s;

-- conditions_of_deals --
-- The outstanding conditions of these deals.
SELECT {condition}
FROM conditions AS t
WHERE {holds} AND deal_id = ANY (%(deals)s);

-- events_before_days --
-- Of each of these deals the last event up to a version that occurred by a day. Its payload is "the first at or after" its
-- position (see recorded_events).
SELECT
    found.position, found.deal_id, found.version, found.id, found.type, found.recorded_at, found.recorded_by, found.leaf,
    found.leaf_hash, found.payload, found.salt
FROM unnest(%(deals)s::text[], %(versions)s::integer[]) AS asked (deal_id, version)
CROSS JOIN LATERAL (
    SELECT tenant, position
    FROM events AS e
    WHERE e.tenant = current_setting('parley.tenant') AND e.deal_id = asked.deal_id AND e.version <= asked.version
        AND (%(day)s::date IS NULL OR coalesce(e.occurred_earliest, '-infinity') <= %(day)s::date)
    ORDER BY e.version DESC
    LIMIT 1
) AS last
CROSS JOIN LATERAL (
    SELECT *
    FROM {{recorded_events}} AS r
    WHERE r.tenant = last.tenant AND r.position >= last.position AND r.position <= last.position
    ORDER BY r.position
    LIMIT 1
) AS found;

-- deals_by_deadline --
-- The next deadlines of one kind, by the moment that closes each, and whether their deal is wanted and is listed by it: none
-- of its deadlines comes before. They are taken from the index first: the planner would read all of them where few deals are
-- wanted.
SELECT l.closes_at, l.deal_id, (
    SELECT true
    FROM deadlines
    WHERE {holds} AND deal_id = l.deal_id AND {before}
    LIMIT 1
) IS NULL AND ({listed} OR (
    SELECT running
    FROM deadlines
    WHERE {holds} AND deal_id = l.deal_id AND ahead = 2
    ORDER BY closes_at, deadline_id
    LIMIT 1
) IS NOT TRUE) AND (
    SELECT true
    FROM deals AS d
    CROSS JOIN LATERAL {{covered}} AS c
    WHERE {holds} AND d.deal_id = l.deal_id AND {{wanted_deal}}
    LIMIT 1
) IS NOT NULL
FROM (
    SELECT closes_at, deal_id, deadline_id, ahead
    FROM deadlines
    WHERE {holds} AND {kind} AND (closes_at, deal_id) > (%(closes_at)s::bigint, %(after)s::text)
    ORDER BY closes_at, deal_id
    LIMIT %(limit)s
) AS l
ORDER BY l.closes_at, l.deal_id;

-- deals_without_deadline --
-- The next deals by id, and whether each is wanted and has no deadline that lists it: none is past due, and neither the
-- nearest nor the nearest that binds runs. They are taken from the index first.
SELECT d.deal_id, {{wanted_deal}} AND (
    SELECT true
    FROM deadlines
    WHERE {holds} AND deal_id = d.deal_id AND standing IN ('overdue', 'past_due')
    LIMIT 1
) IS NULL AND (
    SELECT running
    FROM deadlines
    WHERE {holds} AND deal_id = d.deal_id AND ahead > 0
    ORDER BY closes_at, deadline_id
    LIMIT 1
) IS NOT TRUE AND (
    SELECT running
    FROM deadlines
    WHERE {holds} AND deal_id = d.deal_id AND ahead = 2
    ORDER BY closes_at, deadline_id
    LIMIT 1
) IS NOT TRUE
FROM (
    SELECT *
    FROM deals
    WHERE {holds} AND deal_id > %(after)s::text
    ORDER BY deal_id
    LIMIT %(limit)s
) AS d
CROSS JOIN LATERAL {{covered}} AS c
ORDER BY d.deal_id;

-- deals_by_value --
-- Deals by a value and their id, those after a place.
SELECT found.deal_id, found.value
FROM (
    SELECT d.deal_id, {value} AS value
    FROM deals AS d
    CROSS JOIN LATERAL {{covered}} AS c
    LEFT JOIN LATERAL {last} AS last ON true
    WHERE {holds} AND {{wanted_deal}}
) AS found
WHERE (%(value)s::{type} IS NULL OR (found.value, found.deal_id) {beyond} (%(value)s::{type}, %(after)s::text))
ORDER BY found.value {direction}, found.deal_id {direction}
LIMIT %(limit)s;
