"""A page of another site, in a browser on the machine of a server without keys, reads nothing and changes nothing."""

import httpx
import pytest

from tests.api.conftest import bid, refused
from tests.api.live_server import Running, status_of

HERE = "127.0.0.1"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "strange"])
@pytest.mark.parametrize(("mode", "place"), [("no-cors", "empty"), ("cors", "empty"), ("navigate", "document")])
def test_nothing_is_recorded_for_another_site(http: httpx.Client, deal: str, site: str, mode: str, place: str) -> None:
    fetched = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": place}
    refused(http.post(f"{deal}/events", json=bid("b2"), headers=fetched), 403, "forbidden")
    refused(http.post("/v1/keys", json={"principal": "me", "role": "admin"}, headers=fetched), 403, "forbidden")
    refused(http.delete("/v1/keys/key-none", headers=fetched), 403, "forbidden")
    assert http.get(f"{deal}/events").json()["items"][-1]["version"] == 2


@pytest.mark.parametrize("place", ["image", "script", "style", "iframe", "object", "embed", "empty", "font"])
@pytest.mark.parametrize("path", ["/v1/deals", "/", "/deals/tiktok", "/metrics", "/v1/events"])
def test_nothing_is_computed_for_what_another_site_embeds(http: httpx.Client, deal: str, path: str, place: str) -> None:
    mode = "navigate" if place in ("iframe", "object", "embed") else "no-cors"
    fetched = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": place}
    assert http.get(path, headers=fetched).status_code == 403


def test_a_link_of_another_site_may_be_followed(http: httpx.Client, deal: str) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert http.get("/deals/tiktok", headers=followed).status_code == 200
    assert http.get(f"{deal}/state", headers=followed).status_code == 200


def test_the_page_itself_and_programs_are_not_hindered(http: httpx.Client, deal: str) -> None:
    own = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    assert http.post(f"{deal}/events", json=bid("b2"), headers=own).status_code == 201
    assert http.post(f"{deal}/events", json=bid("b3"), headers={"Sec-Fetch-Site": "none"}).status_code == 201
    assert http.post(f"{deal}/events", content=b'{"type": "deal.paused"}').status_code == 422


@pytest.mark.parametrize(
    "media",
    ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
@pytest.mark.parametrize("path", ["/v1/deals/tiktok/events", "/v1/deals", "/v1/imports", "/v1/keys", "/v1/webhooks"])
def test_a_form_is_no_body_of_the_api(http: httpx.Client, deal: str, path: str, media: str) -> None:
    sent = http.post(path, content=b'{"x": "="}', headers={"Content-Type": media})
    refused(sent, 415, "unsupported-media-type")


def test_a_route_that_takes_text_takes_it(http: httpx.Client, deal: str) -> None:
    answer = http.post("/v1/audit/verify", content=b"", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1:8000@evil.example",
     "evil@localhost", "localhost:8000:9", "localhost:", "[::1]evil.example", "127.1", "2130706433", "0x7f.0.0.1",
     "0177.0.0.1", "[::ffff:1.2.3.4]", "localhost/evil.example", "localhost evil.example", "localhost,evil.example",
     "0.0.0.0", "[::]", "*", "localhost:999999"],
)  # fmt: skip
def test_a_host_that_is_not_plainly_this_machine_is_refused(http: httpx.Client, deal: str, host: str) -> None:
    refused(http.get(f"{deal}/state", headers={"Host": host}), 403, "forbidden")
    refused(http.post(f"{deal}/events", json=bid("b2"), headers={"Host": host}), 403, "forbidden")


@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:8000", "[::1]:8000", "127.0.0.2", "localhost"])
def test_a_host_that_is_this_machine_is_served(http: httpx.Client, deal: str, host: str) -> None:
    assert http.get(f"{deal}/state", headers={"Host": host}).status_code == 200


def test_a_request_with_no_host_or_two_of_them_is_refused(running: Running) -> None:
    end = b"Connection: close\r\n\r\n"
    for head in (b"", b"Host: 127.0.0.1\r\nHost: evil.example\r\n", b"Host: evil.example\r\nHost: 127.0.0.1\r\n"):
        assert status_of(running.say(b"GET /v1/deals HTTP/1.1\r\n" + head + end)) in (400, 403)
        assert status_of(running.say(b"GET /v1/deals HTTP/1.0\r\n" + head + end)) in (400, 403)


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://127.0.0.1:9", "http://127.0.0.1.evil.example", "x"]
)
def test_what_comes_from_another_origin_is_refused_whatever_else_is_said(
    http: httpx.Client, deal: str, origin: str
) -> None:
    said = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    refused(http.post(f"{deal}/events", json=bid("b2"), headers=said), 403, "forbidden")
    # A browser hides the origin of its own page's form behind `null` where the page says no-referrer.
    site = "cross-site" if origin == "null" else "same-origin"
    form = {"Content-Type": "application/x-www-form-urlencoded", **said, "Sec-Fetch-Site": site}
    assert http.post("/deals/tiktok/record/bid.submitted", content=b"act=record", headers=form).status_code == 403
    assert http.post("/sign-in", content=b"key=x", headers=form).status_code == 403


def test_no_answer_lets_another_site_read_it(http: httpx.Client, deal: str) -> None:
    for path in (f"{deal}/state", "/", "/healthz", "/v1/nothing", "/static/parley.css"):
        answer = http.get(path, headers={"Origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
