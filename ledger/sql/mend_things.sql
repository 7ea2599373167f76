-- Lets the registry of one deal hold these rows, up to a version: what is not among them goes, unless an erased event may
-- have named it. Run by the owner of the tables; the application can only add.
WITH wanted AS (
    SELECT kind, id, version
    FROM unnest(%(kinds)s::text[], %(ids)s::text[], %(versions)s::integer[]) AS row (kind, id, version)
),
removed AS (
    DELETE FROM things AS t
    WHERE t.tenant = %(tenant)s AND t.deal_id = %(deal)s AND NOT t.version = ANY (%(erased)s::integer[])
        AND NOT EXISTS (SELECT FROM wanted AS w WHERE w.kind = t.kind AND w.id = t.id)
    RETURNING 1
),
added AS (
    INSERT INTO things (tenant, deal_id, kind, id, version)
    SELECT %(tenant)s, %(deal)s, kind, id, version FROM wanted
    ON CONFLICT (tenant, deal_id, kind, id) DO UPDATE SET version = excluded.version
    WHERE things.version <> excluded.version AND NOT things.version = ANY (%(erased)s::integer[])
    RETURNING 1
)
SELECT (SELECT count(*) FROM removed) + (SELECT count(*) FROM added);
