-- The record. One row per development, for ever: written once by the appender, never changed.
-- A log is one tenant. Every table of the record starts with `tenant` and shows only the rows of the tenant that the
-- transaction has named (parley.tenant); a transaction that named none sees nothing. The role that migrates owns the
-- tables; the application's role may SELECT and INSERT, and nothing else; the eraser's role may destroy payloads.

DO $roles$
DECLARE
    role_name text;
    -- From PostgreSQL 16 on, membership alone does not let one become the role.
    may_become text := CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['parley_app', 'parley_eraser'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', role_name);
            EXCEPTION
                -- Another database of this cluster is being migrated at the same moment.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF NOT pg_has_role(current_user, role_name, may_become) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
    END LOOP;
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO parley_app', current_database());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO parley_app, parley_eraser', current_schema());
END
$roles$;


-- One row per log: the name under which it is sealed.
CREATE TABLE logs (
    tenant      text COLLATE "C" NOT NULL,
    origin      text COLLATE "C" NOT NULL,      -- stands in every leaf and checkpoint; never changes
    opened_at   timestamptz      NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant)
);


-- One row per development. Order is (tenant, position) for the log and (tenant, deal_id, version) for a deal;
-- recorded_at rises strictly with position. `leaf` is what the Merkle tree hashes: it holds all that a later erasure
-- of the payload must leave standing, occurred and published as written among them.
CREATE TABLE events (
    tenant              text COLLATE "C" NOT NULL,
    position            bigint           NOT NULL CHECK (position > 0),    -- 1, 2, 3 ... without a gap: leaf index + 1
    deal_id             text COLLATE "C" NOT NULL,
    version             integer          NOT NULL CHECK (version > 0),     -- 1, 2, 3 ... within the deal
    id                  text COLLATE "C" NOT NULL,                         -- the client's, or a UUIDv7; taken for ever
    type                text COLLATE "C" NOT NULL,                         -- the event's own name, such as bid.submitted
    occurred_earliest   date,            -- first and last civil day that `occurred` may mean (of an instant, its day in
    occurred_latest     date,            -- UTC), null where it is unbounded: bounds to search by, not the answer
    recorded_at         timestamptz      NOT NULL,
    recorded_by         text             NOT NULL,
    leaf                bytea            NOT NULL,                         -- canonical JSON (RFC 8785)
    leaf_hash           bytea            NOT NULL CHECK (octet_length(leaf_hash) = 32),
    PRIMARY KEY (tenant, position),
    UNIQUE (tenant, deal_id, version),
    UNIQUE (tenant, id)
);


-- What the client gave beside the leaf, byte for byte as it was committed to, and the salt of that commitment.
-- A missing row is an erased event.
CREATE TABLE event_payload (
    tenant      text COLLATE "C" NOT NULL,
    position    bigint           NOT NULL,
    payload     bytea            NOT NULL,                                 -- canonical JSON (RFC 8785)
    salt        bytea            NOT NULL CHECK (octet_length(salt) = 32),
    PRIMARY KEY (tenant, position)
);


-- Which ids of each kind a deal's record holds, at any date and whatever became of them, and the version that first
-- named each. References are checked against it; it can only grow.
CREATE TABLE things (
    tenant      text COLLATE "C" NOT NULL,
    deal_id     text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    version     integer          NOT NULL,
    PRIMARY KEY (tenant, deal_id, kind, id)
);


ALTER TABLE logs          ENABLE ROW LEVEL SECURITY;
ALTER TABLE logs          FORCE  ROW LEVEL SECURITY;
ALTER TABLE events        ENABLE ROW LEVEL SECURITY;
ALTER TABLE events        FORCE  ROW LEVEL SECURITY;
ALTER TABLE event_payload ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_payload FORCE  ROW LEVEL SECURITY;
ALTER TABLE things        ENABLE ROW LEVEL SECURITY;
ALTER TABLE things        FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON logs          USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON events        USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON event_payload USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON things        USING (tenant = current_setting('parley.tenant', true));

GRANT SELECT, INSERT ON logs, events, event_payload, things TO parley_app;

-- DELETE needs SELECT on the columns of its WHERE; not on what it destroys.
GRANT DELETE, SELECT (tenant, position) ON event_payload TO parley_eraser;
