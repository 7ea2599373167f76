-- Writes a deal's row anew.
INSERT INTO deals (
    deal_id, exists_now, title, kind, subject, status, phase, parties, opened,
    next_deadline_id, next_due, next_due_day, next_is_binding, version, position, recorded_at, changes_at
)
VALUES (
    %(deal_id)s, %(exists_now)s, %(title)s, %(kind)s, %(subject)s, %(status)s, %(phase)s, %(parties)s::text[], %(opened)s,
    %(next_deadline_id)s, %(next_due)s, %(next_due_day)s, %(next_is_binding)s, %(version)s, %(position)s,
    to_timestamp(0) + %(recorded_at)s * interval '1 microsecond', to_timestamp(0) + %(changes_at)s::bigint * interval '1 microsecond'
)
ON CONFLICT (tenant, deal_id) DO UPDATE SET
    exists_now = excluded.exists_now, title = excluded.title, kind = excluded.kind, subject = excluded.subject,
    status = excluded.status, phase = excluded.phase, parties = excluded.parties, opened = excluded.opened,
    next_deadline_id = excluded.next_deadline_id, next_due = excluded.next_due, next_due_day = excluded.next_due_day,
    next_is_binding = excluded.next_is_binding, version = excluded.version, position = excluded.position,
    recorded_at = excluded.recorded_at, changes_at = excluded.changes_at;
