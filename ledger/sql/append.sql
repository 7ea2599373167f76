-- A batch becomes part of the record, in one statement: its events at dense positions after the head, each a microsecond
-- after the one before; what their leaves commit to; the things they name for the first time. After the last of a
-- batch's statements the followers of other processes are woken; they are told the log and its new head, and no more.
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
