"""The contents of a state as plain text: how it ended, agreements, terms, votes, stances, values, what is unknown."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from api.cli.output import styled
from domain.entities.agreement import Agreement
from domain.entities.approval import Approval
from domain.entities.variant import Variant
from domain.fields.types import ANY_ENTITY, PARTY, Reference
from domain.sections.links import INVERSE_RELATIONS
from domain.sections.wording import VERDICTS
from domain.sentences import amounts
from domain.sentences.dates import date_text
from domain.sentences.names import Names
from domain.sentences.words import capitalized, plain, tally, word
from domain.state_paths import ERASED, members
from projections.sentences.member_references import reference_in
from projections.sentences.rule_texts import rule_text

State = Mapping[str, Any]
Lines = Iterable[Text]

VARIANT = Reference((Variant.KIND,))

WITH_IDS = "with_ids"
"""A member of a state that is printed with the ids behind its names."""

STATED = {"stated": "", "reported": " (reported)"}
"""Which of two stances a line is about, and what it says of that."""


def id_of(state: State, name: str) -> str:
    """The id of an entry, in brackets, where ids were asked for."""
    return f" ({name})" if state.get(WITH_IDS) else ""


def ended(state: State) -> Lines:
    """How the deal ended, by whom and under which agreement."""
    end, names = state.get("ended"), Names(state)
    if not isinstance(end, Mapping):
        return
    how, on = end.get("how", ERASED), end.get("on", ERASED)
    agreement = f"under {names.phrase(Agreement, end['agreement_id'])}" if end.get("agreement_id") else None
    fee = f"for a fee of {amounts.money(end['fee'])}" if end.get("fee") else None
    by = f"by {_party(names, end['by'])}" if end.get("by") else None
    parts = (f"{capitalized(plain(how))} on {_day(on)}", by, agreement, fee)
    yield styled((" ".join(part for part in parts if part), "bold"), ".")
    for told in (end.get("reason"), end.get("structure"), _stakes(names, end.get("stakes"))):
        if told:
            yield styled(f"{told}.")


def agreements(state: State) -> Lines:
    """Each agreement: how far it goes, between whom and since when; price and consideration; what it covers."""
    names = Names(state)
    for name, agreement in (state.get("agreements") or {}).items():
        level = agreement.get("level")
        binding = {True: ", binding", False: ", not binding"}.get(agreement.get("binding"), "")
        between = names.all_of(members(agreement.get("parties")), PARTY)
        since = f", since {_day(agreement['since'])}" if agreement.get("since") else ""
        said = word("agreement", level) if level else "agreement"
        yield styled(
            (capitalized(said), "bold"), f"{binding}{since}{id_of(state, name)}", f": {between}" if between else ""
        )
        paid = [
            f"price {amounts.money(agreement['price'])}" if agreement.get("price") else None,
            _consideration(agreement.get("consideration")),
            f"outside date {_day(agreement['outside_date'])}" if agreement.get("outside_date") else None,
            f"covers {amounts.listed(map(plain, members(agreement['covers'])))}" if agreement.get("covers") else None,
            f"structure {names.of(agreement['variant_id'], VARIANT)}" if agreement.get("variant_id") else None,
            _stakes(names, agreement.get("stakes")),
        ]
        told = "; ".join(each for each in paid if each)
        if told:
            yield styled(f"  {told}")
        if agreement.get("summary"):
            yield styled(f"  {agreement['summary']}")


def terms(state: State) -> Lines:
    """The terms that hold now."""
    for name, term in (state.get("terms") or {}).items():
        since = f", since {_day(term['since'])}" if term.get("since") else ""
        until = f", until {_day(term['until'])}" if term.get("until") else ""
        yield styled((f"{plain(name)}: ", "bold"), _value(term.get("value")), (f"{since}{until}", "dim"))


def votes(state: State) -> Lines:
    """The votes on the deal."""
    names = Names(state)
    for vote in members(state.get("votes")):
        if vote == ERASED:
            continue
        figures = tally(vote.get("votes_for"), vote.get("votes_against"), vote.get("votes_abstaining"))
        said = f" on {_day(vote['on'])}: {vote.get('question') or ''}{f' ({figures})' if figures else ''}"
        yield styled((f"{plain(vote.get('outcome'))} ", "bold"), _party(names, vote.get("body")), said)
        if vote.get("effect"):
            yield styled(f"  {vote['effect']}")


def stances(state: State) -> Lines:
    """What each party wants, as stated and as reported."""
    names = Names(state)
    for party, issues in (state.get("stances") or {}).items():
        for issue, held in issues.items():
            for kind, suffix in STATED.items():
                entry = held.get(kind) if isinstance(held, Mapping) else None
                if not isinstance(entry, Mapping):
                    continue
                since = f", since {_day(entry['since'])}" if entry.get("since") else ""
                said = word("stance", str(entry.get("stance")))
                yield styled((_party(names, party), "bold"), f" {said} {plain(issue)}{suffix}", (since, "dim"))


def valuation(state: State) -> Lines:
    """What it was said to be worth."""
    found = state.get("valuation") or {}
    if not isinstance(found, Mapping):
        return
    if found.get("low") or found.get("high"):
        count = amounts.count(found.get("count") or 0, "report")
        yield styled(amounts.money_range(found.get("low"), found.get("high")), (f" ({count})", "dim"))
    elif found.get("why"):
        yield styled(str(found["why"]))


def feasibility(state: State) -> Lines:
    """Whether each outstanding approval can come before the nearest date of closing, in words."""
    found, names = state.get("feasibility") or {}, Names(state)
    reviews = found.get("approvals") if isinstance(found, Mapping) else None
    if not isinstance(reviews, Mapping) or not reviews:
        return
    goal = f" by {_day(found['due'])}" if found.get("due") else ""
    for name, review in reviews.items():
        verdict = VERDICTS.get(review["verdict"], plain(review["verdict"]))
        filed = f", filed {_day(review['filed'])}" if review.get("filed") else ", not filed yet"
        last = f", to be filed by {_day(review['latest_filing'])}" if review.get("latest_filing") else ""
        yield styled(f"A decision on {names.phrase(Approval, name)}{goal} is ", (verdict, "bold"), f"{filed}{last}")


def unknowns(state: State) -> Lines:
    """What an analyst must know to be missing, each by what it is about."""
    names = Names(state)
    for each in members(state.get("unknowns")):
        if each == ERASED:
            continue
        about = names.known(each["id"], reference_in(each, "id") or ANY_ENTITY) if each.get("id") else None
        yield styled((f"{about or each.get('id') or plain(each.get('kind'))}: ", "bold"), rule_text(each["why"], state))


def other_acts(state: State) -> Lines:
    """Pressures, penalties and remedies."""
    names = Names(state)
    for name, entry in (state.get("pressures") or {}).items():
        against = f" against {names.all_of(members(entry['against']), PARTY)}" if entry.get("against") else ""
        kind = word("pressure", entry.get("kind") or name)
        yield styled((f"{plain(entry['status'])} ", "dim"), f"{kind} by {_party(names, entry.get('by'))}{against}")
    for entry in (state.get("penalties") or {}).values():
        amount = f" of {amounts.money(entry['amount'])}" if entry.get("amount") else ""
        on = f" on {names.all_of(members(entry['on']), PARTY)}" if entry.get("on") else ""
        yield styled((f"{plain(entry['status'])} ", "dim"), f"penalty{amount}{on} by {_party(names, entry.get('by'))}")
    for name, entry in (state.get("remedies") or {}).items():
        yield styled((f"{plain(entry.get('status'))} ", "dim"), str(entry.get("summary") or name))


def links(state: State) -> Lines:
    """What the deal is to other deals, with their titles and status, whichever record says so."""
    for link in members(state.get("links")):
        if not isinstance(link, Mapping):
            continue
        name, other = link["other_deal"], link.get("other") or {}
        status = f" ({plain(other['status'])})" if other.get("status") else ""
        since = f", since {_day(link['since'])}" if link.get("since") else ""
        shown = f"{id_of(state, name)}{status}" if other.get("title") else ""
        relation = INVERSE_RELATIONS.get(link["relation"], plain(link["relation"]))
        reported = " (reported)" if link.get("layer") == "reported" else ""
        yield styled(
            (f"{relation} ", "dim"), (other.get("title") or name, "bold"), f"{shown}{reported}", (since, "dim")
        )
        if link.get("note"):
            yield styled(f"  {link['note']}")
    if omitted := state["basis"].get("links_omitted"):
        yield styled((f"{omitted} more linked deals were not read", "dim"))


def _party(names: Names, party: str | None) -> str:
    """A party by its name, also where an entity of another kind has the same id."""
    return names.of(party, PARTY)


def _day(written: str) -> str:
    """A date in words; the mark of an erasure unchanged."""
    return written if written == ERASED else date_text(written)


def _consideration(value: Mapping[str, Any] | str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return amounts.consideration(value) or None


def _stakes(names: Names, stakes: Any) -> str | None:
    """Who holds how much: `Oracle 15%, bytedance 19.9%`."""
    held = [each for each in members(stakes) if isinstance(each, Mapping)]
    if not held:
        return None
    return "held by " + ", ".join(f"{names.of(each['holder'], PARTY)} {amounts.percent(each['pct'])}" for each in held)


def _value(value: Any) -> str:
    """The value of a term: a text, money, a list or an object of them."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_value, value))
        case {"amount": _}:
            return amounts.money(value)
        case dict():
            return "; ".join(_member(name, each) for name, each in value.items() if each is not None)
        case int() | float():
            return f"{value:,}"
    return str(value)


def _member(name: str, value: Any) -> str:
    return f"{plain(name)} {_value(value)}"
