-- Who is told of new events by request. `webhook_messages` is the outbox: a row for each event that a webhook wants, made
-- once, sent until it is taken or given up; `webhook_attempts` is the log of every sending.


CREATE TABLE webhooks (
    tenant      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    url         text             NOT NULL,
    types       text[]           NOT NULL,                                 -- names or groups (bid.*); empty: all
    deals       text[]           NOT NULL,                                 -- empty: all
    description text,
    created_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    created_by  text             NOT NULL,
    secret      bytea            NOT NULL,
    old_secret  bytea,                                                     -- signs beside the new one until it ends
    old_until   timestamptz,
    position    bigint           NOT NULL,                                 -- of the log, up to which messages were made
    removed_at  timestamptz,
    PRIMARY KEY (tenant, id)
);


CREATE TABLE webhook_messages (
    tenant      text COLLATE "C" NOT NULL,
    webhook_id  text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,                                 -- the same at every sending
    position    bigint,                                                    -- of the event; null: a ping
    state       text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    integer          NOT NULL DEFAULT 0,
    due_at      timestamptz      NOT NULL DEFAULT clock_timestamp(),       -- of the next sending; while one is under way, its lease
    PRIMARY KEY (tenant, webhook_id, id)
);

CREATE INDEX webhook_messages_due ON webhook_messages (tenant, due_at) WHERE state = 'pending';


CREATE TABLE webhook_attempts (
    tenant      text COLLATE "C" NOT NULL,
    webhook_id  text COLLATE "C" NOT NULL,
    message_id  text COLLATE "C" NOT NULL,
    number      integer          NOT NULL,
    sent_at     timestamptz      NOT NULL DEFAULT clock_timestamp(),
    status      integer,                                                   -- of the answer; null: there was none
    error       text,
    took_ms     integer          NOT NULL,
    PRIMARY KEY (tenant, webhook_id, message_id, number)
);


ALTER TABLE webhooks         ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks         FORCE  ROW LEVEL SECURITY;
ALTER TABLE webhook_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_messages FORCE  ROW LEVEL SECURITY;
ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_attempts FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON webhooks         USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON webhook_messages USING (tenant = current_setting('parley.tenant', true));
CREATE POLICY one_tenant ON webhook_attempts USING (tenant = current_setting('parley.tenant', true));

GRANT SELECT, INSERT, UPDATE ON webhooks, webhook_messages TO parley_app;
GRANT SELECT, INSERT ON webhook_attempts TO parley_app;
