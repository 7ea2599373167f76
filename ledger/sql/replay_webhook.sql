-- Send again, as new attempts of the same messages, what a webhook was or would have been told of after a position.
WITH again AS (
    UPDATE webhook_messages SET state = 'pending', attempts = 0, due_at = clock_timestamp()
    WHERE tenant = %(tenant)b AND webhook_id = %(id)b AND position > %(after)b::bigint
)
UPDATE webhooks SET position = least(position, %(after)b::bigint)
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;
