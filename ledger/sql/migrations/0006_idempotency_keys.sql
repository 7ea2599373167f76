-- Which events an Idempotency-Key stood for, so that a used key with another body is refused whatever ids its events
-- have. Hashes of the key and of the ids in order: of what the events say nothing is kept here, so nothing of it outlives
-- an erasure.
CREATE TABLE idempotency_keys (
    tenant      text COLLATE "C" NOT NULL,
    key_hash    bytea            NOT NULL CHECK (octet_length(key_hash) = 32),
    events_hash bytea            NOT NULL CHECK (octet_length(events_hash) = 32),
    PRIMARY KEY (tenant, key_hash)
);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON idempotency_keys USING (tenant = current_setting('parley.tenant', true));

GRANT SELECT, INSERT ON idempotency_keys TO parley_app;
