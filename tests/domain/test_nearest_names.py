"""The names nearest to an unknown one, for any input and any number of names."""

from difflib import SequenceMatcher

import pytest

from domain.nearest_names import COMPARED, NAME_CHARACTERS, nearest

MANY = [f"deadline-{number:05}" for number in range(20_000)]


def test_the_nearest_of_a_few_names_come_first():
    assert nearest("dl-divst", ["dl-close", "dl-divest", "dl-divest-2"]) == ("dl-divest", "dl-divest-2")
    assert nearest("b9", ["b1", "oracle"], cutoff=0.4) == ("b1",)
    assert nearest("oracle", []) == ()


def test_the_nearest_is_found_among_very_many_names():
    assert nearest("deadline-0123x", MANY)[0].startswith("deadline-0123")
    assert nearest("deadlnie-04711", MANY)[0] == "deadline-04711"


@pytest.mark.parametrize("name", ["deadline-x", "d" * 1_000_000, ""])
def test_few_names_are_compared_and_each_only_from_its_start(monkeypatch, name):
    compared: list[str] = []
    original = SequenceMatcher.set_seq1

    def counted(self: SequenceMatcher[str], text: str) -> None:
        compared.append(text)
        original(self, text)

    monkeypatch.setattr(SequenceMatcher, "set_seq1", counted)
    nearest(name, [*MANY, "d" * 1_000_000])
    assert len(compared) <= COMPARED + 1
    assert max(map(len, compared)) <= NAME_CHARACTERS
