-- The projection of deals and deadlines.

-- deals_tables --
-- What cross-deal answers are read from: one row per deal and one per deadline, in their present state. The ids, dates and
-- texts by which lists are filtered and sorted are in columns; the rest of a deadline is JSON.
-- Rows hold from when they were written until `changes_at`, when time alone will next change them; the runner then writes
-- them again. Ranges of valid and of known time may later join the keys: nothing here relies on one row per thing but they.
CREATE TABLE deals (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    exists_now          boolean NOT NULL,       -- false while its opening is voided or lies ahead
    title               text,
    kind                text,
    subject             text,
    jurisdictions       text[]  NOT NULL,
    tz                  text    NOT NULL,
    status              text,
    phase               text,
    parties             text[]  NOT NULL,
    opened              text,                   -- as written
    next_deadline_id    text,                   -- the nearest open one that binds, else the nearest of all
    nearest_id          text,                   -- the nearest open one of any force
    next_due            text,                   -- the date of the next, as written or computed
    next_due_day        date,                   -- its civil day in its own zone
    next_tz             text,
    next_is_binding     boolean,
    next_obligation     text,
    next_force          text,
    overdue             integer NOT NULL,       -- open deadlines that are past due
    overdue_ids         text[]  NOT NULL,       -- those that bind, the longest overdue first
    most_overdue        bytea,                  -- JSON: of them all the first, with its day and zone
    words               text    NOT NULL,       -- what is searched, folded
    names               text[]  NOT NULL,       -- ids and names of its parties, folded
    version             integer NOT NULL,
    position            bigint  NOT NULL,
    recorded_at         timestamptz NOT NULL,   -- of its last event
    changes_at          timestamptz,
    unreadable          text,                   -- why it cannot be read at this version; the rest is of an earlier one
    PRIMARY KEY (tenant, deal_id)
);

CREATE INDEX deals_by_due ON deals (tenant, next_due_day);
CREATE INDEX deals_by_change ON deals (tenant, changes_at);
CREATE INDEX deals_unreadable ON deals (tenant, deal_id) WHERE unreadable IS NOT NULL;

CREATE TABLE deadlines (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    deadline_id         text    COLLATE "C" NOT NULL,
    standing            text    NOT NULL,       -- open, overdue or past_due (without an outcome; the former bind), over
    closes_at           bigint  NOT NULL,       -- the last moment that its due date covers, in microseconds; no date: far ahead
    due_day             date,                   -- the last civil day of it, in its own zone
    tz                  text    NOT NULL,
    calendar            text,                   -- by which its working days are counted
    published           bytea,                  -- JSON: what makes that calendar, where the deal has one of its own
    force               text,
    binding             boolean NOT NULL,
    names               text[]  NOT NULL,       -- whom it concerns, folded
    entry               bytea   NOT NULL,       -- JSON: the entry of the state, without what counts days from today
    PRIMARY KEY (tenant, deal_id, deadline_id)
);

CREATE INDEX deadlines_by_due ON deadlines (tenant, standing, closes_at, deal_id, deadline_id);

-- list_deals --
-- A page of deals, by id, narrowed by what the reader asks.
SELECT
    deal_id, title, kind, subject, jurisdictions, status, phase, parties, opened,
    next_deadline_id, nearest_id, next_due, next_due_day, next_tz, next_is_binding, next_obligation, next_force,
    overdue, overdue_ids, most_overdue, version, position, recorded_at, unreadable, (to_jsonb(deals) - 'mac')::text, mac
FROM deals
WHERE exists_now
    AND (%(after)s::text IS NULL OR deal_id > %(after)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(phase)s::text IS NULL OR phase = %(phase)s)
    AND (%(party)s::text IS NULL OR %(party)s = ANY (names))
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(jurisdiction)s::text IS NULL OR %(jurisdiction)s = ANY (jurisdictions))
    AND (%(q)s::text IS NULL OR position(%(q)s IN words) > 0)
    AND (%(due_before)s::date IS NULL OR next_due_day < %(due_before)s)
    AND (%(overdue)s::boolean IS NULL OR (overdue > 0) = %(overdue)s)
    AND (%(unreadable)s::boolean IS NULL OR (unreadable IS NOT NULL) = %(unreadable)s)
