-- Named lists of deals, by which what is read across deals is filtered. They are no part of the record: a list may change,
-- and what it was before is not kept. A deleted list leaves its name and version, so that no later list of that name has a
-- version that was seen before.
CREATE TABLE deal_lists (
    tenant      text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    description text,
    deals       text[]           NOT NULL,                                 -- in order of their ids, each once
    owner       text COLLATE "C" NOT NULL,                                 -- the principal who may change it, beside admins
    shared      boolean          NOT NULL,                                 -- false: only the owner and admins see it
    version     bigint           NOT NULL DEFAULT 1,                       -- counts the changes
    created_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    changed_at  timestamptz      NOT NULL DEFAULT clock_timestamp(),
    changed_by  text             NOT NULL,
    removed_at  timestamptz,
    PRIMARY KEY (tenant, name)
);

ALTER TABLE deal_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE deal_lists FORCE  ROW LEVEL SECURITY;

CREATE POLICY one_tenant ON deal_lists USING (tenant = current_setting('parley.tenant', true));

GRANT SELECT, INSERT, UPDATE ON deal_lists TO parley_app;

-- The list whose deals a webhook gets messages about; null: all.
ALTER TABLE webhooks ADD COLUMN list text;
