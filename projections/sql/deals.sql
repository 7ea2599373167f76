-- The projection of deals and deadlines: its tables, and the writing of their rows.

-- deals_tables --
-- What cross-deal answers are read from, at any valid and known time. A row holds in valid time from `valid_from` to
-- `valid_to` (exclusive, microseconds) and is known from the position `known_from` of the log to `known_to` (exclusive). Both
-- ends are 4611686018427387904 where there is none. A row ends in known time and never changes otherwise. `layers` are bits:
-- 1 for all, 2 for facts. The ids, dates and texts by which lists are filtered and sorted are in columns.

-- The deals that exist.
CREATE TABLE deals (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    layers              smallint NOT NULL,
    valid_from          bigint  NOT NULL,
    valid_to            bigint  NOT NULL,
    known_from          bigint  NOT NULL,
    known_to            bigint  NOT NULL,
    title               text,
    title_order         text    COLLATE "C" NOT NULL,   -- the title, or else the id, as lists are ordered by it
    kind                text,
    subject             text,
    jurisdictions       text[]  NOT NULL,
    tz                  text    NOT NULL,
    status              text,
    phase               text,
    parties             text[]  NOT NULL,
    opened              text,                   -- as written
    words               text    NOT NULL,       -- its id, title, subject and kind, and its parties, folded
    search              tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
    names               text[]  NOT NULL,       -- ids and names of its parties, folded
    named               bytea,                  -- JSON: what its parties are called, by id
    erased_next         bytea,                  -- JSON: the next deadlines, where some are hidden by an erasure
    -- Lists are ordered by it: row security lets no index be entered by an expression.
    status_order        text    COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(status, '')) STORED,
    PRIMARY KEY (tenant, deal_id, layers, valid_from, known_from)
);

CREATE INDEX deals_at ON deals (tenant, deal_id, known_to, valid_to, known_from, valid_from);

-- Each is for pages in the order of a value, by the latest knowledge.
CREATE INDEX deals_by_title_now
ON deals (tenant, title_order, deal_id, valid_to, valid_from)
WHERE known_to = 4611686018427387904;
CREATE INDEX deals_by_status_now
ON deals (tenant, status_order, deal_id, valid_to, valid_from)
WHERE known_to = 4611686018427387904;

-- The deadlines of deals.
CREATE TABLE deadlines (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    deadline_id         text    COLLATE "C" NOT NULL,
    layers              smallint NOT NULL,
    valid_from          bigint  NOT NULL,
    valid_to            bigint  NOT NULL,
    known_from          bigint  NOT NULL,
    known_to            bigint  NOT NULL,
    standing            text    NOT NULL,       -- open, overdue or past_due (without an outcome; the former bind), over
    running             boolean NOT NULL,       -- open, and past due once its day has passed
    ahead               smallint NOT NULL,      -- 2: its day lies ahead by facts and it binds, 1: it does not bind, 0: neither
    closes_at           bigint  NOT NULL,       -- the last moment that its due date covers, in microseconds; no date: far ahead
    due_day             date,                   -- the last civil day of it, in its own zone
    tz                  text    NOT NULL,
    deal_tz             text    NOT NULL,
    calendar            text,                   -- by which its working days are counted
    published           bytea,                  -- JSON: what makes that calendar, where the deal has one of its own
    force               text,
    binding             boolean NOT NULL,
    names               text[]  NOT NULL,       -- whom it concerns, folded
    words               text    NOT NULL,       -- its obligation, folded
    search              tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
    as_reported         bytea,                  -- JSON: what its days left by reports are counted by
    entry               bytea   NOT NULL,       -- JSON: the entry of the state, without what counts days from today
    entry_hash          bytea   NOT NULL GENERATED ALWAYS AS (sha256(entry)) STORED,
    PRIMARY KEY (tenant, deal_id, deadline_id, layers, valid_from, known_from)
);

CREATE INDEX deadlines_of_deal ON deadlines (tenant, deal_id, known_to, valid_to, known_from, valid_from);

