-- Webhooks are also told what time alone makes of a deal, some days ahead if they like; they can be made inactive, and
-- become so by themselves after failing for long.
ALTER TABLE webhooks
    ADD COLUMN active           boolean     NOT NULL DEFAULT true,
    ADD COLUMN notice_days      integer[]   NOT NULL DEFAULT '{}',                  -- so many days ahead of a deadline
    ADD COLUMN looked_at        timestamptz NOT NULL DEFAULT clock_timestamp(),     -- what time made up to here is in the outbox
    ADD COLUMN failing_since    timestamptz,                                        -- null: the last sending succeeded
    ADD COLUMN disabled_because text;                                               -- why we ourselves made it inactive

-- What time made has a body of its own; an event is read when it is sent, so that what was erased is told to nobody.
ALTER TABLE webhook_messages
    ADD COLUMN body bytea;
