-- The projection of the versions of the entities of long deals, and the index of their events in fold order.

-- entity_tables --
-- What lets a long deal be read at any date and as known at any version without folding its history. `basis` says of each
-- row under what it was derived: the last erasure of the deal and the zone of its civil days. With `leaf_hash`, that of the
-- last event that it knows, the digest of a row binds it to the record: one that was put back is not trusted.

-- How far the rows of each long deal reach.
CREATE TABLE covered_deals (
    tenant       text COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id      text COLLATE "C" NOT NULL,
    version      integer          NOT NULL,
    basis        text             NOT NULL,
    leaf_hash    bytea            NOT NULL,
    PRIMARY KEY (tenant, deal_id)
);

-- Where each event of a long deal lies in fold order, a stretch of versions a row.
CREATE TABLE event_index (
    tenant       text COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id      text COLLATE "C" NOT NULL,
    from_version integer          NOT NULL,
    last_version integer          NOT NULL,
    basis        text             NOT NULL,
    leaf_hash    bytea            NOT NULL,
    chunk        bytea            NOT NULL,      -- columns of places, MessagePack, compressed
    PRIMARY KEY (tenant, deal_id, from_version)
);

-- An entity folded up to one of its events in fold order (start, rank, version), as known at a stretch of versions.
CREATE TABLE entity_versions (
    tenant       text COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id      text COLLATE "C" NOT NULL,
    slot         bytea            NOT NULL,      -- kind and id of the entity
    start        bigint           NOT NULL,
    rank         bigint           NOT NULL,
    version      integer          NOT NULL,
    known_from   integer          NOT NULL,
    known_to     integer          NOT NULL,      -- 2147483647: as far as is known
    basis        text             NOT NULL,
    leaf_hash    bytea            NOT NULL,
    body         bytea            NOT NULL,      -- the entity with its provenance, or what it has more than an earlier row
    PRIMARY KEY (tenant, deal_id, slot, start, rank, version, known_from)
);

-- deal_origin --
-- The events of a deal on which all its derivations rest: its opening, which names its zone, and every erasure.
SELECT position, version, type
FROM events
WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND type IN (%(opening)s, %(erasing)s)
ORDER BY version;

-- events_at_positions --
-- Single events of the log, for folding on top of an entity version.
SELECT e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash, e.payload, e.salt
FROM unnest(%(positions)s::bigint[]) AS wanted (position)
JOIN {{recorded_events}} AS e ON e.tenant = %(tenant)s AND e.position = wanted.position;

-- read_event_index --
-- The stored index of the events of a deal, each row with the hash of the leaf of its last event.
SELECT (to_jsonb(i) - 'mac')::text, i.mac, coalesce(e.leaf_hash, '')
FROM {schema}.event_index AS i
CROSS JOIN LATERAL (SELECT i.last_version) AS at (version)
LEFT JOIN LATERAL {{leaf_at}} AS e ON true
WHERE i.tenant = %(tenant)s AND i.deal_id = %(deal)s
ORDER BY i.from_version;

-- read_entity_coverage --
-- How far the rows of a deal reach, with the hash of the leaf of that event.
SELECT (to_jsonb(c) - 'mac')::text, c.mac, coalesce(e.leaf_hash, '')
FROM {schema}.covered_deals AS c
CROSS JOIN LATERAL (SELECT c.version) AS at (version)
LEFT JOIN LATERAL {{leaf_at}} AS e ON true
WHERE c.tenant = %(tenant)s AND c.deal_id = %(deal)s;

-- read_entity_versions --
-- Of each entity the last version up to a moment as known at a version, with the hash of the leaf that it knows last.
SELECT s.number, (to_jsonb(v) - 'mac')::text, v.mac, coalesce(e.leaf_hash, '')
FROM unnest(%(slots)s::bytea[]) WITH ORDINALITY AS s (slot, number)
CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.entity_versions AS t
    WHERE t.tenant = %(tenant)s AND t.deal_id = %(deal)s AND t.slot = s.slot AND t.start <= %(start)s::bigint
        AND t.known_from <= %(version)s::integer AND t.known_to >= %(version)s::integer
    ORDER BY t.start DESC, t.rank DESC, t.version DESC
    LIMIT 1
) AS v
CROSS JOIN LATERAL (SELECT v.known_from) AS at (version)
LEFT JOIN LATERAL {{leaf_at}} AS e ON true;

