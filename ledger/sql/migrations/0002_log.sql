-- The transparency log over the record: the hashes of its Merkle tree, the tree heads that were signed, and who else saw
-- them when. All of it follows from `events.leaf` but for the signatures, which nobody can make again.
-- The signer is a role of its own: it reads the record and writes here; the application only reads here, and adds what
-- others say of a tree head (cosignatures, timestamps).

DO $roles$
DECLARE
    -- From PostgreSQL 16 on, membership alone does not let one become the role.
    may_become text := CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parley_signer') THEN
        BEGIN
            CREATE ROLE parley_signer NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        EXCEPTION
            -- Another database of this cluster is being migrated at the same moment.
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'parley_signer', may_become) THEN
        GRANT parley_signer TO CURRENT_USER;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO parley_signer', current_schema());
END
$roles$;


-- The tree. `level` 0 holds leaf hashes, level L + 1 the roots over each 256 hashes of level L. One row is the stretch
-- that was added to one tile at one time; the rows of a tile, one after the other, are its bytes (C2SP tlog-tiles).
CREATE TABLE log_hashes (
    tenant      text COLLATE "C" NOT NULL,
    level       smallint         NOT NULL CHECK (level BETWEEN 0 AND 7),
    first       bigint           NOT NULL CHECK (first >= 0),              -- index of the first hash within its level
    hashes      bytea            NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (tenant, level, first)
);


-- Tree heads. The same one is signed again by the heartbeat and when a key is added.
CREATE TABLE log_checkpoints (
    tenant      text COLLATE "C" NOT NULL,
    size        bigint           NOT NULL CHECK (size > 0),                -- leaves, so the last position covered
    signed_at   timestamptz      NOT NULL DEFAULT clock_timestamp(),       -- the signer's word, proven by nothing
    root        bytea            NOT NULL CHECK (octet_length(root) = 32),
    note        bytea            NOT NULL,                                 -- the signed note (C2SP tlog-checkpoint)
    PRIMARY KEY (tenant, size, signed_at)
);


-- Public keys of the log, as vkeys. A key is in use while the newest tree head bears its signature.
CREATE TABLE log_keys (
    tenant      text COLLATE "C" NOT NULL,
    vkey        text COLLATE "C" NOT NULL,
    since       timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, vkey)
);


-- Witnesses' signatures on tree heads, each verified by the vkey that stands beside it (C2SP tlog-cosignature).
CREATE TABLE log_cosignatures (
    tenant      text COLLATE "C" NOT NULL,
    size        bigint           NOT NULL,
    vkey        text COLLATE "C" NOT NULL,
    stated_at   timestamptz      NOT NULL,                                 -- the time that the witness signed
    line        text             NOT NULL,                                 -- the signature line, verbatim
    PRIMARY KEY (tenant, size, vkey, stated_at)
);


-- Timestamps by outside authorities (RFC 3161) over the signed note of a tree head.
CREATE TABLE log_timestamps (
    tenant      text COLLATE "C" NOT NULL,
    size        bigint           NOT NULL,
    stated_at   timestamptz      NOT NULL,                                 -- the time in the token
    note        bytea            NOT NULL,                                 -- what was stamped: a note of log_checkpoints
    response    bytea            NOT NULL,                                 -- TimeStampResp, DER
    PRIMARY KEY (tenant, size, stated_at)
);


ALTER TABLE log_hashes       ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_hashes       FORCE  ROW LEVEL SECURITY;
ALTER TABLE log_checkpoints  ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_checkpoints  FORCE  ROW LEVEL SECURITY;
ALTER TABLE log_keys         ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_keys         FORCE  ROW LEVEL SECURITY;
ALTER TABLE log_cosignatures ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_cosignatures FORCE  ROW LEVEL SECURITY;
ALTER TABLE log_timestamps   ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_timestamps   FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON log_hashes       USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON log_checkpoints  USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON log_keys         USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON log_cosignatures USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON log_timestamps   USING (tenant = current_setting('parley.tenant', true));

GRANT SELECT ON logs, events TO parley_signer;
GRANT SELECT, INSERT ON log_hashes, log_checkpoints, log_keys TO parley_signer;
GRANT SELECT ON log_hashes, log_checkpoints, log_keys TO parley_app;
GRANT SELECT, INSERT ON log_cosignatures, log_timestamps TO parley_app;
