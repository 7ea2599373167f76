-- Throws away every checkpoint and place of the log; the deals of which there was one.
WITH places AS (
    DELETE FROM projections.deal_places WHERE tenant = %(tenant)s RETURNING deal_id
),
checkpoints AS (
    DELETE FROM projections.deal_checkpoints WHERE tenant = %(tenant)s RETURNING deal_id
)
SELECT deal_id FROM places UNION SELECT deal_id FROM checkpoints;
