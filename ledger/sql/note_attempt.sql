-- What became of a sending: a line of the log, and the message's state and next sending.
WITH noted AS (
    INSERT INTO webhook_attempts (tenant, webhook_id, message_id, number, status, error, took_ms)
    SELECT %(tenant)b, %(webhook)b, %(id)b, count(*) + 1, %(status)b::integer, %(error)b::text, %(took)b::integer
    FROM webhook_attempts WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND message_id = %(id)b
)
UPDATE webhook_messages
SET state = %(state)b, due_at = clock_timestamp() + %(wait)b::bigint * interval '1 millisecond'
WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND id = %(id)b
RETURNING id;
