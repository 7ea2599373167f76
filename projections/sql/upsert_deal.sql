-- Writes a deal's row anew.
INSERT INTO deals (
    deal_id, exists_now, title, kind, subject, jurisdictions, tz, status, phase, parties, opened,
    next_deadline_id, nearest_id, next_due, next_due_day, next_tz, next_is_binding, next_obligation, next_force,
    overdue, words, names, version, position, recorded_at, changes_at, unreadable
)
VALUES (
    %(deal_id)s, %(exists_now)s, %(title)s, %(kind)s, %(subject)s, %(jurisdictions)s::text[], %(tz)s,
    %(status)s, %(phase)s, %(parties)s::text[], %(opened)s,
    %(next_deadline_id)s, %(nearest_id)s, %(next_due)s, %(next_due_day)s, %(next_tz)s, %(next_is_binding)s,
    %(next_obligation)s, %(next_force)s, %(overdue)s, %(words)s, %(names)s::text[], %(version)s, %(position)s,
    to_timestamp(0) + %(recorded_at)s * interval '1 microsecond',
    to_timestamp(0) + %(changes_at)s::bigint * interval '1 microsecond', NULL
)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    exists_now = excluded.exists_now, title = excluded.title, kind = excluded.kind, subject = excluded.subject,
    jurisdictions = excluded.jurisdictions, tz = excluded.tz, status = excluded.status, phase = excluded.phase,
    parties = excluded.parties, opened = excluded.opened, next_deadline_id = excluded.next_deadline_id,
    nearest_id = excluded.nearest_id, next_due = excluded.next_due, next_due_day = excluded.next_due_day,
    next_tz = excluded.next_tz, next_is_binding = excluded.next_is_binding,
    next_obligation = excluded.next_obligation, next_force = excluded.next_force, overdue = excluded.overdue,
    words = excluded.words, names = excluded.names, version = excluded.version, position = excluded.position,
    recorded_at = excluded.recorded_at, changes_at = excluded.changes_at, unreadable = NULL, mac = NULL;
