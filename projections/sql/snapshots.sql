-- Snapshots of long deals and the index of their events in fold order.

-- snapshot_tables --
-- What lets a long deal be read at any date without its whole history. Disposable: dropped and built again at will.
-- The application's role makes and owns these tables; rows of one tenant are seen by that tenant alone.
CREATE SCHEMA IF NOT EXISTS projections;

-- What an earlier version stored bears no digest, so nothing could trust it.
DO $unauthenticated$
BEGIN
    IF EXISTS (SELECT FROM pg_tables WHERE schemaname = 'projections' AND tablename = 'deal_checkpoints')
        AND NOT EXISTS (
            SELECT FROM information_schema.columns
            WHERE table_schema = 'projections' AND table_name = 'deal_checkpoints' AND column_name = 'code'
        )
    THEN
        DROP TABLE IF EXISTS projections.deal_places, projections.deal_checkpoints;
    END IF;
END
$unauthenticated$;

-- Where each event of a long deal lies in fold order, a stretch of versions a row.
CREATE TABLE IF NOT EXISTS projections.deal_places (
    tenant        text COLLATE "C" NOT NULL,
    deal_id       text COLLATE "C" NOT NULL,
    from_version  integer          NOT NULL,
    last_version  integer          NOT NULL,
    places        bytea            NOT NULL,      -- columns of places, MessagePack
    code          bytea            NOT NULL,      -- which code has made it: rows of another are passed over
    mac           bytea            NOT NULL,      -- keyed digest of the row, and of the record it was derived from
    PRIMARY KEY (tenant, deal_id, from_version)
);

-- A deal folded up to one place in fold order, knowing one version.
CREATE TABLE IF NOT EXISTS projections.deal_checkpoints (
    tenant        text COLLATE "C" NOT NULL,
    deal_id       text COLLATE "C" NOT NULL,
    version       integer          NOT NULL,      -- known up to this version
    start         bigint           NOT NULL,      -- the key in fold order up to which it is folded: start, rank, version
    rank          bigint           NOT NULL,
    last_version  integer          NOT NULL,
    kind          text COLLATE "C" NOT NULL,      -- grown (as the record grew), refreshed (at a later version), repaired
    open_versions bytea            NOT NULL,      -- versions known that lie after the place, MessagePack
    things        bytea            NOT NULL,      -- every thing, MessagePack, compressed
    things_hash   bytea            NOT NULL,      -- SHA-256 of `things`
    code          bytea            NOT NULL,      -- which code has made it: rows of another are passed over
    mac           bytea            NOT NULL,      -- keyed digest of the row, and of the record it was derived from
    PRIMARY KEY (tenant, deal_id, start, rank, last_version, version, kind)
);

ALTER TABLE projections.deal_places      ENABLE ROW LEVEL SECURITY;
ALTER TABLE projections.deal_places      FORCE  ROW LEVEL SECURITY;
ALTER TABLE projections.deal_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE projections.deal_checkpoints FORCE  ROW LEVEL SECURITY;

DO $policies$
BEGIN
    CREATE POLICY one_tenant ON projections.deal_places      USING (tenant = current_setting('parley.tenant', true));
    CREATE POLICY one_tenant ON projections.deal_checkpoints USING (tenant = current_setting('parley.tenant', true));
EXCEPTION
    WHEN duplicate_object THEN NULL;
END
$policies$;

-- deal_origin --
-- The events of a deal on which all its derivations rest: its opening, which names its zone, and every erasure.
SELECT position, version, type
FROM events
WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND type IN (%(opening)s, %(erasing)s)
ORDER BY version;

-- event_index --
-- The stored places of a deal, each with the hash of its last event's leaf.
SELECT p.from_version, p.last_version, p.places, coalesce(e.leaf_hash, '') AS leaf_hash, p.mac
FROM projections.deal_places AS p
LEFT JOIN events AS e ON e.tenant = p.tenant AND e.deal_id = p.deal_id AND e.version = p.last_version
WHERE p.tenant = %(tenant)s AND p.deal_id = %(deal)s AND p.code = %(code)s
ORDER BY p.from_version;

-- upsert_event_index --
-- Stores the places of a stretch of versions.
INSERT INTO projections.deal_places (tenant, deal_id, from_version, last_version, places, code, mac)
VALUES (%(tenant)s, %(deal)s, %(first)s, %(last)s, %(places)s, %(code)s, %(mac)s)
ON CONFLICT (tenant, deal_id, from_version) DO UPDATE SET
    last_version = excluded.last_version, places = excluded.places, code = excluded.code,
    mac = excluded.mac;

