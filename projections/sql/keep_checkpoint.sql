-- Stores a checkpoint.
INSERT INTO projections.deal_checkpoints (
    tenant, deal_id, version, start, rank, last_version, kind, open_versions, things, things_hash, code, mac
)
VALUES (
    %(tenant)s, %(deal)s, %(version)s, %(start)s, %(rank)s, %(last)s, %(kind)s, %(open)s, %(things)s, %(hash)s,
    %(code)s, %(mac)s
)
ON CONFLICT (tenant, deal_id, start, rank, last_version, version, kind) DO UPDATE SET
    open_versions = excluded.open_versions, things = excluded.things, things_hash = excluded.things_hash,
    code = excluded.code, mac = excluded.mac;
