-- Take messages that are due, of each webhook at most so many, leasing each so that no other process sends it meanwhile.
-- Webhooks in `busy` are being sent to already.
UPDATE webhook_messages m
SET due_at = clock_timestamp() + %(lease)b::bigint * interval '1 second', attempts = m.attempts + 1
FROM (
    SELECT d.webhook_id, d.id
    FROM webhooks w
    CROSS JOIN LATERAL (
        SELECT webhook_id, id
        FROM webhook_messages
        WHERE tenant = %(tenant)b AND webhook_id = w.id AND state = 'pending' AND due_at <= clock_timestamp()
        ORDER BY due_at, position
        LIMIT %(limit)b::bigint
        FOR UPDATE SKIP LOCKED
    ) AS d
    WHERE w.tenant = %(tenant)b AND w.removed_at IS NULL AND w.active AND NOT w.id = ANY (%(busy)b::text[])
) AS due
WHERE m.tenant = %(tenant)b AND m.webhook_id = due.webhook_id AND m.id = due.id
RETURNING m.webhook_id, m.id, m.position, m.attempts, m.body;
