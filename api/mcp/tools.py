"""The tools that an assistant is given: each asks the API one question and names the basis and address of its answer.

Nothing is computed here. A refusal of the API is the tool's error, in the API's own words.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from api import hints
from api.client.client import Client
from domain.errors import ParleyError

INSTRUCTIONS = """Parley is a record of negotiations: deals with deadlines, approvals, orders, litigation and bids.
Every answer holds on a basis: valid_at (the day in the world) and known_at (what was known by then).
State the basis with each fact that you quote, and give its permalink. Dates are days such as 2020-09-12, or instants.
A value with layer "reported" is a report, not a fact. Propose events before anything is recorded."""

MOST_ITEMS = 200
"""Rows that a list returns at most."""

Answer = dict[str, Any]
Returned = TypeVar("Returned")

Deal = Annotated[str, Field(description="The id of a deal, as find_deals returns it.")]
ValidAt = Annotated[str | None, Field(description="The day in the world: a day or an instant; default: now.")]
KnownAt = Annotated[str | None, Field(description="Only what was known by this day or instant; default: the latest.")]
KnownBy = Annotated[str | None, Field(description="recorded (default), or published: what was public.")]
Layer = Annotated[str | None, Field(description="all (default), or facts: without reports.")]
Next = Annotated[str | None, Field(description="`next` of the answer before, for the items that follow.")]
Path = Annotated[str, Field(description="A path of the state, such as /deadlines/dl-divest/due.")]
Events = Annotated[
    list[dict[str, Any]],
    Field(description="Events: each has type, occurred and data; see describe_event_type for the fields of data."),
]

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools on one client of the API."""

    client: Client

    def find_deals(
        self,
        q: str | None = None,
        status: str | None = None,
        phase: str | None = None,
        party: str | None = None,
        valid_at: ValidAt = None,
        known_at: KnownAt = None,
        after: Next = None,
    ) -> Answer:
        """Find deals by words of their title, parties or events (q), status, phase or party, each with its next
        deadline."""
        asked = {"q": q, "status": status, "phase": phase, "party": party}
        return self._listed("/v1/deals", **asked, valid_at=valid_at, known_at=known_at, cursor=after)

    def read_state(
        self,
        deal: Deal,
        valid_at: ValidAt = None,
        known_at: KnownAt = None,
        known_by: KnownBy = None,
        layer: Layer = None,
        sections: Annotated[list[str] | None, Field(description="Only these sections; default: all.")] = None,
    ) -> Answer:
        """Read the state of a deal on a basis: status, deadlines, conditions, bids and the rest, each with its causes.

        For the state at two dates call this twice, or compare for what differs."""
        basis = {"valid_at": valid_at, "known_at": known_at, "known_by": known_by, "layer": layer}
        return _narrowed(self._asked(self.client.path(deal, "state"), **basis), sections)

    def compare(
        self,
        deal: Deal,
        from_valid: str,
        to_valid: str | None = None,
        from_known: str | None = None,
        to_known: str | None = None,
        known_by: KnownBy = None,
    ) -> Answer:
        """Compare a deal on two bases: what happened, what lapsed by time alone, and what was only learned later."""
        asked = {"from_valid": from_valid, "to_valid": to_valid, "from_known": from_known, "to_known": to_known}
        return self._asked(self.client.path(deal, "diff"), **asked, known_by=known_by)

    def history(self, deal: Deal, path: Path, known_at: KnownAt = None) -> Answer:
        """Read which value a path of the state had from when to when, and the events that set each."""
        return self._asked(self.client.path(deal, "history"), path=path, known_at=known_at)

    def deadlines(
        self,
        within: Annotated[str | None, Field(description="Due within so many days, such as 30d.")] = None,
        force: str | None = None,
        party: str | None = None,
        kind: Annotated[str | None, Field(description="The kind of the deal, such as merger.")] = None,
        jurisdiction: Annotated[
            str | None, Field(description="A jurisdiction that the deal names, such as US.")
        ] = None,
        valid_at: ValidAt = None,
        known_at: KnownAt = None,
        after: Next = None,
    ) -> Answer:
        """List the deadlines of all deals, the overdue ones first."""
        asked = {"within": within, "force": force, "party": party, "kind": kind, "jurisdiction": jurisdiction}
        return self._listed("/v1/deadlines", **asked, valid_at=valid_at, known_at=known_at, cursor=after)

    def digest(
        self,
        since: Annotated[str, Field(description="A day or an instant: the changes recorded or passed since then.")],
        deal: Annotated[str | None, Field(description="One deal; default: all deals.")] = None,
        after: Next = None,
    ) -> Answer:
        """Say in sentences what changed since a day, in one deal (the most important first) or across all, by deal."""
        if deal is None:
            return self._listed("/v1/digest", since=since, cursor=after)
        told = self._asked(self.client.path(deal, "digest"), since=since)
        return _bounded(told, int(after) if after and after.isdecimal() else 0)

    def what_if(self, deal: Deal, events: Events, valid_at: ValidAt = None, known_at: KnownAt = None) -> Answer:
        """Say what a deal's state would be with further events. Nothing is recorded."""
        path, body = self.client.path(deal, "what-if"), {"valid_at": valid_at, "known_at": known_at, "events": events}
        given = {name: value for name, value in body.items() if value is not None}
        return _with_basis(self.client.url, path, given, _answered(lambda: self.client.post(path, given)))

    def list_event_types(self) -> Answer:
        """List the types of events, with what each records and its effect."""
        return self._asked("/v1/event-types")

    def describe_event_type(self, name: Annotated[str, Field(description="Such as deadline.extended.")]) -> Answer:
        """Describe one type of event: its JSON Schema, an example and its effect."""
        return _with_basis(
            self.client.url, f"/v1/event-types/{name}", {}, dict(_answered(lambda: self.client.event_type(name)))
        )

    def propose_events(self, deal: Deal, events: Events) -> Answer:
        """Check events for a deal without recording them: the errors, or the warnings that they would bring."""
        return self._record(deal, events, dry_run=True)

    def record_events(self, deal: Deal, events: Events) -> Answer:
        """Record events in a deal. They cannot be removed, only corrected by further events. Propose them first."""
        return self._record(deal, events, dry_run=False)

    def _record(self, deal: str, events: list[dict[str, Any]], *, dry_run: bool) -> Answer:
        told = _answered(lambda: dict(self.client.record(deal, events, dry_run=dry_run)))
        return _with_basis(self.client.url, self.client.path(deal, "events"), {}, {"recorded": not dry_run, **told})

    def _listed(self, where: str, **asked: str | None) -> Answer:
        page = _answered(lambda: dict(self.client.get(where, **asked, limit=MOST_ITEMS)))
        told: Answer = {name: page[name] for name in ("basis", "items", "next") if name in page}
        return _with_basis(self.client.url, where, asked, told)

    def _asked(self, where: str, /, **asked: str | None) -> Answer:
        return _with_basis(self.client.url, where, asked, _answered(lambda: dict(self.client.get(where, **asked))))


