"""Lists of deals on the command line."""

from tests.cli.conftest import Parley


def test_a_list_is_made_changed_shown_and_deleted(writing: Parley) -> None:
    assert "There are no lists of deals" in writing("lists").words
    assert "watch holds 1 deal." in writing("lists", "set", "watch", "d", "--description", "Mine").words
    listed = writing("lists").words
    assert "watch: Mine 1 local" in listed
    writing("lists", "set", "watch", "--remove", "d", "--private")
    [held] = writing("lists", "--json").json["items"]
    assert (held["deals"], held["description"], held["shared"]) == ([], "Mine", False)
    assert writing("lists", "set", "watch", "--add", "d", "--json").json["deals"] == ["d"]
    assert writing("lists", "show", "watch").words == "d"
    refused = writing("lists", "set", "watch", "nosuch")
    assert refused.code == 1
    assert "There is no deal 'nosuch'" in refused.err
    assert "is deleted" in writing("lists", "delete", "watch").words
    assert "Refused (unknown-list)" in writing("lists", "show", "watch").err
