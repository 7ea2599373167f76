-- Reading the record of one log.

-- recorded_events (subquery) --
-- Each event with its payload and the salt of its commitment; both are null where the payload was erased. The payload is
-- "the first at or after" its position: that leaves the planner one index to choose, even with stale statistics of a table that
-- was empty when it last looked, and the upper bound ends the walk there. This is no view, so that a database of an earlier
-- schema can be read before it is migrated.
(
    SELECT
        event.tenant, event.position, event.deal_id, event.version, event.id, event.type, event.recorded_at,
        event.recorded_by, event.leaf, event.leaf_hash, held.payload, held.salt,
        event.occurred_earliest, event.occurred_latest
    FROM events AS event
    LEFT JOIN LATERAL (
        SELECT position, payload, salt
        FROM event_payload
        WHERE tenant = event.tenant AND position >= event.position AND position <= event.position
        ORDER BY position
        LIMIT 1
    ) AS held ON held.position = event.position
)

-- log_head --
-- Under the lock: the clock, and the last position with its instant (nulls for an empty log).
SELECT clock_timestamp(), head.position, head.recorded_at
FROM (SELECT) AS one
LEFT JOIN LATERAL (
    SELECT position, recorded_at FROM events WHERE tenant = %(tenant)b ORDER BY position DESC LIMIT 1
) AS head ON true;

-- announce_log --
-- Tells other processes that the log is in use, or that its webhooks have changed: as an append does, without news of its end.
SELECT pg_notify('parley', %(tenant)b || ' 0');

-- deal_heads --
-- The last version of each of these deals, and the hash that its next leaf must name.
SELECT asked.deal_id, head.version, head.position, head.recorded_at, head.leaf_hash
FROM unnest(%(deals)b::text[]) AS asked (deal_id)
CROSS JOIN LATERAL (
    SELECT version, position, recorded_at, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id
    ORDER BY version DESC
    LIMIT 1
) AS head;

-- deals_after --
-- The deals of the events after a position, by id.
SELECT DISTINCT deal_id FROM events WHERE tenant = %(tenant)b AND position > %(after)b::bigint ORDER BY deal_id;

-- all_deal_heads --
-- The last version of every deal, each found by one step through the index.
WITH RECURSIVE deal (deal_id) AS (
    (SELECT deal_id FROM events WHERE tenant = %(tenant)b ORDER BY deal_id LIMIT 1)
    UNION ALL
    SELECT (SELECT deal_id FROM events WHERE tenant = %(tenant)b AND deal_id > deal.deal_id ORDER BY deal_id LIMIT 1)
    FROM deal
    WHERE deal.deal_id IS NOT NULL
)
SELECT deal.deal_id, head.version, head.position, head.recorded_at, head.leaf_hash
FROM deal
CROSS JOIN LATERAL (
    SELECT version, position, recorded_at, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = deal.deal_id
    ORDER BY version DESC
    LIMIT 1
) AS head
ORDER BY deal.deal_id;

-- log_events --
-- A stretch of the log, in the order of positions.
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND position > %(after)b::bigint AND position <= %(to)b::bigint
ORDER BY position
LIMIT %(limit)b::bigint;

-- listed_events --
-- A stretch of the events of some deals, in the order of positions. The positions are found first, so that no other row is
-- read with its payload.
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND position = ANY (ARRAY(
    SELECT position
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = ANY (%(deals)b::text[])
        AND position > %(after)b::bigint AND position <= %(to)b::bigint
    ORDER BY position
    LIMIT %(limit)b::bigint
))
ORDER BY position;

-- last_listed_events --
-- The last events of some deals, in the order of positions: of each deal as many are looked at as are wanted of all.
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND position = ANY (ARRAY(
    SELECT last.position
    FROM unnest(%(deals)b::text[]) AS asked (deal_id)
    CROSS JOIN LATERAL (
        SELECT position
        FROM events
        WHERE tenant = %(tenant)b AND deal_id = asked.deal_id
        ORDER BY version DESC
        LIMIT %(limit)b::bigint
    ) AS last
    ORDER BY last.position DESC
    LIMIT %(limit)b::bigint
))
ORDER BY position;

-- deal_events --
-- A stretch of one deal's record, in the order of recording.
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND version > %(after)b::integer AND version <= %(to)b::integer
ORDER BY version
LIMIT %(limit)b::bigint;

-- record_events --
-- The events of a deal that say how others are read, in the order of recording: its record.* events (what was corrected,
-- voided, reinstated, erased, held), its deal.opened, which names the zone of its days, and its entity.merged. Each half
-- has the condition of an index of its own: events_about_record, events_of_merges.
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND (type LIKE 'record.%%' OR type = 'deal.opened')
UNION ALL
SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
FROM {{recorded_events}} AS e
WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND type = 'entity.merged'
ORDER BY version;