-- Each is for one kind of page, in its order: what runs starts at the moment asked about, and what is past due is little.
CREATE INDEX deadlines_running_now ON deadlines (tenant, closes_at, deal_id, deadline_id, valid_to, valid_from)
WHERE running AND known_to = 4611686018427387904;
CREATE INDEX deadlines_running ON deadlines (tenant, closes_at, deal_id, deadline_id, known_to, known_from, valid_to, valid_from)
WHERE running;
CREATE INDEX deadlines_stopped_now ON deadlines (tenant, standing, closes_at, deal_id, deadline_id, valid_to, valid_from)
WHERE NOT running AND known_to = 4611686018427387904;
CREATE INDEX deadlines_stopped
ON deadlines (tenant, standing, closes_at, deal_id, deadline_id, known_to, known_from, valid_to, valid_from)
WHERE NOT running;

-- The summaries of the events of deals: a row holds from when its event is seen.
CREATE TABLE event_summaries (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    event_id            text    COLLATE "C" NOT NULL,
    layers              smallint NOT NULL,
    valid_from          bigint  NOT NULL,
    valid_to            bigint  NOT NULL,
    known_from          bigint  NOT NULL,
    known_to            bigint  NOT NULL,
    words               text    NOT NULL,       -- the summary, folded
    search              tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED,
    PRIMARY KEY (tenant, deal_id, event_id, layers, valid_from, known_from)
);

-- Every word that was ever said of a deal, on any basis: in itself, its deadlines or the summaries of its events. It says
-- which deals a text may be found in; the rows say which of them have it at the moment asked about.
CREATE TABLE deal_words (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    word                text    COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, deal_id, word)
);

CREATE INDEX deal_words_by_word ON deal_words (tenant, word, deal_id);

-- The outstanding conditions of deals, where there are any.
CREATE TABLE conditions (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    layers              smallint NOT NULL,
    valid_from          bigint  NOT NULL,
    valid_to            bigint  NOT NULL,
    known_from          bigint  NOT NULL,
    known_to            bigint  NOT NULL,
    outstanding         bytea   NOT NULL,       -- JSON: the blockers of the state: how many, and the first by name
    PRIMARY KEY (tenant, deal_id, layers, valid_from, known_from)
);

CREATE INDEX conditions_now ON conditions (tenant, deal_id, valid_to, valid_from) WHERE known_to = 4611686018427387904;

-- Up to which version the rows of each deal go.
CREATE TABLE covered_deals (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    version             integer NOT NULL,
    position            bigint  NOT NULL,       -- of the event of that version
    recorded_at         bigint  NOT NULL,       -- when that was recorded, in microseconds
    tz                  text    NOT NULL,       -- in which its civil days were read
    unreadable          text,                   -- why it cannot be read at this version; its rows are of an earlier one
    retried_at          bigint,                 -- when it is tried again, in microseconds
    change              bytea,                  -- JSON: the event of that version, in a sentence
    PRIMARY KEY (tenant, deal_id)
);

CREATE INDEX covered_deals_unreadable ON covered_deals (tenant, retried_at) WHERE unreadable IS NOT NULL;

-- holds_now --
-- The condition on rows that hold at a moment in some layers, by the latest knowledge.
known_to = 4611686018427387904
    AND valid_from <= %(valid_at)s::bigint AND valid_to > %(valid_at)s::bigint AND layers = ANY (%(layers)s)

-- holds_then --
-- The same of what was known at a position.
known_from <= %(known)s::bigint AND known_to > %(known)s::bigint
    AND valid_from <= %(valid_at)s::bigint AND valid_to > %(valid_at)s::bigint AND layers = ANY (%(layers)s)

-- covered (subquery) --
-- How far the rows of the deal `d` go. "The first at or after" its id leaves the planner one index to choose (see
-- recorded_events).
(
    SELECT *
    FROM covered_deals
    WHERE tenant = d.tenant AND deal_id >= d.deal_id AND deal_id <= d.deal_id
    ORDER BY deal_id
    LIMIT 1
)

-- deal_coverage --
-- How far the rows of a deal go.
SELECT {coverage} FROM covered_deals AS c WHERE deal_id = %(deal_id)s;

