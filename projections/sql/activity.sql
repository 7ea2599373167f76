-- The projection of when each deal last changed.

-- activity_tables --
-- One row per deal: the last moment at which its state became another, by an event or by time alone, and the next moment at
-- which time alone will change it. What changed since a moment is thereby found without reading the deals that did not.
CREATE TABLE activity (
    tenant      text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id     text    COLLATE "C" NOT NULL,
    version     integer NOT NULL,
    moved_at    bigint  NOT NULL,       -- in microseconds: when its last event was recorded, or a later transition by time
    next_at     bigint,                 -- null: time alone changes it no more
    PRIMARY KEY (tenant, deal_id)
);

CREATE INDEX activity_by_move ON activity (tenant, moved_at);
CREATE INDEX activity_by_transition ON activity (tenant, next_at);

-- upsert_activity --
-- Replaces the row of a deal that has another version now, or that time has changed.
INSERT INTO activity (deal_id, version, moved_at, next_at)
VALUES (%(deal_id)s, %(version)s, %(moved_at)s, %(next_at)s)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    version = excluded.version, moved_at = excluded.moved_at, next_at = excluded.next_at, mac = NULL
WHERE (activity.version, activity.moved_at, activity.next_at)
    IS DISTINCT FROM (excluded.version, excluded.moved_at, excluded.next_at);

-- activity_due --
-- The deals that time alone has changed by a moment, the longest ago first.
SELECT deal_id, version, next_at, (to_jsonb(activity) - 'mac')::text, mac
FROM activity
WHERE next_at <= %(now)s
ORDER BY next_at
LIMIT %(limit)s;

-- deals_moved --
-- The deals that changed after a moment, by id: a page, of all deals or of some.
SELECT deal_id, version, moved_at, next_at, (to_jsonb(activity) - 'mac')::text, mac
FROM activity
WHERE (moved_at > %(since)s OR next_at <= %(now)s)
    AND (%(first)s::text IS NULL OR deal_id >= %(first)s)
    AND (%(deals)s::text[] IS NULL OR deal_id = ANY (%(deals)s::text[]))
ORDER BY deal_id
LIMIT %(limit)s;
