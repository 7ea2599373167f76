-- A new webhook, which is told of what comes after a position.
INSERT INTO webhooks (tenant, id, url, types, deals, description, created_by, secret, position)
VALUES (
    %(tenant)b, %(id)b, %(url)b, %(types)b::text[], %(deals)b::text[], %(description)b::text, %(by)b, %(secret)b,
    %(position)b::bigint
)
RETURNING id;
