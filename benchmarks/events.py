"""The developments that are measured with: realistic in size, made before the clock starts."""

from collections.abc import Mapping
from itertools import count

import orjson

import domain.events  # noqa: F401 - registers the vocabulary
from domain.envelope import Submission
from domain.event import REGISTRY
from domain.time.edtf import When
from ledger.encoding.event_codec import payload

_numbers = count(1)


def opening(deal_id: str) -> Submission:
    """A deal's first event."""
    return _made(deal_id, "deal.opened", {"data": dict(REGISTRY["deal.opened"].EXAMPLE)}, "2020-08-06")


def bid(deal_id: str, number: int, entities: int = 200) -> Submission:
    """One of `entities` bids, moving; some 400 bytes of payload."""
    sent = {
        "data": {
            "bid_id": f"bid-{number % entities}",
            "bidders": ["microsoft", "walmart"],
            "territories": ["US", "CA", "AU", "NZ"],
            "price": {"amount": str(20_000_000_000 + number), "currency": "USD"},
        },
        "actor": "microsoft",
        "summary": "Microsoft and Walmart bid for the business in the United States",
        "sources": [
            {"title": "Walmart joins Microsoft's bid", "publisher": "CNBC", "url": "https://www.cnbc.com/2020/08/27"}
        ],
    }
    return _made(deal_id, "bid.submitted", sent, f"2020-{1 + number % 12:02}-{1 + number % 28:02}")


def _made(deal_id: str, type_name: str, sent: Mapping[str, object], occurred: str) -> Submission:
    return Submission(
        deal_id=deal_id,
        id=f"event-{next(_numbers)}",
        type=type_name,
        schema_version=1,
        occurred=When.parse(occurred),
        published=None,
        payload=payload(type_name, orjson.dumps(sent)),
        sent=sent,
    )
