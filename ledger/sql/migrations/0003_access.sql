-- Who may come in at the doors, and who looked at what an auditor would ask for. Nothing here is ever changed: a key that
-- is taken back stays, with a row that says so.


-- API keys. The key itself is shown once, when it is made; what is kept is its hash.
CREATE TABLE api_keys (
    tenant      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    hash        bytea            NOT NULL CHECK (octet_length(hash) = 32),     -- SHA-256 of the key
    principal   text COLLATE "C" NOT NULL,                                     -- becomes recorded_by
    role        text COLLATE "C" NOT NULL CHECK (role IN ('reader', 'recorder', 'auditor', 'admin')),
    created_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    created_by  text             NOT NULL,
    expires_at  timestamptz,                                                   -- null: never
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, hash)
);


-- Keys that were taken back.
CREATE TABLE api_key_revocations (
    tenant      text COLLATE "C" NOT NULL,
    key_id      text COLLATE "C" NOT NULL,
    revoked_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    revoked_by  text             NOT NULL,
    PRIMARY KEY (tenant, key_id)
);


-- The days (UTC) on which a key was used, with the first moment of each.
CREATE TABLE api_key_uses (
    tenant      text COLLATE "C" NOT NULL,
    key_id      text COLLATE "C" NOT NULL,
    day         date             NOT NULL,
    used_at     timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, key_id, day)
);


-- Who took away evidence: bundles, proofs, replays, the leaves themselves.
CREATE TABLE audit_reads (
    tenant      text COLLATE "C" NOT NULL,
    number      bigint           NOT NULL GENERATED ALWAYS AS IDENTITY,
    read_at     timestamptz      NOT NULL DEFAULT clock_timestamp(),
    principal   text             NOT NULL,
    path        text             NOT NULL,                                     -- of the request, with its query
    PRIMARY KEY (tenant, number)
);


ALTER TABLE api_keys            ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys            FORCE  ROW LEVEL SECURITY;
ALTER TABLE api_key_revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key_revocations FORCE  ROW LEVEL SECURITY;
ALTER TABLE api_key_uses        ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key_uses        FORCE  ROW LEVEL SECURITY;
ALTER TABLE audit_reads         ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_reads         FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON api_keys            USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON api_key_revocations USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON api_key_uses        USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON audit_reads         USING (tenant = current_setting('parley.tenant', true));

GRANT SELECT, INSERT ON api_keys, api_key_revocations, api_key_uses, audit_reads TO parley_app;
