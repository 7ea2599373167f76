-- What became of a sending: a line of the log, the message's state and next sending, and since when the webhook fails.
WITH noted AS (
    INSERT INTO webhook_attempts (tenant, webhook_id, message_id, number, status, error, took_ms)
    SELECT %(tenant)b, %(webhook)b, %(id)b, count(*) + 1, %(status)b::integer, %(error)b::text, %(took)b::integer
    FROM webhook_attempts WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND message_id = %(id)b
), message AS (
    UPDATE webhook_messages
    SET state = %(state)b, due_at = clock_timestamp() + %(wait)b::bigint * interval '1 millisecond'
    WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND id = %(id)b
)
UPDATE webhooks
SET failing_since = CASE WHEN %(state)b = 'delivered' THEN NULL ELSE coalesce(failing_since, clock_timestamp()) END
WHERE tenant = %(tenant)b AND id = %(webhook)b
RETURNING failing_since;
