"""API keys on the command line."""

from tests.cli.conftest import Parley, run, start


def test_a_key_is_shown_once_listed_without_itself_and_revoked(writing: Parley) -> None:
    assert "There are no keys" in writing("keys").words
    made = writing("keys", "make", "ann", "--role", "recorder")
    assert made.code == 0, made.err
    assert made.out.startswith("parley.")
    assert "shown this once" in made.err
    listed = writing("keys")
    assert "ann recorder" in listed.words
    assert made.out.strip() not in listed.out
    [key] = writing("keys", "--json").json["items"]
    assert "is revoked" in writing("keys", "revoke", key["id"]).words
    assert "revoked" in writing("keys").words


def test_a_server_with_keys_is_asked_with_one(writing: Parley) -> None:
    key = writing("keys", "make", "ann", "--role", "recorder").out.strip()
    event = ["record", "d", "context.noted", "topic=t", "text=hers", "--occurred", "2020-02-01"]
    for serving in start("serve", "--database", writing.url, "--port", "0"):
        refused = run("deals", "--server", serving.url)
        assert refused.code == 1
        assert "Refused (not-authenticated)" in refused.err
        assert run("deals", "--server", serving.url, "--api-key", key).code == 0
        assert run(*event, "--server", serving.url, "--api-key", key).code == 0
        serving.stop()
    # A user with access to the database needs no key.
    last = writing("events", "d", "--order", "-version", "--limit", "1", "--json").json["items"][0]
    assert last["recorded_by"] == "ann"


def test_a_role_or_a_key_that_does_not_exist_is_refused(writing: Parley) -> None:
    assert "/role" in writing("keys", "make", "ann", "--role", "god").err
    unknown = writing("keys", "revoke", "nosuch")
    assert unknown.code == 1
    assert "Refused (unknown-key)" in unknown.err
