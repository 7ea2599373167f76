-- A batch becomes part of the record: dense positions after the head, each event a microsecond after the one before.
INSERT INTO events (
    tenant, position, deal_id, version, id, type, occurred_earliest, occurred_latest,
    recorded_at, recorded_by, leaf, leaf_hash
)
SELECT
    %(tenant)b, %(head)b::bigint + n, deal_id, version, id, type, earliest, latest,
    timestamptz '2000-01-01 00:00:00Z' + (%(first_recorded)b::bigint + n - 1) * interval '1 microsecond',
    recorded_by, leaf, leaf_hash
FROM unnest(
    %(deals)b::text[], %(versions)b::integer[], %(ids)b::text[], %(types)b::text[],
    %(earliest)b::date[], %(latest)b::date[], %(by)b::text[], %(leaves)b::bytea[], %(hashes)b::bytea[]
) WITH ORDINALITY AS row (deal_id, version, id, type, earliest, latest, recorded_by, leaf, leaf_hash, n);