-- read_entity_digests --
-- The digests of the same rows, by which those that are held decoded are found.
SELECT s.number, v.mac
FROM unnest(%(slots)s::bytea[]) WITH ORDINALITY AS s (slot, number)
CROSS JOIN LATERAL (
    SELECT mac
    FROM {schema}.entity_versions AS t
    WHERE t.tenant = %(tenant)s AND t.deal_id = %(deal)s AND t.slot = s.slot AND t.start <= %(start)s::bigint
        AND t.known_from <= %(version)s::integer AND t.known_to >= %(version)s::integer
    ORDER BY t.start DESC, t.rank DESC, t.version DESC
    LIMIT 1
) AS v;

-- entity_bodies --
-- The bodies of rows on which others are based, each after the digest by which those name it.
SELECT r.digest, t.body
FROM unnest(
    %(slot)s::bytea[], %(start)s::bigint[], %(rank)s::bigint[], %(version)s::integer[], %(known_from)s::integer[],
    %(digest)s::bytea[]
) AS r (slot, start, rank, version, known_from, digest)
CROSS JOIN LATERAL (
    SELECT body
    FROM {entity_versions}
    WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND slot = r.slot AND start = r.start AND rank = r.rank
        AND version = r.version AND known_from = r.known_from
    LIMIT 1
) AS t;

-- entity_coverage --
-- How far the rows of a deal reach in the entered tables, whether this transaction has written so, and the hash of the leaf
-- of that event.
SELECT (to_jsonb(c) - 'mac')::text, c.mac, c.xmin = pg_current_xact_id()::xid, coalesce(e.leaf_hash, '')
FROM covered_deals AS c
CROSS JOIN LATERAL (SELECT c.version) AS at (version)
LEFT JOIN LATERAL {{leaf_at}} AS e ON true
WHERE c.deal_id = %(deal)s;

-- upsert_entity_coverage --
-- Notes how far the rows of a deal reach.
INSERT INTO covered_deals (deal_id, version, basis, leaf_hash)
VALUES (%(deal)s, %(version)s, %(basis)s, %(leaf_hash)s)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    version = excluded.version, basis = excluded.basis, leaf_hash = excluded.leaf_hash, mac = NULL;

-- leaf_hashes --
-- The hashes of the leaves of some versions of a deal.
SELECT at.version, e.leaf_hash
FROM unnest(%(versions)s::integer[]) AS at (version)
CROSS JOIN LATERAL {{leaf_at}} AS e;

-- indexed_versions --
-- The last version that the stored index of a deal has.
SELECT coalesce(max(last_version), 0) FROM event_index WHERE deal_id = %(deal)s;

-- insert_event_index --
-- Stores the places of a stretch of versions.
INSERT INTO event_index (deal_id, from_version, last_version, basis, leaf_hash, chunk)
VALUES (%(deal)s, %(first)s, %(last)s, %(basis)s, %(leaf_hash)s, %(chunk)s)
ON CONFLICT (tenant, deal_id, from_version) DO UPDATE SET
    last_version = excluded.last_version, basis = excluded.basis, leaf_hash = excluded.leaf_hash, chunk = excluded.chunk,
    mac = NULL;

