"""Every limit at the doors, by name."""

BODY_BYTES = 1024 * 1024
"""Of a request's body, imports excepted: more is 413."""

BATCH_EVENTS = 500
"""Events of one request: more is 422."""

IMPORT_BYTES = 8 * 1024**3
"""Of the body of an import: more is 413."""

EXPANDED_BYTES = 8 * 1024 * 1024
"""Of a compressed body, however few its own bytes are."""

EXPANSION = 250
"""Bytes that each byte of a compressed body may stand for beyond that: text has a tenth of it, and a megabyte of zeros
a gigabyte."""

IMPORTS_AT_ONCE = 4
"""Imports that are judged and recorded at the same time; further ones wait, their bodies on disk."""

LINE_BYTES = 64 * 1024
"""Of one line of an import."""

PAGE_ITEMS = 100
"""Of a page for which no limit was asked."""

PAGE_MOST = 1000
"""Of a page."""

ERRORS_LISTED = 1000
"""Problems told in one answer, those of an import's lines excepted; the rest are counted. At least BATCH_EVENTS, so
that every event of a request can be heard of."""

QUERY_CHARACTERS = 8 * 1024
"""Of a query string."""

KEY_CHARACTERS = 255
"""Of an Idempotency-Key."""

STOP_SECONDS = 3
"""From the wish to stop until the last connection is closed."""

BODY_PART_SECONDS = 15.0
"""A client that sends nothing of a body for so long is let go."""

POSITION_WAIT_SECONDS = 5.0
"""For so long a reader waits for the position that it asks for."""

COMPRESSED_BYTES = 4 * 1024
"""A longer answer is compressed for who takes that."""

STREAMS = 1_000
"""Live streams of one process."""

HEARTBEAT_SECONDS = 15.0
"""A stream on which nothing happens says so after this time."""

TIME_SECONDS = 1.0
"""So often a stream that asks for it is told what time has made."""

SLOW_SECONDS = 30.0
"""A reader of a stream who takes nothing for so long is let go."""

SWITCH_SECONDS = 0.001
"""A thread that computes hands the interpreter on after this time, where another waits for it."""

QUERY_WAIT_SECONDS = 5.0
"""For so long a costly query waits for a worker."""

QUERIES_WAITING = 64
"""Costly queries that wait for a worker."""

QUERY_GRACE_SECONDS = 2.0
"""A costly query that has not ended so long after its deadline is answered without it."""

QUERY_STRETCH_SECONDS = 0.25
"""A stream of costly parts holds a worker for about so long at a time."""

QUERY_STRETCH_PARTS = 256
"""Parts of such a stretch, at most."""

IDLE_SECONDS = 30
"""An idle connection is kept open for the next request."""

WAIT_SECONDS = 10.0
"""For so long a request that records waits for its proof, if it prefers to."""

NOTE_BYTES = 64 * 1024
"""Of a checkpoint that is sent here: a witness's, or one kept from earlier."""

HEAD_BYTES = 32 * 1024
"""Of the head of a request: more is 431."""

HEADERS = 100
"""Of a request: more is 431."""

TARGET_BYTES = 16 * 1024
"""Of a request's target, path and query: more is 414."""

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a request, to the end of its head."""

BODY_BYTES_PER_SECOND = 512
"""A body that comes more slowly is not waited for: each part extends the time by so much, and no more."""

PIPELINED_REQUESTS = 64
"""Requests that a connection may send ahead of the answers."""

CONNECTIONS = 10_000
"""Of one server, where its open files suffice for that."""

DESCRIPTORS_KEPT = 128
"""Open files that are no client's: the connections to PostgreSQL, files, and clients that are being refused."""

REFUSED_CONNECTIONS = 32
"""Clients beyond the bound that are waited for until they have read so; for more of them nobody waits."""

IDLE_FREED_SECONDS = 1.0
"""Where the server is full, a connection that has asked nothing for so long makes room for another."""

LINGER_SECONDS = 2.0
"""A closed connection waits so long for its client to have read the last answer."""

LINGER_BYTES = 64 * 1024 * 1024
"""Of what a client sends after the end of its connection: thrown away; more cuts it off."""

READY_SECONDS = 1.5
"""A database that has not answered within this time makes the server unready."""

POSITION_WAITERS = 2_000
"""Readers that wait for a log to grow, streams among them: beyond, none may wait for a position."""

LARGE_BODY_BYTES = 32 * 1024
"""A larger body is decoded in a thread, so that the others are not kept waiting."""

FAULTS_EXPLAINED = 200
"""Of one event that was refused: the rest of its faults are counted."""

VALUES_EXPLAINED = 2_000
"""Of an event that was refused: so many members and items are looked at to say what is wrong."""

STRANGERS_EXPLAINED = 200
"""Of one object: so many members that no type declares are looked at."""

ADMISSION_SECONDS = 2.0
"""A stream whose reader's key no longer holds ends within this time, and the time for which a key is recalled."""

CALENDARS_KEPT = 4
"""Calendars of all deals that are kept, for each log, until a deadline changes."""
