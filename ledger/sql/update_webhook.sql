-- Set what a client may change of a webhook.
UPDATE webhooks
SET url = %(url)b, types = %(types)b::text[], deals = %(deals)b::text[], description = %(description)b::text
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;