-- current_entity_versions --
-- Of each entity the last version by the newest knowledge, whether this transaction has written it, and the hash of the leaf
-- that it knows last.
SELECT s.number, v.row, v.mac, v.own, coalesce(e.leaf_hash, '')
FROM unnest(%(slots)s::bytea[]) WITH ORDINALITY AS s (slot, number)
CROSS JOIN LATERAL (
    SELECT (to_jsonb(t) - 'mac')::text AS row, mac, xmin = pg_current_xact_id()::xid AS own, known_from
    FROM entity_versions AS t
    WHERE t.deal_id = %(deal)s AND t.slot = s.slot AND t.known_to = 2147483647
    ORDER BY t.start DESC, t.rank DESC, t.version DESC
    LIMIT 1
) AS v
CROSS JOIN LATERAL (SELECT v.known_from) AS at (version)
LEFT JOIN LATERAL {{leaf_at}} AS e ON true;

-- leaf_at (subquery) --
-- The hash of the leaf of the version that the row `at` names. "The first" in order of version leaves the planner one index
-- to choose, even with stale statistics.
(
    SELECT leaf_hash
    FROM events
    WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND version >= at.version AND version <= at.version
    ORDER BY tenant, deal_id, version
    LIMIT 1
)

-- entity_version_before --
-- The last version of an entity before a place, by the newest knowledge; the columns are those above.
SELECT v.row, v.mac, v.own, coalesce(e.leaf_hash, '')
FROM (
    SELECT (to_jsonb(t) - 'mac')::text AS row, mac, xmin = pg_current_xact_id()::xid AS own, known_from
    FROM entity_versions AS t
    WHERE deal_id = %(deal)s AND slot = %(slot)s AND known_to = 2147483647
        AND (start, rank, version) < (%(start)s::bigint, %(rank)s::bigint, %(version)s::integer)
    ORDER BY start DESC, rank DESC, version DESC
    LIMIT 1
) AS v
CROSS JOIN LATERAL (SELECT v.known_from) AS at (version)
LEFT JOIN LATERAL {{leaf_at}} AS e ON true;

-- close_entity_versions --
-- Ends the rows of an entity from a place on: from the next version on they are known otherwise. Returns text and digest of
-- those that another transaction has written, as they were.
WITH open_rows AS MATERIALIZED (
    SELECT ctid AS place, (to_jsonb(t) - 'mac')::text AS row, mac, xmin = pg_current_xact_id()::xid AS own
    FROM entity_versions AS t
    WHERE deal_id = %(deal)s AND slot = %(slot)s AND known_to = 2147483647
        AND (start, rank, version) >= (%(start)s::bigint, %(rank)s::bigint, %(version)s::integer)
    FOR UPDATE
), closed AS (
    UPDATE entity_versions AS t
    SET known_to = %(known_to)s, mac = NULL
    FROM open_rows
    WHERE t.ctid = open_rows.place
)
SELECT %(deal)s, row, mac FROM open_rows WHERE NOT own;

-- insert_entity_versions --
-- Stores versions of entities, known as far as is known; what is in their place is replaced.
INSERT INTO entity_versions (deal_id, slot, start, rank, version, known_from, known_to, basis, leaf_hash, body)
SELECT %(deal)s, slot, start, rank, version, known_from, 2147483647, %(basis)s, leaf_hash, body
FROM unnest(
    %(slot)s::bytea[], %(start)s::bigint[], %(rank)s::bigint[], %(version)s::integer[], %(known_from)s::integer[],
    %(leaf_hash)s::bytea[], %(body)s::bytea[]
) AS row (slot, start, rank, version, known_from, leaf_hash, body)
ON CONFLICT (tenant, deal_id, slot, start, rank, version, known_from) DO UPDATE SET
    known_to = excluded.known_to, basis = excluded.basis, leaf_hash = excluded.leaf_hash, body = excluded.body, mac = NULL;

-- delete_entity_versions --
-- Removes the entity versions of a deal.
DELETE FROM entity_versions WHERE deal_id = %(deal)s;

-- delete_event_index --
-- Removes the stored index of the events of a deal.
DELETE FROM event_index WHERE deal_id = %(deal)s;

-- delete_entity_coverage --
-- Removes what is noted of how far the rows of a deal reach.
DELETE FROM covered_deals WHERE deal_id = %(deal)s;
