-- The deal table: one row per deal, as it stands now. What a list of deals needs, and nothing that only a state can say.
-- `changes_at` is when time alone will next change the row; the runner then writes it anew.
CREATE TABLE deals (
    tenant              text    COLLATE "C" NOT NULL DEFAULT current_setting('parley.tenant'),
    deal_id             text    COLLATE "C" NOT NULL,
    exists_now          boolean NOT NULL,       -- false while its opening is voided or lies ahead
    title               text,
    kind                text,
    subject             text,
    status              text,
    phase               text,
    parties             text[]  NOT NULL,
    opened              text,                   -- as written
    next_deadline_id    text,                   -- the nearest open one that binds, else the nearest of all
    next_due            text,                   -- its date, as written or computed
    next_due_day        date,
    next_is_binding     boolean,
    version             integer NOT NULL,
    position            bigint  NOT NULL,
    recorded_at         timestamptz NOT NULL,   -- of its last event
    changes_at          timestamptz,
    PRIMARY KEY (tenant, deal_id)
);

CREATE INDEX deals_by_due ON deals (tenant, next_due_day);
CREATE INDEX deals_by_change ON deals (tenant, changes_at);
