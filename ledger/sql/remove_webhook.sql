-- Tell a webhook of nothing more. Its log stays.
UPDATE webhooks SET removed_at = clock_timestamp()
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;
