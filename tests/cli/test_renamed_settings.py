"""Settings that were renamed: their former environment variables are read for one release, and the log says so."""

import socket

import pytest

from api.settings import RENAMED, Settings
from tests.cli.conftest import run

GIVEN = {
    "PARLEY_TEND": ("false", False),
    "PARLEY_TRUST": ("true", True),
    "PARLEY_AUTHORITY": ("https://time.example", "https://time.example"),
    "PARLEY_AUTHORITY_CERTIFICATE": ("/etc/root.pem", "/etc/root.pem"),
    "PARLEY_WEBHOOKS_PRIVATE": ("true", True),
}


@pytest.mark.parametrize("former", sorted(RENAMED))
def test_a_variable_under_its_former_name_counts(former: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = GIVEN[former]
    assert getattr(Settings(), RENAMED[former]) != value
    monkeypatch.setenv(former, text)
    assert type(value)(getattr(Settings(), RENAMED[former])) == value


def test_the_new_name_takes_precedence_over_the_former(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_AUTHORITY", "https://former.example")
    monkeypatch.setenv("PARLEY_TIMESTAMP_URL", "https://new.example")
    assert Settings().timestamp_url == "https://new.example"


def test_a_server_logs_each_former_name_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_AUTHORITY", "https://time.example")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = run("serve", "--port", str(taken.getsockname()[1]))
    assert ended.code == 1
    assert "PARLEY_AUTHORITY is now PARLEY_TIMESTAMP_URL" in ended.err
    assert "PARLEY_TEND" not in ended.err
