"""A text made to be costly takes no more time than any other of its length."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from projections.csv_cells import to_cell

CHARACTERS = 400_000
CPU_SECONDS = 20.0
"""A hundred times what it takes; what grows with the square of the text takes hours."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raises TimeoutError after so much time of the processor's own, however busy the machine is."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("piece", ["\n", "\t", "\n'", "\u2028", '"', " ", ";", "; ", ";\n", "a\n", "x"])
def test_a_cell_takes_time_in_proportion_to_its_length(piece: str) -> None:
    text = "a" + piece * (CHARACTERS // len(piece))
    with bounded():
        assert to_cell(text) == text


@pytest.mark.parametrize(
    ("text", "disarmed"),
    [
        ("\n\n =1", "'\n'\n' =1"),
        ("a\n\n=1", "a\n'\n'=1"),
        ("a\n\nb; '=1", "a\n\nb;' '=1"),
        ("a \n\t-1\n@x", "a \n'\t'-1\n'@x"),
        (";;=1", ";;'=1"),
        ("; ;\n=1", "; ;'\n'=1"),
        ("\nplain", "'\nplain"),
        ("a -1 = 2; b", "a -1 = 2; b"),
    ],
)
def test_a_formula_is_disarmed_wherever_a_cell_may_begin(text: str, disarmed: str) -> None:
    assert to_cell(text) == disarmed
