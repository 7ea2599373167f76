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
