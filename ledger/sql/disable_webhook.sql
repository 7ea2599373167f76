-- Send to a webhook no more until somebody makes it active again. Its outbox stays.
UPDATE webhooks SET active = false, disabled_because = %(because)b
WHERE tenant = %(tenant)b AND id = %(id)b AND active
RETURNING id;