-- snapshot_rows (subquery) --
-- Each checkpoint with the hash of the last leaf that it knows.
(
    SELECT
        c.tenant, c.deal_id, c.code, c.things, c.version, c.start, c.rank, c.last_version, c.kind, c.open_versions,
        c.things_hash, coalesce(e.leaf_hash, '') AS leaf_hash, c.mac
    FROM projections.deal_checkpoints AS c
    LEFT JOIN events AS e ON e.tenant = c.tenant AND e.deal_id = c.deal_id AND e.version = c.version
)

-- snapshots_of_deal --
-- Every checkpoint of a deal without its things.
SELECT version, start, rank, last_version, kind, open_versions, things_hash, leaf_hash, mac
FROM {{snapshot_rows}} AS c
WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND code = %(code)s
ORDER BY start, rank, last_version, version;

-- snapshot_entities --
-- One checkpoint with its things.
SELECT things, version, start, rank, last_version, kind, open_versions, things_hash, leaf_hash, mac
FROM {{snapshot_rows}} AS c
WHERE tenant = %(tenant)s AND deal_id = %(deal)s
    AND start = %(start)s AND rank = %(rank)s AND last_version = %(last)s AND version = %(version)s AND kind = %(kind)s;

-- upsert_snapshot --
-- Stores a checkpoint.
INSERT INTO projections.deal_checkpoints (
    tenant, deal_id, version, start, rank, last_version, kind, open_versions, things, things_hash, code, mac
)
VALUES (
    %(tenant)s, %(deal)s, %(version)s, %(start)s, %(rank)s, %(last)s, %(kind)s, %(open)s, %(things)s, %(hash)s,
    %(code)s, %(mac)s
)
ON CONFLICT (tenant, deal_id, start, rank, last_version, version, kind) DO UPDATE SET
    open_versions = excluded.open_versions, things = excluded.things, things_hash = excluded.things_hash,
    code = excluded.code, mac = excluded.mac;

-- deals_with_snapshots --
-- The deals of which a checkpoint or places are stored.
SELECT deal_id FROM projections.deal_places WHERE tenant = %(tenant)s
UNION
SELECT deal_id FROM projections.deal_checkpoints WHERE tenant = %(tenant)s
ORDER BY deal_id;

-- stored_snapshots --
-- Every checkpoint of a deal that this code has made, with its things.
SELECT start, rank, last_version, version, kind, open_versions, things
FROM projections.deal_checkpoints
WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND code = %(code)s;

-- delete_snapshots --
-- Removes every snapshot and the whole event index of the log; returns the deals that had any.
WITH places AS (
    DELETE FROM projections.deal_places WHERE tenant = %(tenant)s RETURNING deal_id
),
checkpoints AS (
    DELETE FROM projections.deal_checkpoints WHERE tenant = %(tenant)s RETURNING deal_id
)
SELECT deal_id FROM places UNION SELECT deal_id FROM checkpoints;

-- delete_snapshots_of_deal --
-- Removes every snapshot and the whole event index of a deal; returns the deals that had any.
WITH places AS (
    DELETE FROM projections.deal_places WHERE tenant = %(tenant)s AND deal_id = %(deal)s RETURNING deal_id
),
checkpoints AS (
    DELETE FROM projections.deal_checkpoints WHERE tenant = %(tenant)s AND deal_id = %(deal)s RETURNING deal_id
)
SELECT deal_id FROM places UNION SELECT deal_id FROM checkpoints;

-- events_at_positions --
-- Single events of the log, for folding on top of a checkpoint.
SELECT e.position, e.deal_id, e.version, e.id, e.type, e.recorded_at, e.recorded_by, e.leaf, e.leaf_hash, e.payload, e.salt
FROM unnest(%(positions)s::bigint[]) AS wanted (position)
JOIN {{recorded_events}} AS e ON e.tenant = %(tenant)s AND e.position = wanted.position;

-- lock_snapshot_tables --
-- Lets one transaction at a time make the tables.
SELECT pg_advisory_xact_lock(hashtext('parley checkpoints'));

-- leaf_hash --
-- The hash of the leaf of one version of a deal.
SELECT leaf_hash FROM events WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND version = %(version)s;

-- delete_snapshot --
-- Removes one snapshot of a deal.
DELETE FROM projections.deal_checkpoints
WHERE tenant = %(tenant)s AND deal_id = %(deal)s
    AND start = %(start)s AND rank = %(rank)s AND last_version = %(last)s
    AND version = %(version)s AND kind = %(kind)s;
