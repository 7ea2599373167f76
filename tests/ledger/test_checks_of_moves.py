"""`parley doctor` names the logs that are being moved between databases, and what moves have left."""

import pytest

from ledger.ledger import Ledger
from ledger.maintenance.health_checks import check_database
from ledger.maintenance.log_move import Stage, move_log, remove_moved
from tests.ledger.test_log_moves import LOG, Interrupted, _small_parts, interrupt_at, log

__all__ = ["_small_parts", "log"]


def moves(url: str) -> list[tuple[str, str]]:
    """Level and sentence of each check of a move."""
    return [(each.level, each.told) for each in check_database(url) if each.name == "moves"]


def test_a_log_that_was_never_moved_is_not_named(log: Ledger, database: str) -> None:
    assert moves(database) == []


def test_a_move_that_runs_is_named_at_every_stage(log: Ledger, database: str, other_database: str) -> None:
    seen: dict[Stage, list[tuple[str, str]]] = {}
    move_log(database, LOG, other_database, lambda stage, _: seen.update({stage: moves(database)}))
    for stage in ("begun", "copying", "copied", "completed"):
        [(level, told)] = seen[stage]
        assert (level, "is being moved by a command that runs" in told) == ("fine", True)


@pytest.mark.parametrize(
    ("stage", "here", "there"),
    [
        ("copying", [], ["is not complete"]),
        ("completed", ["is read-only"], ["is not complete"]),
        ("opened", ["is read-only"], []),
    ],
)
def test_a_move_that_was_interrupted_is_doubtful(
    log: Ledger, database: str, other_database: str, stage: Stage, here: list[str], there: list[str]
) -> None:
    with pytest.raises(Interrupted):
        move_log(database, LOG, other_database, interrupt_at(stage))
    for url, words in ((database, here), (other_database, there)):
        found = moves(url)
        assert [level for level, _ in found] == ["doubtful"] * len(words)
        assert all(word in told and "Run it again" in told for word, (_, told) in zip(words, found, strict=True))


def test_the_copy_that_a_move_left_is_named_until_it_is_removed(
    log: Ledger, database: str, other_database: str
) -> None:
    move_log(database, LOG, other_database)
    [(level, told)] = moves(database)
    assert (level, "parley logs remove" in told) == ("fine", True)
    log.close()
    remove_moved(database, LOG, database, lambda _connection: None)
    assert moves(database) == moves(other_database) == []
