-- A message that tells of no event, to try a webhook out.
INSERT INTO webhook_messages (tenant, webhook_id, id, position, state)
VALUES (%(tenant)b, %(webhook)b, %(id)b, NULL, 'pending')
RETURNING id;
