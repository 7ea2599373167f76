-- Webhooks and their outbox of messages.

-- webhooks --
-- The webhooks that were not deleted, oldest first, with the deals of the list of each: all, or one.
SELECT
    w.id, w.url, w.types, w.deals, w.description, w.created_at, w.created_by, w.secret, w.old_secret, w.old_until, w.position,
    w.notice_days, w.active, w.looked_at, w.failing_since, w.disabled_because, w.list, coalesce(l.deals, '{}')
FROM webhooks AS w
LEFT JOIN deal_lists AS l ON l.tenant = w.tenant AND l.name = w.list AND l.removed_at IS NULL
WHERE w.tenant = %(tenant)b AND w.removed_at IS NULL AND (%(id)b::text IS NULL OR w.id = %(id)b::text)
ORDER BY w.created_at, w.id;

-- insert_webhook --
-- Insert a webhook for events after a position.
INSERT INTO webhooks (
    tenant, id, url, types, deals, list, description, notice_days, active, created_by, secret, position
)
VALUES (
    %(tenant)b, %(id)b, %(url)b, %(types)b::text[], %(deals)b::text[], %(list)b::text, %(description)b::text,
    %(notice)b::integer[], %(active)b, %(by)b, %(secret)b, %(position)b::bigint
)
RETURNING id;

-- update_webhook --
-- Set what a client may change of a webhook. One that is made active again no longer counts as failing.
UPDATE webhooks
SET url = %(url)b, types = %(types)b::text[], deals = %(deals)b::text[], list = %(list)b::text, description = %(description)b::text,
    notice_days = %(notice)b::integer[], active = %(active)b,
    failing_since = CASE WHEN active THEN failing_since END,
    disabled_because = CASE WHEN NOT %(active)b THEN disabled_because END
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;

-- rotate_webhook_secret --
-- A new secret; the old one signs beside it for a while.
UPDATE webhooks
SET old_secret = secret, old_until = clock_timestamp() + %(seconds)b::bigint * interval '1 second', secret = %(secret)b
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;

-- disable_webhook --
-- Disable a webhook until it is made active again. Its outbox stays.
UPDATE webhooks SET active = false, disabled_because = %(because)b
WHERE tenant = %(tenant)b AND id = %(id)b AND active
RETURNING id;

-- remove_webhook --
-- Delete a webhook: nothing more is sent to it. Its log stays.
UPDATE webhooks SET removed_at = clock_timestamp()
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;

-- insert_event_messages --
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

-- insert_time_messages --
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

-- insert_ping --
-- Insert a ping: a message without an event.
INSERT INTO webhook_messages (tenant, webhook_id, id, position, state)
VALUES (%(tenant)b, %(webhook)b, %(id)b, NULL, 'pending')
RETURNING id;

-- due_webhooks --
-- Active webhooks that have messages due. Those in `busy` are being sent to already.
SELECT w.id
FROM webhooks w
WHERE w.tenant = %(tenant)b AND w.removed_at IS NULL AND w.active AND NOT w.id = ANY (%(busy)b::text[])
    AND EXISTS (
        SELECT FROM webhook_messages
        WHERE tenant = %(tenant)b AND webhook_id = w.id AND state = 'pending' AND due_at <= clock_timestamp()
    );

-- claim_messages --
-- Take messages of a webhook that are due, leasing each so that no other process sends it meanwhile.
UPDATE webhook_messages m
SET due_at = clock_timestamp() + %(lease)b::bigint * interval '1 second', attempts = m.attempts + 1
FROM (
    SELECT id
    FROM webhook_messages
    WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND state = 'pending' AND due_at <= clock_timestamp()
    ORDER BY due_at, position
    LIMIT %(limit)b::bigint
    FOR UPDATE SKIP LOCKED
) AS due
WHERE m.tenant = %(tenant)b AND m.webhook_id = %(webhook)b AND m.id = due.id
RETURNING m.webhook_id, m.id, m.position, m.attempts, m.body;

-- seconds_to_next_message --
-- In how many seconds the next message is due, of webhooks that are not in `busy`; no row where none waits.
SELECT extract(epoch FROM next.due_at - clock_timestamp())::float8 AS seconds
FROM webhooks w
CROSS JOIN LATERAL (
    SELECT due_at
    FROM webhook_messages
    WHERE tenant = %(tenant)b AND webhook_id = w.id AND state = 'pending'
    ORDER BY due_at
    LIMIT 1
) AS next
WHERE w.tenant = %(tenant)b AND w.removed_at IS NULL AND w.active AND NOT w.id = ANY (%(busy)b::text[])
ORDER BY seconds
LIMIT 1;

-- insert_attempt --
-- The result of a delivery: a row of its log, the message's state and next attempt, and since when the webhook fails.
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

-- retry_message --
-- Send a message again now, with all its attempts before it.
UPDATE webhook_messages SET state = 'pending', attempts = 0, due_at = clock_timestamp()
WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND id = %(id)b
RETURNING id;

-- replay_webhook --
-- Queue again, as new attempts of the same messages, the matching events after a position.
WITH again AS (
    UPDATE webhook_messages SET state = 'pending', attempts = 0, due_at = clock_timestamp()
    WHERE tenant = %(tenant)b AND webhook_id = %(id)b AND position > %(after)b::bigint
)
UPDATE webhooks SET position = least(position, %(after)b::bigint)
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;

-- webhook_deliveries --
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

-- pending_messages --
-- The number of queued messages.
SELECT count(*) FROM webhook_messages WHERE tenant = %(tenant)b AND state = 'pending';
