"""The supervisor of a server's processes, with processes that do next to nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import LONGEST_SECONDS, until

PROGRAM = """
import os, signal, sys
from pathlib import Path
from api.supervisor import Supervisor

folder = Path(sys.argv[1])

def note(text):
    with (folder / "notes").open("a") as notes:
        notes.write(text + "\\n")

def until_stopped(name):
    def run(ready):
        note(f"{name} {os.getpid()}")
        if (folder / f"{name}-fails").exists():
            sys.exit(7)
        if (folder / f"{name}-stays").exists():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready()
        (folder / f"{os.getpid()}-ready").touch()
        while True:
            signal.pause()
    return run

supervisor = Supervisor(
    [("web", until_stopped("web")), ("background", until_stopped("background"))],
    lambda: note("ready"), lambda: note("stopping"),
)
sys.exit(supervisor.run())
"""


class Supervised:
    """A supervisor with two processes, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._notes = folder, folder / "notes"
        self.process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stderr=subprocess.PIPE, text=True)

    def notes(self) -> list[str]:
        return self._notes.read_text(encoding="utf-8").splitlines() if self._notes.exists() else []

    def pids(self, name: str) -> list[int]:
        """The processes of this name, in the order in which they were started."""
        return [int(pid) for each, _, pid in (line.partition(" ") for line in self.notes()) if each == name]

    def running(self) -> tuple[int, int]:
        """Both processes, once they are ready: one that ends before it ever was ends all."""
        pids = until(lambda: self.pids("web"))[-1], until(lambda: self.pids("background"))[-1]
        until(lambda: all((self._folder / f"{pid}-ready").exists() for pid in pids))
        return pids

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        return self.process.wait(LONGEST_SECONDS)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    made = Supervised(tmp_path)
    yield made
    made.process.kill()
    made.process.communicate()


def test_the_others_are_started_once_the_first_is_ready(supervised: Supervised) -> None:
    web, background = supervised.running()
    assert supervised.notes() == [f"web {web}", "ready", f"background {background}"]


@pytest.mark.parametrize("name", ["web", "background"])
def test_a_process_that_is_killed_is_started_again_and_the_other_goes_on(supervised: Supervised, name: str) -> None:
    pids = dict(zip(("web", "background"), supervised.running(), strict=True))
    killed = pids.pop(name)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(supervised.pids(name)) == 2)
    [(other, pid)] = pids.items()
    assert supervised.pids(other) == [pid]
    assert is_alive(pid)
    assert supervised.notes().count("ready") == 1


def test_processes_end_when_their_supervisor_is_killed(supervised: Supervised) -> None:
    pids = supervised.running()
    supervised.end(signal.SIGKILL)
    until(lambda: not any(map(is_alive, pids)))


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_processes(supervised: Supervised, by: signal.Signals) -> None:
    pids = supervised.running()
    code = supervised.end(by)
    assert code == -by  # the signal is raised again
    assert not any(map(is_alive, pids))
    assert supervised.notes()[-1] == "stopping"


def test_a_second_signal_kills_what_does_not_stop(tmp_path: Path) -> None:
    (tmp_path / "background-stays").touch()
    supervised = Supervised(tmp_path)
    pids = supervised.running()
    supervised.process.send_signal(signal.SIGTERM)
    until(lambda: not is_alive(pids[0]))
    assert is_alive(pids[1])
    supervised.process.send_signal(signal.SIGTERM)
    supervised.process.communicate(timeout=LONGEST_SECONDS)
    assert not any(map(is_alive, pids))


def test_a_process_that_cannot_begin_ends_all_with_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "background-fails").touch()
    supervised = Supervised(tmp_path)
    supervised.process.communicate(timeout=LONGEST_SECONDS)
    assert supervised.process.returncode == 7
    assert not any(map(is_alive, supervised.pids("web")))
