-- Send a message again now, with all its attempts before it.
UPDATE webhook_messages SET state = 'pending', attempts = 0, due_at = clock_timestamp()
WHERE tenant = %(tenant)b AND webhook_id = %(webhook)b AND id = %(id)b
RETURNING id;
