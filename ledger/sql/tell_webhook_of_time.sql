-- Put messages with bodies of their own into a webhook's outbox and move the mark of how far time was looked at, unless
-- another process did so meanwhile.
WITH moved AS (
    UPDATE webhooks SET looked_at = timestamptz 'epoch' + %(to)b::bigint * interval '1 microsecond'
    WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL AND active
        AND looked_at = timestamptz 'epoch' + %(from)b::bigint * interval '1 microsecond'
    RETURNING id
), told AS (
    INSERT INTO webhook_messages (tenant, webhook_id, id, position, state, body)
    SELECT %(tenant)b, moved.id, message.id, message.position, 'pending', message.body
    FROM moved, unnest(%(ids)b::text[], %(positions)b::text[]::bigint[], %(bodies)b::bytea[]) AS message (id, position, body)
    ON CONFLICT DO NOTHING
)
SELECT id FROM moved;