-- events_by_id --
-- Events by their ids, each with its payload unless that was erased. "The first at or after" leaves the planner one index
-- to choose, even with stale statistics of a table that was empty when it last looked. The upper bound ends the walk there:
-- without it an id that is not held walks over every row behind it that this snapshot does not see, such as those of an
-- import in flight.
SELECT found.*
FROM unnest(%(ids)b::text[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT position, deal_id, version, id, type, recorded_at, recorded_by, leaf, leaf_hash, payload, salt
    FROM {{recorded_events}} AS e
    WHERE tenant = %(tenant)b AND id >= asked.id AND id <= asked.id
    ORDER BY id
    LIMIT 1
) AS found
WHERE found.id = asked.id;

-- leaves --
-- What the Merkle tree is made of, in the order of positions.
SELECT position, leaf, leaf_hash
FROM events
WHERE tenant = %(tenant)b AND position > %(after)b::bigint
ORDER BY position
LIMIT %(limit)b::bigint;

-- deals_linking_to --
-- The deals whose records name this one in a link, and did so first up to a position and a moment; of many those that did
-- so last. "The first at or after" the version leaves the planner one index to choose (see recorded_events).
SELECT thing.deal_id
FROM things AS thing
CROSS JOIN LATERAL (
    SELECT position, recorded_at
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = thing.deal_id AND version >= thing.version AND version <= thing.version
    ORDER BY version
    LIMIT 1
) AS first
WHERE
    thing.tenant = %(tenant)b AND thing.kind = 'link' AND thing.id = %(deal)b AND thing.deal_id <> %(deal)b
    AND (%(position)b::bigint IS NULL OR first.position <= %(position)b::bigint)
    AND (
        %(at)b::bigint IS NULL
        OR first.recorded_at <= timestamptz '2000-01-01 00:00:00Z' + %(at)b::bigint * interval '1 microsecond'
    )
ORDER BY first.position DESC
LIMIT %(limit)b::bigint;

-- ids_near --
-- Ids of one kind that a deal's record holds, those around a given one in the order of spelling: where a misspelt id is
-- looked for. At most so many on either side, however many there are.
(
    SELECT id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND kind = %(kind)b AND id >= %(id)b
    ORDER BY id
    LIMIT %(limit)b::bigint
)
UNION ALL
(
    SELECT id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = %(deal)b AND kind = %(kind)b AND id < %(id)b
    ORDER BY id DESC
    LIMIT %(limit)b::bigint
);

-- event_ids_near --
-- Ids of events of the log with their deals, those around a given one in the order of spelling; so many on either side.
(
    SELECT deal_id, id FROM events WHERE tenant = %(tenant)b AND id >= %(id)b ORDER BY id LIMIT %(limit)b::bigint
)
UNION ALL
(
    SELECT deal_id, id FROM events WHERE tenant = %(tenant)b AND id < %(id)b ORDER BY id DESC LIMIT %(limit)b::bigint
);

-- deals_near --
-- Ids of deals around a given one in the order of spelling, each found by one step through the index; so many on either
-- side.
WITH RECURSIVE following (deal_id, number) AS (
    (SELECT deal_id, 1 FROM events WHERE tenant = %(tenant)b AND deal_id >= %(deal)b ORDER BY deal_id LIMIT 1)
    UNION ALL
    SELECT
        (SELECT deal_id FROM events WHERE tenant = %(tenant)b AND deal_id > f.deal_id ORDER BY deal_id LIMIT 1),
        f.number + 1
    FROM following AS f
    WHERE f.deal_id IS NOT NULL AND f.number < %(limit)b::bigint
), preceding (deal_id, number) AS (
    (SELECT deal_id, 1 FROM events WHERE tenant = %(tenant)b AND deal_id < %(deal)b ORDER BY deal_id DESC LIMIT 1)
    UNION ALL
    SELECT
        (SELECT deal_id FROM events WHERE tenant = %(tenant)b AND deal_id < p.deal_id ORDER BY deal_id DESC LIMIT 1),
        p.number + 1
    FROM preceding AS p
    WHERE p.deal_id IS NOT NULL AND p.number < %(limit)b::bigint
)
SELECT deal_id FROM following
UNION ALL
SELECT deal_id FROM preceding;

-- half_left (subquery) --
-- What is left of a search from low to high when the row `found` at its middle is early, or is not. Each step of such a search
-- is entered by a column of the one before, and finds one row: row security lets no index be entered by an expression, nor
-- is the order of a join certain without statistics.
(
    SELECT
        CASE WHEN found.early THEN search.middle ELSE search.low END AS low,
        CASE WHEN found.early THEN search.high ELSE search.middle - 1 END AS high
)

-- version_at --
-- A deal's last version recorded at or before a moment. recorded_at rises with the version and versions are dense, so
-- halving the record finds it in a score of steps without an index of its own.
WITH RECURSIVE search (low, high, middle) AS (
    SELECT 0, head.version, (head.version + 1) / 2
    FROM (
        SELECT coalesce(max(version), 0) AS version FROM events WHERE tenant = %(tenant)b AND deal_id = %(deal)b
    ) AS head
    UNION ALL
    SELECT half.low, half.high, (half.low + half.high + 1) / 2
    FROM search
    CROSS JOIN LATERAL (
        SELECT e.recorded_at <= timestamptz '2000-01-01 00:00:00Z' + %(at)b::bigint * interval '1 microsecond' AS early
        FROM events AS e
        WHERE e.tenant = %(tenant)b AND e.deal_id = %(deal)b AND e.version = search.middle
        LIMIT 1
    ) AS found
    CROSS JOIN LATERAL {{half_left}} AS half
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low = high;

-- wait_for_appends --
-- Waits until no append of this log is under way, beside other readers who wait for the same.
SELECT pg_advisory_xact_lock_shared(%(lock)b::bigint);
