-- What cross-deal answers are read from: one row per deal and one per deadline, as they stand now. The ids, dates and
-- texts by which lists are narrowed and ordered stand in columns; the rest of a deadline is JSON.
-- Rows hold from when they were written until `changes_at`, when time alone will next change them; the runner then writes
-- them anew. Ranges of valid and of known time may later join the keys: nothing here relies on one row per thing but they.
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
    standing            text    NOT NULL,       -- open, overdue or over
    closes_at           bigint  NOT NULL,       -- the last moment that its due date covers, in microseconds; no date: far ahead
    due_day             date,                   -- the last civil day of it, in its own zone
    tz                  text    NOT NULL,
    calendar            text,                   -- by which its working days are counted
    force               text,
    binding             boolean NOT NULL,
    names               text[]  NOT NULL,       -- whom it concerns, folded
    entry               bytea   NOT NULL,       -- JSON: the entry of the state, without what counts days from today
    PRIMARY KEY (tenant, deal_id, deadline_id)
);

CREATE INDEX deadlines_by_due ON deadlines (tenant, standing, closes_at, deal_id, deadline_id);
