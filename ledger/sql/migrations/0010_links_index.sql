-- The deals that link to a deal are asked for with each state of it: found without going through all things of the log.
CREATE INDEX things_linking ON things (tenant, id, deal_id)
WHERE kind = 'link';
