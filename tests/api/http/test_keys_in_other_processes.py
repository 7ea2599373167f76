"""What is done to API keys in one process holds in the others at once, though they remember keys for a while."""

from collections.abc import Iterator

import httpx
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.runtime import key_cache
from api.settings import Settings
from ledger.api_keys import Access
from ledger.ledger import Ledger, open_ledger
from tests.waiting import until


@pytest.fixture
def other(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of another process's application on the log, which forgets no key by itself."""
    monkeypatch.setattr(key_cache, "CACHE_SECONDS", 3600.0)
    with open_ledger(ledger.conninfo, ledger.tenant, migrating=False) as opened:
        app = create_app(Settings(tenant=ledger.tenant, run_workers=False), opened)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            yield client


def test_a_revoked_key_is_refused_and_the_first_key_is_required(ledger: Ledger, other: httpx.Client) -> None:
    assert other.get("/v1/deals").status_code == 200
    access = Access(ledger, ledger.tenant)
    access.make("first", "admin", by="test")
    until(lambda: other.get("/v1/deals").status_code == 401)

    made, key = access.make("desk", "reader", by="test")
    shown = {"Authorization": f"Bearer {key}"}
    assert other.get("/v1/deals", headers=shown).status_code == 200
    access.revoke(made.id, by="test")
    until(lambda: other.get("/v1/deals", headers=shown).status_code == 401)
