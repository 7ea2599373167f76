"""Whether a database that cannot be used now may be used later, without a change of the settings."""

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

TEMPORARY = ("08", "57P")
"""SQLSTATEs of servers that stop, start, or lose connections begin with these."""

ATTEMPT_SECONDS = 5


def may_become_available(conninfo: str, error: psycopg.OperationalError) -> bool:
    """Whether the error is of a server that is not reachable, starts, or is a standby before a failover.

    A server that accepts connections and refuses this one (a wrong password, no such database) will go on to do so.
    """
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return True
    if error.sqlstate is not None:
        return error.sqlstate.startswith(TEMPORARY)
    any_server = make_conninfo(conninfo, target_session_attrs="any", connect_timeout=ATTEMPT_SECONDS)
    try:
        psycopg.connect(any_server).close()
    except psycopg.OperationalError:
        return PGconn.ping(any_server.encode()) != Ping.OK
    return True
