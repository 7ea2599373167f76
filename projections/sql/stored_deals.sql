-- The deals of which a checkpoint or places are stored.
SELECT deal_id FROM projections.deal_places WHERE tenant = %(tenant)s
UNION
SELECT deal_id FROM projections.deal_checkpoints WHERE tenant = %(tenant)s
ORDER BY deal_id;
