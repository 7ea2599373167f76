"""Every route, by every method, for every role and without a key: exactly the declared roles are admitted."""

import httpx
import pytest
from fastapi import FastAPI

from api.http.routing import ApiRoute, role_needed
from ledger.api_keys import REACH, ROLES, Access
from ledger.ledger import Ledger

FILLED = {
    "deal_id": "tiktok", "event_id": "first-bid", "name": "bid.submitted", "code": "busy", "path": "0/000",
    "webhook_id": "wh-000000000000", "message_id": "msg_1", "key_id": "key-none", "origin": "none", "import_id": "none",
    "tile": "0/000",
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.mark.parametrize("role", [*ROLES, None])
def test_a_role_reaches_what_it_is_for_and_nothing_else(
    http: httpx.Client, app: FastAPI, deal: str, ledger: Ledger, role: str | None
) -> None:
    access = Access(ledger, ledger.tenant)
    keys = {each: access.make(f"the-{each}", each, by="test")[1] for each in ROLES}
    app.state.runtime.keys.clear()
    shown = {} if role is None else {"Authorization": f"Bearer {keys[role]}"}
    reach = REACH[role] if role is not None else frozenset()
    before = ledger.head().position
    routes = [each for each in app.routes if isinstance(each, ApiRoute)]
    for route in routes:
        path, needed = route.path_format.format_map(FILLED), role_needed(route)
        for method in sorted((route.methods or set()) | ({"HEAD"} if route.methods == {"GET"} else set())):
            if path.endswith("/stream") and method == "GET" and needed in reach:
                continue  # it does not end
            status = http.request(method, path, headers=shown, content=b"[]").status_code
            if needed is None or needed in reach:
                assert status not in (401, 403), (method, path, status)
                assert status < 500 or status == 503, (method, path, status)
            else:
                assert status == (401 if role is None else 403), (method, path, status)
    assert ledger.head().position == before


def test_a_method_that_no_route_has_is_answered_by_nothing_of_ours(http: httpx.Client, app: FastAPI, deal: str) -> None:
    routes = [each for each in app.routes if isinstance(each, ApiRoute)]
    for route in routes:
        path = route.path_format.format_map(FILLED)
        taken = {method for each in routes if each.path_regex.match(path) for method in (*(each.methods or ()), "HEAD")}
        for method in set(METHODS) - taken:
            assert http.request(method, path).status_code in (404, 405), (method, path)
