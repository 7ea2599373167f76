-- Webhooks that claim to have come further than the log has, and messages about positions that the log does not have.
SELECT format('the webhook %%s has come to position %%s', id, position)
FROM webhooks
WHERE tenant = %(tenant)b AND removed_at IS NULL AND position > %(head)b::bigint
UNION ALL
SELECT format('the message %%s of the webhook %%s is about position %%s', m.id, m.webhook_id, m.position)
FROM webhook_messages AS m
WHERE m.tenant = %(tenant)b AND m.position > %(head)b::bigint
UNION ALL
SELECT format('the message %%s is of the webhook %%s, which there is none of', m.id, m.webhook_id)
FROM webhook_messages AS m
WHERE m.tenant = %(tenant)b
    AND NOT EXISTS (SELECT FROM webhooks AS w WHERE w.tenant = m.tenant AND w.id = m.webhook_id);
