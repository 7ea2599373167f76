-- Take messages that are due, leasing each so that no other process sends it meanwhile.
UPDATE webhook_messages m
SET due_at = clock_timestamp() + %(lease)b::bigint * interval '1 second', attempts = m.attempts + 1
FROM (
    SELECT d.webhook_id, d.id
    FROM webhook_messages d
    JOIN webhooks w ON w.tenant = d.tenant AND w.id = d.webhook_id AND w.removed_at IS NULL
    WHERE d.tenant = %(tenant)b AND d.state = 'pending' AND d.due_at <= clock_timestamp()
    ORDER BY d.due_at, d.position
    LIMIT %(limit)b::bigint
    FOR UPDATE OF d SKIP LOCKED
) AS due
WHERE m.tenant = %(tenant)b AND m.webhook_id = due.webhook_id AND m.id = due.id
RETURNING m.webhook_id, m.id, m.position, m.attempts;