def make_server(client: Client, *, version: str, allow_recording: bool) -> MCPServer[Any]:
    """The MCP server on a client of the API. Without `allow_recording` there is no tool that records."""
    made: MCPServer[Any] = MCPServer(
        "parley", title="Parley", instructions=INSTRUCTIONS, version=version, log_level="ERROR"
    )
    tools = Tools(client)
    reading: Iterable[Callable[..., Answer]] = (
        tools.find_deals, tools.read_state, tools.compare, tools.history, tools.deadlines, tools.digest, tools.what_if,
        tools.list_event_types, tools.describe_event_type, tools.propose_events,
    )  # fmt: skip
    for each in reading:
        made.add_tool(each, annotations=READS)
    if allow_recording:
        made.add_tool(tools.record_events, annotations=WRITES)
    return made


def _answered(ask: Callable[[], Returned]) -> Returned:
    """An answer of the API. Raises ToolError with the API's words, those of each fault included."""
    try:
        return ask()
    except ParleyError as refusal:
        problems = [
            f"at {each.pointer}" if each.detail in refusal.detail else f"{each.pointer}: {each.detail}"
            for each in refusal.problems
        ]
        raise ToolError("\n".join([hints.text_of(refusal, hints.ASSISTANT), *problems])) from refusal


def _with_basis(url: str, path: str, asked: Mapping[str, Any], answer: Answer) -> Answer:
    """An answer with the basis that it holds on and the address at which it is read again."""
    given = {name: value for name, value in asked.items() if value is not None}
    basis = answer.get("basis") or {name: value for name, value in given.items() if isinstance(value, str)}
    permalink = (answer.get("basis") or {}).get("permalink") or path + (f"?{urlencode(basis)}" if basis else "")
    return {"basis": basis, "permalink": f"{url}{permalink}", **{k: v for k, v in answer.items() if k != "basis"}}


def _bounded(digest: Answer, first: int) -> Answer:
    """At most MOST_ITEMS items of a digest, from one on, with the `next` of those that follow."""
    end = first + MOST_ITEMS
    more = str(end) if end < len(digest["items"]) else None
    summary = digest["summary"][:MOST_ITEMS] if first == 0 else []
    return {**digest, "items": digest["items"][first:end], "next": more, "summary": summary}


def _narrowed(state: Answer, sections: list[str] | None) -> Answer:
    """A state with the sections that were asked for. Raises ToolError for one that does not exist."""
    if sections is None:
        return state
    unknown = [each for each in sections if each not in state]
    if unknown:
        raise ToolError(f"A state has no section {', '.join(unknown)}. It has {', '.join(state)}.")
    return {name: state[name] for name in ("basis", "permalink", "deal", *sections) if name in state}
