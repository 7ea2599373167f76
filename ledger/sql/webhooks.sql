-- The webhooks that stand, oldest first: all, or one.
SELECT
    id, url, types, deals, description, created_at, created_by, secret, old_secret, old_until, position, notice_days,
    active, looked_at, failing_since, disabled_because
FROM webhooks
WHERE tenant = %(tenant)b AND removed_at IS NULL AND (%(id)b::text IS NULL OR id = %(id)b::text)
ORDER BY created_at, id;
