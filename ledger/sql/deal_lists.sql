-- Named lists of deals.

-- deal_lists --
-- The lists that a principal sees, by name: a page, or one. Without a principal: all.
SELECT name, description, deals, owner, shared, version, created_at, changed_at, changed_by
FROM deal_lists
WHERE tenant = %(tenant)b AND removed_at IS NULL
    AND (%(principal)b::text IS NULL OR shared OR owner = %(principal)b::text)
    AND (%(list)b::text IS NULL OR name = %(list)b::text)
    AND (%(after)b::text IS NULL OR name > %(after)b::text)
ORDER BY name
LIMIT %(limit)b::bigint;

-- count_deal_lists --
-- How many lists there are.
SELECT count(*) FROM deal_lists WHERE tenant = %(tenant)b AND removed_at IS NULL;

-- insert_deal_list --
-- A new list; no row: there is one of that name.
INSERT INTO deal_lists (tenant, name, description, deals, owner, shared, changed_by)
VALUES (
    %(tenant)b, %(list)b, %(description)b::text, %(deals)b::text[], %(by)b, %(shared)b, %(by)b
)
ON CONFLICT (tenant, name) DO UPDATE SET
    description = excluded.description, deals = excluded.deals, owner = excluded.owner, shared = excluded.shared,
    version = deal_lists.version + 1, created_at = clock_timestamp(), changed_at = clock_timestamp(),
    changed_by = excluded.changed_by, removed_at = NULL
WHERE deal_lists.removed_at IS NOT NULL
RETURNING version;

-- update_deal_list --
-- Replace what a list says; no row: it no longer is of that version.
UPDATE deal_lists
SET description = %(description)b::text, deals = %(deals)b::text[], shared = %(shared)b, version = version + 1,
    changed_at = clock_timestamp(), changed_by = %(by)b
WHERE tenant = %(tenant)b AND name = %(list)b AND version = %(version)b::bigint AND removed_at IS NULL
RETURNING version;

-- remove_deal_list --
-- Delete a list of a version that no webhook refers to; no row: it no longer is of that version, or one does.
UPDATE deal_lists
SET removed_at = clock_timestamp(), changed_at = clock_timestamp(), changed_by = %(by)b, version = version + 1,
    description = NULL, deals = '{}'
WHERE tenant = %(tenant)b AND name = %(list)b AND version = %(version)b::bigint AND removed_at IS NULL
    AND NOT EXISTS (
        SELECT FROM webhooks WHERE tenant = %(tenant)b AND list = %(list)b AND removed_at IS NULL
    )
RETURNING version;

-- webhooks_of_list --
-- The webhooks that refer to a list.
SELECT id FROM webhooks WHERE tenant = %(tenant)b AND list = %(list)b AND removed_at IS NULL ORDER BY id;
