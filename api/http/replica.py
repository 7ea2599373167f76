"""Requests to a server on a hot standby that only its primary can answer: they are redirected or refused."""

from urllib.parse import quote

from starlette.requests import Request

from api.errors import ReadOnlyServer, WriterElsewhere
from api.http.authentication import Caller
from api.runtime.runtime import Runtime
from ledger.api_keys import NoPrimary


def refuse_on_replica(request: Request, who: Caller) -> None:
    """On a server that reads from a hot standby, refuse a request that changes something, or redirect it.

    Raises ReadOnlyServer, and Busy while the database is switched over.
    """
    if not who.ledger.standby:
        return
    who.ledger.refuse_switching()
    elsewhere = _at_writer(request)
    if elsewhere is None:
        extra = {"headers": {"Allow": "GET, HEAD"}}
        raise ReadOnlyServer("This server is a replica, which records nothing: send this to the writer.", extra=extra)
    raise WriterElsewhere(
        f"This server is a replica, which records nothing: {elsewhere} does.",
        extra={"headers": {"Location": elsewhere}, "location": elsewhere},
    )


def note_read(request: Request, who: Caller, path: str) -> None:
    """Record a read of evidence. Raises NoPrimary, with a link to the writer, where a replica cannot; and Busy."""
    try:
        who.log.access.note_read(who.principal, path)
    except NoPrimary as refused:
        elsewhere = _at_writer(request)
        if elsewhere is None:
            raise
        link = {"headers": {"Link": f'<{elsewhere}>; rel="alternate"'}, "location": elsewhere}
        raise NoPrimary(f"{refused.detail} {elsewhere} has it.", extra=link) from None


def _at_writer(request: Request) -> str | None:
    """The address of a request on the server that records; None where that is not known."""
    runtime: Runtime = request.app.state.runtime
    writer = runtime.settings.writer_url
    if writer is None:
        return None
    query = request.scope["query_string"].decode("latin-1")
    return f"{writer}{quote(request.url.path)}{'?' if query else ''}{query}"
