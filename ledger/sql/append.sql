-- Appending to a log: what a batch reads under the log's lock, and the rows that it inserts.

-- lock_log --
-- Opens an append: names the tenant and takes the log's lock, until the transaction ends.
SELECT set_config('parley.tenant', %(tenant)b, true), pg_advisory_xact_lock(%(lock)b::bigint);

-- batch_state --
-- Under the lock, all that a batch needs to know, in one statement: the clock; the end of the log; the last version and
-- leaf hash of each of these deals; which of these event ids are taken; which of these things the records hold
-- (see events_by_id for the form).
SELECT 'clock' AS what, NULL AS a, NULL AS b, NULL AS c, NULL::bigint AS n, clock_timestamp() AS at, NULL::bytea AS hash
UNION ALL
(
    SELECT 'log', NULL, NULL, NULL, position, recorded_at, NULL
    FROM events
    WHERE tenant = %(tenant)b
    ORDER BY position DESC
    LIMIT 1
)
UNION ALL
SELECT 'deal', asked.deal_id, NULL, NULL, head.version, NULL, head.leaf_hash
FROM unnest(%(deals)b::text[]) AS asked (deal_id)
CROSS JOIN LATERAL (
    SELECT version, leaf_hash
    FROM events
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id
    ORDER BY version DESC
    LIMIT 1
) AS head
UNION ALL
SELECT 'id', found.id, NULL, NULL, NULL, NULL, NULL
FROM unnest(%(ids)b::text[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT id FROM events WHERE tenant = %(tenant)b AND id >= asked.id AND id <= asked.id ORDER BY id LIMIT 1
) AS found
WHERE found.id = asked.id
UNION ALL
SELECT 'thing', asked.deal_id, asked.kind, asked.id, NULL, NULL, NULL
FROM unnest(%(thing_deals)b::text[], %(kinds)b::text[], %(things)b::text[]) AS asked (deal_id, kind, id)
CROSS JOIN LATERAL (
    SELECT id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id AND kind = asked.kind AND id >= asked.id AND id <= asked.id
    ORDER BY id
    LIMIT 1
) AS found
WHERE found.id = asked.id;

-- entities_held --
-- Which of these things the records of their deals hold (see events_by_id for the form).
SELECT t.deal_id, t.kind, t.id
FROM unnest(%(deals)b::text[], %(kinds)b::text[], %(ids)b::text[]) AS asked (deal_id, kind, id)
CROSS JOIN LATERAL (
    SELECT deal_id, kind, id
    FROM things
    WHERE tenant = %(tenant)b AND deal_id = asked.deal_id AND kind = asked.kind AND id >= asked.id AND id <= asked.id
    ORDER BY id
    LIMIT 1
) AS t
WHERE t.id = asked.id;

-- idempotency_keys --
-- The events that these keys were used for.
SELECT key_hash, events_hash
FROM idempotency_keys
WHERE tenant = %(tenant)b AND key_hash = ANY (%(keys)b::bytea[]);

-- append_batch --
-- A batch becomes part of the record, in one statement: its events at dense positions after the head, each a microsecond
-- after the one before; what their leaves commit to; the things they name for the first time. After the last of a
-- batch's statements the followers of other processes are woken; the notification holds the log and its new head, and no more.
WITH inserted_events AS (
    INSERT INTO events (
        tenant, position, deal_id, version, id, type, occurred_earliest, occurred_latest,
        recorded_at, recorded_by, leaf, leaf_hash
    )
    SELECT
        %(tenant)b, %(before)b::bigint + n, deal_id, version, id, type, earliest, latest,
        timestamptz '2000-01-01 00:00:00Z' + (%(first_recorded)b::bigint + n - 1) * interval '1 microsecond',
        recorded_by, leaf, leaf_hash
    FROM unnest(
        %(deals)b::text[], %(versions)b::integer[], %(ids)b::text[], %(types)b::text[],
        %(earliest)b::date[], %(latest)b::date[], %(by)b::text[], %(leaves)b::bytea[], %(hashes)b::bytea[]
    ) WITH ORDINALITY AS row (deal_id, version, id, type, earliest, latest, recorded_by, leaf, leaf_hash, n)
),
inserted_payloads AS (
    INSERT INTO event_payload (tenant, position, payload, salt)
    SELECT %(tenant)b, %(before)b::bigint + n, payload, salt
    FROM unnest(%(payloads)b::bytea[], %(salts)b::bytea[]) WITH ORDINALITY AS row (payload, salt, n)
    WHERE payload IS NOT NULL
),
inserted_things AS (
    INSERT INTO things (tenant, deal_id, kind, id, version)
    SELECT %(tenant)b, deal_id, kind, id, version
    FROM unnest(%(thing_deals)b::text[], %(kinds)b::text[], %(things)b::text[], %(thing_versions)b::integer[])
        AS row (deal_id, kind, id, version)
    ON CONFLICT DO NOTHING
)
SELECT pg_notify('parley', %(tenant)b || ' ' || %(head)b::bigint) WHERE %(last)b;

-- next_instant (subquery) --
-- Takes the log's lock, then the instant of the next event, by the clock of the server. No row where the clock is later
-- than it may be, or the event before it is not in the log.
(
    WITH locked AS MATERIALIZED (
        SELECT set_config('parley.tenant', %(tenant)b, true) AS tenant, pg_advisory_xact_lock(%(lock)b::bigint)
    ),
    clock AS MATERIALIZED (
        SELECT clock_timestamp() AS now
        FROM locked
        CROSS JOIN LATERAL (
            SELECT 1
            FROM events
            WHERE events.tenant = locked.tenant AND position = %(before)b::bigint AND leaf_hash = %(tip)b::bytea
            LIMIT 1
        ) AS last
    )
    SELECT greatest(
        now, timestamptz '2000-01-01 00:00:00Z' + %(earliest_instant)b::bigint * interval '1 microsecond'
    ) AS instant
    FROM clock
    WHERE now <= timestamptz '2000-01-01 00:00:00Z' + %(latest_instant)b::bigint * interval '1 microsecond'
)

-- append_at_once --
-- `append_batch` for events of different deals, in the only round trip of an append: takes the log's lock, dates each event by
-- the clock of the server, and completes its leaf. No rows, and nothing is inserted, where there is no `next_instant`.
WITH dated AS MATERIALIZED (
    SELECT instant AS first FROM {{next_instant}} AS next
),
rows AS MATERIALIZED (
    SELECT
        row.*, recorded_at,
        convert_to(head || to_char(recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || tail, 'UTF8') AS leaf
    FROM dated
    CROSS JOIN unnest(
        %(deals)b::text[], %(versions)b::integer[], %(ids)b::text[], %(types)b::text[], %(earliest)b::date[],
        %(latest)b::date[], %(by)b::text[], %(heads)b::text[], %(tails)b::text[], %(payloads)b::bytea[], %(salts)b::bytea[]
    ) WITH ORDINALITY AS row (
        deal_id, version, id, type, earliest, latest, recorded_by, head, tail, payload, salt, n
    )
    CROSS JOIN LATERAL (SELECT first + (n - 1) * interval '1 microsecond' AS recorded_at) AS instant
),
inserted_events AS (
    INSERT INTO events (
        tenant, position, deal_id, version, id, type, occurred_earliest, occurred_latest,
        recorded_at, recorded_by, leaf, leaf_hash
    )
    SELECT
        %(tenant)b, %(before)b::bigint + n, deal_id, version, id, type, earliest, latest,
        recorded_at, recorded_by, leaf, sha256('\x00'::bytea || leaf)
    FROM rows
    RETURNING position, recorded_at, leaf, leaf_hash
),
inserted_payloads AS (
    INSERT INTO event_payload (tenant, position, payload, salt)
    SELECT %(tenant)b, %(before)b::bigint + n, payload, salt FROM rows WHERE payload IS NOT NULL
),
inserted_things AS (
    INSERT INTO things (tenant, deal_id, kind, id, version)
    SELECT %(tenant)b, deal_id, kind, id, version
    FROM dated
    CROSS JOIN unnest(%(thing_deals)b::text[], %(kinds)b::text[], %(things)b::text[], %(thing_versions)b::integer[])
        AS row (deal_id, kind, id, version)
    ON CONFLICT DO NOTHING
),
notified AS MATERIALIZED (
    SELECT pg_notify('parley', %(tenant)b || ' ' || max(position)) FROM inserted_events
)
SELECT recorded_at, leaf, leaf_hash
FROM inserted_events
CROSS JOIN notified
ORDER BY position;

-- append_one --
-- `append_at_once` for one event that names nothing for the first time: without arrays it costs a seventh less.
WITH dated AS MATERIALIZED (
    SELECT instant AS recorded_at FROM {{next_instant}} AS next
),
completed AS MATERIALIZED (
    SELECT
        recorded_at,
        convert_to(%(head)b || to_char(recorded_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || %(tail)b, 'UTF8') AS leaf
    FROM dated
),
inserted_event AS (
    INSERT INTO events (
        tenant, position, deal_id, version, id, type, occurred_earliest, occurred_latest,
        recorded_at, recorded_by, leaf, leaf_hash
    )
    SELECT
        %(tenant)b, %(before)b::bigint + 1, %(deal)b, %(version)b::integer, %(id)b, %(type)b, %(earliest)b::date,
        %(latest)b::date, recorded_at, %(by)b, leaf, sha256('\x00'::bytea || leaf)
    FROM completed
    RETURNING position, recorded_at, leaf, leaf_hash
),
inserted_payload AS (
    INSERT INTO event_payload (tenant, position, payload, salt)
    SELECT %(tenant)b, %(before)b::bigint + 1, %(payload)b::bytea, %(salt)b::bytea FROM completed
),
notified AS MATERIALIZED (
    SELECT pg_notify('parley', %(tenant)b || ' ' || position) FROM inserted_event
)
SELECT recorded_at, leaf, leaf_hash
FROM inserted_event
CROSS JOIN notified;

-- insert_idempotency_keys --
-- Keys that a batch used for the first time.
INSERT INTO idempotency_keys (tenant, key_hash, events_hash)
SELECT %(tenant)b, key_hash, events_hash
FROM unnest(%(keys)b::bytea[], %(events)b::bytea[]) AS row (key_hash, events_hash)
ON CONFLICT DO NOTHING;

-- erase_payloads --
-- Destroys what these events said. Only parley_eraser may, in the transaction that records the erasure.
DELETE FROM event_payload WHERE tenant = %(tenant)b AND position = ANY (%(positions)b::bigint[]);

-- insert_erased_events --
-- That the payloads of these events were destroyed; in the transaction that destroys them.
INSERT INTO erased_events (tenant, position)
SELECT %(tenant)b, position FROM unnest(%(positions)b::bigint[]) AS row (position)
ON CONFLICT DO NOTHING;
