"""All limits of the API, by name."""

BODY_BYTES = 1024 * 1024
"""Of a request's body, imports excepted: more is 413."""

BATCH_EVENTS = 500
"""Events of one request: more is 422."""

IMPORT_BYTES = 8 * 1024**3
"""Of the body of an import: more is 413."""

EXPANDED_BYTES = 8 * 1024 * 1024
"""Of a compressed body after decoding, regardless of its compressed size."""

EXPANSION = 250
"""Expansion ratio of a compressed body beyond that: text has a tenth of it, and a megabyte of zeros
a gigabyte."""

IMPORTS_AT_ONCE = 4
"""Concurrent imports; further ones wait, with their bodies on disk."""

JOBS_OPEN = 20
"""Background jobs of one principal that wait or run: more is 429."""

JOBS_OPEN_BYTES = 32 * 1024**3
"""Of the bodies of a log's background jobs that wait or run: more is 429."""

JOB_REPORTS = 100
"""Ended background jobs whose reports can be read; the oldest are removed first."""

JOB_REPORT_SECONDS = 3600
"""For so long after its end the report of a background job can be read."""

LINE_BYTES = 64 * 1024
"""Of one line of an import."""

PAGE_ITEMS = 100
"""Default page size."""

PAGE_MOST = 1000
"""Maximum page size."""

LIST_DEALS = 10_000
"""Deals of one list: more is 422."""

ERRORS_LISTED = 1000
"""Faults listed in one response, except those of an import; the rest are counted. At least BATCH_EVENTS, so
that every event of a request can have one."""

QUERY_CHARACTERS = 8 * 1024
"""Of a query string."""

KEY_CHARACTERS = 255
"""Of an Idempotency-Key."""

STOP_SECONDS = 3
"""Grace period of a stop, until the last connection is closed."""

BODY_PART_SECONDS = 15.0
"""A client that sends nothing of a body for this time is disconnected."""

POSITION_WAIT_SECONDS = 5.0
"""Timeout of waiting for a minimum position."""

COMPRESSED_BYTES = 4 * 1024
"""A longer response is compressed if the client accepts it."""

COMPRESSED_HELD_BYTES = 256 * 1024
"""A longer response is compressed each time; of those up to it the last are held, with their compressed form."""

STREAMS = 1_000
"""Concurrent streams of one process."""

HEARTBEAT_SECONDS = 15.0
"""Interval of heartbeats on an idle stream."""

TIME_SECONDS = 1.0
"""Interval of scans for time events, for streams that include them."""

SLOW_SECONDS = 30.0
"""A client of a stream that reads nothing for this time is disconnected."""

SWITCH_SECONDS = 0.001
"""The switch interval of the interpreter between threads."""

PROCESS_EVENTS = 2_000
"""Events of a deal, or of a log where a query is about all of it, from which on a costly query has a process of its
own: below, a trip to it costs more than the query."""

QUERY_IDLE_SECONDS = 120.0
"""A process for costly queries that has none for so long ends, and what it holds in memory is freed."""

QUERY_WAIT_SECONDS = 5.0
"""Timeout of a costly query that waits for a worker."""

QUERIES_WAITING = 64
"""Costly queries that may wait for a worker."""

QUERY_GRACE_SECONDS = 2.0
"""Time after its deadline at which a costly query that has not ended is abandoned."""

AUDIT_SECONDS = 600.0
"""The deadline of each batch of lines of an audit: a projection is compared in one transaction, without a line."""

QUERY_STRETCH_SECONDS = 0.25
"""Time for which a streamed costly query holds a worker at once."""

QUERY_STRETCH_PARTS = 256
"""Parts produced in that time, at most."""

IDLE_SECONDS = 30
"""Keep-alive timeout of an idle connection."""

WAIT_SECONDS = 10.0
"""Maximum of `Prefer: wait`, for a request that waits for its proof."""

NOTE_BYTES = 64 * 1024
"""Of a checkpoint in a request body: one of a witness, or an earlier one."""

HEAD_BYTES = 32 * 1024
"""Of the head of a request: more is 431."""

HEADERS = 100
"""Of a request: more is 431."""

TARGET_BYTES = 16 * 1024
"""Of a request's target, path and query: more is 414."""

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a request, to the end of its head."""

BODY_BYTES_PER_SECOND = 512
"""Minimum rate of a body: each byte extends its deadline by this much."""

PIPELINED_REQUESTS = 64
"""Pipelined requests of a connection."""

CONNECTIONS = 10_000
"""Connections of one server, if its limit of open files permits them."""

DESCRIPTORS_KEPT = 128
"""Open files reserved for other uses: connections to PostgreSQL, files, and clients that are being refused."""

REFUSED_CONNECTIONS = 32
"""Refused clients that may take their time to read the 503 response; further ones are closed at once."""

IDLE_FREED_SECONDS = 1.0
"""Idle time after which a connection is closed to make room on a full server."""

LINGER_SECONDS = 2.0
"""Time for which a closed connection lingers until its client has read the last response."""

LINGER_BYTES = 64 * 1024 * 1024
"""Bytes that are discarded from a lingering connection; more closes it."""

READY_SECONDS = 1.5
"""Timeout of the database after which the server is not ready."""

POSITION_WAITERS = 2_000
"""Readers that wait for a log to grow, including streams; beyond it no request may wait for a position."""

LARGE_BODY_BYTES = 32 * 1024
"""A larger body is decoded in a thread, so that other requests do not wait."""

FAULTS_EXPLAINED = 200
"""Faults listed of one event; the rest are counted."""

VALUES_EXPLAINED = 2_000
"""Members and items of an invalid event that are examined for faults."""

STRANGERS_EXPLAINED = 200
"""Undeclared members of one object that are examined."""

ADMISSION_SECONDS = 2.0
"""A stream whose key is no longer valid ends within this time and the lifetime of the key cache."""

LOGS = 256
"""Open logs beside the main one, by default."""

CALENDARS_KEPT = 4
"""Cached calendars of all deals, for each log."""
