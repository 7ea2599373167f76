-- Put messages for these events into a webhook's outbox and move its mark, unless another process did so meanwhile.
WITH moved AS (
    UPDATE webhooks SET position = %(reached)b::bigint
    WHERE tenant = %(tenant)b AND id = %(id)b AND position = %(before)b::bigint AND removed_at IS NULL AND active
    RETURNING id
)
INSERT INTO webhook_messages (tenant, webhook_id, id, position, state)
SELECT %(tenant)b, moved.id, 'msg_' || wanted.position || '_' || moved.id, wanted.position, 'pending'
FROM moved, unnest((%(positions)b::text[])::bigint[]) AS wanted (position)
ON CONFLICT DO NOTHING
RETURNING id;
