"""A webhook's target is judged when it is made, and again when it is called, however its address is written."""

from ipaddress import ip_address

import httpx
import pytest

from api.webhooks.target_address import is_public, url_fault
from tests.api.conftest import refused

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254",
    "172.16.0.1", "192.0.0.1",
    "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:168.63.129.16", "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254", "64:ff9b:1::7f00:1", "64:ff9b:1:7f00:0:100::", "2002:7f00:1::", "2002:a9fe:a9fe::",
    "2001:0:7f00:1::1", "2001::1", "2001:db8::1", "3fff::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "100::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:10.0.0.1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_taken_whatever_it_is_wrapped_in(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert url_fault(f"https://{host}/hook", private=False) is not None


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_taken(address: str) -> None:
    assert is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert url_fault(f"https://{host}/hook", private=False) is None


@pytest.mark.parametrize(
    "host",
    ["2130706433", "017700000001", "0x7f000001", "0X7F.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "1.1",
     "0", "00000000127.0.0.1", "127.0.0.01", "0x7f.1", "example.0x7f", "1.2.3.4.5", "256.1.1.1", "8.8.8.8.",
     "134744072", "user@example.com", "@example.com", ":secret@example.com", "user:secret@example.com",
     "127.0.0.1\\@example.com",
     "exam%70le.com", "%31%32%37.0.0.1", "example..com", "-example.com", ".example.com", "[::1%25lo]", "[fe80::1%eth0]",
     "[127.0.0.1]", "[::1", "ex ample.com", "example.com#@127.0.0.1", "\u2460\u2461\u2466.0.0.1",
     "ex\u00e4mple.com", ""],
)  # fmt: skip
@pytest.mark.parametrize("private", [True, False])
def test_a_host_that_is_not_plainly_written_is_refused_at_creation(host: str, private: bool) -> None:
    assert url_fault(f"https://{host}/hook", private=private) is not None


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "a.localhost", "postgres", "metadata", "metadata.google.internal",
     "nas.local", "router.lan", "db.corp", "x.home.arpa", "intranet.", "a.internal."],
)  # fmt: skip
def test_a_name_of_no_public_name_server_is_refused_at_creation(http: httpx.Client, host: str) -> None:
    told = refused(http.post("/v1/webhooks", json={"url": f"https://{host}/"}), 422, "invalid-input")
    assert told["errors"][0]["pointer"] == "/url"
    assert url_fault(f"https://{host}/", private=True) is None


def test_a_change_is_judged_as_a_new_one_is(http: httpx.Client) -> None:
    made = http.post("/v1/webhooks", json={"url": "https://example.com/"}).json()
    for url in ("https://2130706433/", "https://127.0.0.1/", "https://me@example.com/", "http://example.com/"):
        refused(http.put(f"/v1/webhooks/{made['id']}", json={"url": url}), 422, "invalid-input")
    assert http.get(f"/v1/webhooks/{made['id']}").json()["url"] == "https://example.com/"


@pytest.mark.parametrize("port", ["0", "00", "65536", "-1", "x"])
def test_a_port_that_nothing_can_listen_on_is_refused(http: httpx.Client, port: str) -> None:
    told = refused(http.post("/v1/webhooks", json={"url": f"https://example.com:{port}/"}), 422, "invalid-input")
    assert told["errors"][0]["pointer"] == "/url"
