-- Names a deal that cannot be read, with the reason; what an earlier version said of it stays beside that.
INSERT INTO deals (
    deal_id, exists_now, title, jurisdictions, tz, parties, overdue, words, names,
    version, position, recorded_at, changes_at, unreadable
)
VALUES (
    %(deal_id)s, true, %(title)s, '{}', 'UTC', '{}', 0, %(words)s, '{}', %(version)s, %(position)s,
    to_timestamp(0) + %(recorded_at)s * interval '1 microsecond',
    to_timestamp(0) + %(changes_at)s::bigint * interval '1 microsecond', %(reason)s
)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    exists_now = true, next_deadline_id = NULL, nearest_id = NULL, next_due = NULL, next_due_day = NULL, next_tz = NULL,
    next_is_binding = NULL, next_obligation = NULL, next_force = NULL, overdue = 0, version = excluded.version,
    position = excluded.position, recorded_at = excluded.recorded_at, changes_at = excluded.changes_at,
    unreadable = excluded.unreadable, mac = NULL;
