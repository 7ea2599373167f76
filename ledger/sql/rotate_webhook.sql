-- A new secret; the old one signs beside it for a while.
UPDATE webhooks
SET old_secret = secret, old_until = clock_timestamp() + %(seconds)b::bigint * interval '1 second', secret = %(secret)b
WHERE tenant = %(tenant)b AND id = %(id)b AND removed_at IS NULL
RETURNING id;
