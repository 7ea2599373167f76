-- Folded states of whole deals are no longer stored: versions of entities take their place, in the schema of a projection.
DROP TABLE IF EXISTS projections.deal_places, projections.deal_checkpoints;