ORDER BY deal_id
LIMIT %(limit)s;

-- count_unreadable --
-- How many deals cannot be read.
SELECT count(*) FROM deals WHERE unreadable IS NOT NULL;

-- upsert_deal --
-- Replaces a deal's row.
INSERT INTO deals (
    deal_id, exists_now, title, kind, subject, jurisdictions, tz, status, phase, parties, opened,
    next_deadline_id, nearest_id, next_due, next_due_day, next_tz, next_is_binding, next_obligation, next_force,
    overdue, overdue_ids, most_overdue, words, names, version, position, recorded_at, changes_at, unreadable
)
VALUES (
    %(deal_id)s, %(exists_now)s, %(title)s, %(kind)s, %(subject)s, %(jurisdictions)s::text[], %(tz)s,
    %(status)s, %(phase)s, %(parties)s::text[], %(opened)s,
    %(next_deadline_id)s, %(nearest_id)s, %(next_due)s, %(next_due_day)s, %(next_tz)s, %(next_is_binding)s,
    %(next_obligation)s, %(next_force)s, %(overdue)s, %(overdue_ids)s::text[], %(most_overdue)s::bytea, %(words)s,
    %(names)s::text[], %(version)s, %(position)s,
    to_timestamp(0) + %(recorded_at)s * interval '1 microsecond',
    to_timestamp(0) + %(changes_at)s::bigint * interval '1 microsecond', NULL
)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    exists_now = excluded.exists_now, title = excluded.title, kind = excluded.kind, subject = excluded.subject,
    jurisdictions = excluded.jurisdictions, tz = excluded.tz, status = excluded.status, phase = excluded.phase,
    parties = excluded.parties, opened = excluded.opened, next_deadline_id = excluded.next_deadline_id,
    nearest_id = excluded.nearest_id, next_due = excluded.next_due, next_due_day = excluded.next_due_day,
    next_tz = excluded.next_tz, next_is_binding = excluded.next_is_binding,
    next_obligation = excluded.next_obligation, next_force = excluded.next_force, overdue = excluded.overdue,
    overdue_ids = excluded.overdue_ids, most_overdue = excluded.most_overdue,
    words = excluded.words, names = excluded.names, version = excluded.version, position = excluded.position,
    recorded_at = excluded.recorded_at, changes_at = excluded.changes_at, unreadable = NULL, mac = NULL;

-- upsert_unreadable_deal --
-- Names a deal that cannot be read, with the reason; what an earlier version said of it stays beside that.
INSERT INTO deals (
    deal_id, exists_now, title, jurisdictions, tz, parties, overdue, overdue_ids, words, names,
    version, position, recorded_at, changes_at, unreadable
)
VALUES (
    %(deal_id)s, true, %(title)s, '{}', 'UTC', '{}', 0, '{}', %(words)s, '{}', %(version)s, %(position)s,
    to_timestamp(0) + %(recorded_at)s * interval '1 microsecond',
    to_timestamp(0) + %(changes_at)s::bigint * interval '1 microsecond', %(reason)s
)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    exists_now = true, next_deadline_id = NULL, nearest_id = NULL, next_due = NULL, next_due_day = NULL, next_tz = NULL,
    next_is_binding = NULL, next_obligation = NULL, next_force = NULL, overdue = 0, overdue_ids = '{}', most_overdue = NULL,
    version = excluded.version,
    position = excluded.position, recorded_at = excluded.recorded_at, changes_at = excluded.changes_at,
    unreadable = excluded.unreadable, mac = NULL;

-- deals_to_refresh --
-- The deals whose rows time has changed by a moment, the longest ago first.
SELECT deal_id
FROM deals
WHERE changes_at <= to_timestamp(0) + %(now)s * interval '1 microsecond'
ORDER BY changes_at
LIMIT %(limit)s;
