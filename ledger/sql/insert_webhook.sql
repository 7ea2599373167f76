-- A new webhook, which is told of what comes after a position.
INSERT INTO webhooks (tenant, id, url, types, deals, description, notice_days, active, created_by, secret, position)
VALUES (
    %(tenant)b, %(id)b, %(url)b, %(types)b::text[], %(deals)b::text[], %(description)b::text, %(notice)b::integer[],
    %(active)b, %(by)b, %(secret)b, %(position)b::bigint
)
RETURNING id;
