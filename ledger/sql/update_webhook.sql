-- Set what a client may change of a webhook. One that is made active again is not held to have failed any more.
UPDATE webhooks
SET url = %(url)b, types = %(types)b::text[], deals = %(deals)b::text[], description = %(description)b::text,
    notice_days = %(notice)b::integer[], active = %(active)b,
    failing_since = CASE WHEN active THEN failing_since END,
    disabled_because = CASE WHEN NOT %(active)b THEN disabled_because END
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;
