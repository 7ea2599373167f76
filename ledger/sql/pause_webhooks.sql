-- Send to no webhook of the log until each is made active again. Their outboxes stay.
UPDATE webhooks SET active = false, disabled_because = %(because)s
WHERE tenant = %(tenant)s AND removed_at IS NULL AND active
