-- Every checkpoint of a deal that this code has made, with its things.
SELECT start, rank, last_version, version, kind, open_versions, things
FROM projections.deal_checkpoints
WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND code = %(code)s;
