-- The messages of a webhook with the log of their sendings, in the order of the log of events, pings first: those of events
-- after a position, from a place in that order on.
SELECT
    m.id, m.position, m.state, CASE WHEN m.state = 'pending' THEN m.due_at END AS due_at,
    (
        SELECT coalesce(json_agg(json_build_object(
            'sent_at', (extract(epoch FROM a.sent_at) * 1000000)::bigint, 'status', a.status, 'error', a.error,
            'took_ms', a.took_ms) ORDER BY a.number), '[]')::text
        FROM webhook_attempts a
        WHERE a.tenant = %(tenant)b AND a.webhook_id = m.webhook_id AND a.message_id = m.id
    ) AS attempts
FROM webhook_messages m
WHERE m.tenant = %(tenant)b AND m.webhook_id = %(id)b
    AND (%(state)b::text IS NULL OR m.state = %(state)b::text)
    AND coalesce(m.position, 0) > %(after)b::bigint
    AND (coalesce(m.position, 0), m.id) > (%(place)b::bigint, %(message)b::text COLLATE "C")
ORDER BY coalesce(m.position, 0), m.id
LIMIT %(limit)b::bigint;