-- upsert_deal_coverage --
-- Notes how far the rows of a deal go.
INSERT INTO covered_deals (deal_id, version, position, recorded_at, tz, unreadable, retried_at, change)
VALUES (
    %(deal_id)s, %(version)s, %(position)s, %(recorded_at)s, %(tz)s, %(unreadable)s, %(retried_at)s, %(change)s
)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    version = excluded.version, position = excluded.position, recorded_at = excluded.recorded_at, tz = excluded.tz,
    unreadable = excluded.unreadable, retried_at = excluded.retried_at, change = excluded.change, mac = NULL;

-- deals_to_retry --
-- The deals that could not be read and are to be tried again by a moment, the longest ago first.
SELECT deal_id
FROM covered_deals
WHERE unreadable IS NOT NULL AND retried_at <= %(now)s
ORDER BY retried_at
LIMIT %(limit)s;

-- unreadable_deals --
-- The deals that cannot be read, of all or of some, by id.
SELECT {coverage}
FROM covered_deals AS c
WHERE unreadable IS NOT NULL AND (%(deals)s::text[] IS NULL OR deal_id = ANY (%(deals)s))
ORDER BY deal_id
LIMIT %(limit)s;

-- count_unreadable --
-- How many deals cannot be read.
SELECT count(*) FROM covered_deals WHERE unreadable IS NOT NULL;

-- deal_zones --
-- The zones in which the civil days of deals are read.
SELECT DISTINCT tz FROM covered_deals;

-- position_at --
-- The last position of the log recorded by a moment, as `version_at` finds the version of a deal.
WITH RECURSIVE search (low, high, middle) AS (
    SELECT 0::bigint, head.position, (head.position + 1) / 2
    FROM (SELECT coalesce(max(position), 0) AS position FROM events WHERE tenant = %(tenant)s) AS head
    UNION ALL
    SELECT half.low, half.high, (half.low + half.high + 1) / 2
    FROM search
    CROSS JOIN LATERAL (
        SELECT e.recorded_at <= to_timestamp(0) + %(at)s * interval '1 microsecond' AS early
        FROM events AS e
        WHERE e.tenant = %(tenant)s AND e.position = search.middle
        LIMIT 1
    ) AS found
    CROSS JOIN LATERAL {{half_left}} AS half
    WHERE search.low < search.high
)
SELECT low FROM search WHERE low = high;

-- position_moment --
-- When the event at a position was recorded.
SELECT recorded_at FROM events WHERE tenant = %(tenant)s AND position = %(position)s;

-- open_rows --
-- The rows of a deal in one table that have no end in known time, those whose valid time ends in a range.
SELECT {columns}
FROM {table} AS t
WHERE deal_id = %(deal_id)s AND known_to = 4611686018427387904
    AND valid_to >= %(since)s::bigint AND valid_to < %(until)s::bigint {key};

-- delete_deal --
-- Removes what is said of a deal.
WITH deal AS (DELETE FROM deals WHERE deal_id = %(deal_id)s AND %(whole)s::boolean),
condition AS (DELETE FROM conditions WHERE deal_id = %(deal_id)s),
summaries AS (DELETE FROM event_summaries WHERE deal_id = %(deal_id)s),
words AS (DELETE FROM deal_words WHERE deal_id = %(deal_id)s AND %(whole)s::boolean)
DELETE FROM deadlines WHERE deal_id = %(deal_id)s;

-- end_rows --
-- Ends rows in known time.
UPDATE {table} SET known_to = %(known_to)s, mac = NULL
WHERE deal_id = %(deal_id)s AND layers = %(layers)s AND valid_from = %(valid_from)s AND known_from = %(known_from)s {key};

-- insert_words --
-- Adds the words of texts to those of their deals.
INSERT INTO deal_words (deal_id, word)
SELECT DISTINCT said.deal_id, found.word
FROM unnest(%(deals)s::text[], %(texts)s::text[]) AS said (deal_id, text)
CROSS JOIN LATERAL unnest(tsvector_to_array(to_tsvector('simple', said.text))) AS found (word)
ON CONFLICT DO NOTHING;

-- insert_rows --
-- Adds rows of one table.
INSERT INTO {table} ({columns}) VALUES ({values});
