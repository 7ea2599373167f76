-- How many messages wait to be sent.
SELECT count(*) FROM webhook_messages WHERE tenant = %(tenant)b AND state = 'pending';
