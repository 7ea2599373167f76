"""An obstacle to a start is either removed or named: a code, and a sentence that says what to do."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from ledger.postgres.embedded.errors import DiskFull, FolderNotOurs, NoBinaries, OtherMajorVersion
from ledger.postgres.embedded.server import Embedded, find_binaries, running

NOBODY = 65534
ROOT = Path(__file__).parents[2]


def test_a_stale_pid_file_whose_number_went_to_another_process_is_cleared(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data):
        pass
    socket = data / "run"
    (data / "postgres" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{data}/postgres\n1\n5432\n{socket}\n\n  1 1\nready\n"
    )
    with running(data) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_path_too_long_for_a_socket_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    data = tmp_path / ("a" * 100) / "data"
    with running(data) as server, psycopg.connect(server.url) as connection:
        outside = Path(str(connection.info.host))
        assert data not in outside.parents
        assert stat.S_IMODE(outside.stat().st_mode) == 0o700
    assert not outside.exists()


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("not yours")
    with pytest.raises(FolderNotOurs, match=r"letters\.txt.*choose"):
        Embedded(tmp_path).start()
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters.txt"]


def test_a_folder_that_holds_the_keys_of_logs_of_another_database_is_taken(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with Embedded(tmp_path):
        pass
    assert (tmp_path / "logs").is_dir()


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(FolderNotOurs, match="is a file"):
        Embedded(tmp_path / "data").start()


READ_ONLY = """
import sys
from pathlib import Path
from ledger.postgres.embedded.server import Embedded
from ledger.postgres.embedded.errors import FolderReadOnly
try:
    Embedded(Path(sys.argv[1])).start()
except FolderReadOnly as error:
    print(error.code, error)
"""


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data):
        pass
    mount = f"mount --bind {data} {data} && mount -o remount,bind,ro {data}"
    start = f"{sys.executable} -c '{READ_ONLY}' {data}"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f"{mount} && exec {start}"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip(f"this machine allows no read-only mount in a namespace: {done.stderr.strip()}")
    assert done.stdout.startswith(f"data-folder-read-only {data} cannot be written to"), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.chown(tmp_path / "data", NOBODY, NOBODY)
    with pytest.raises(FolderNotOurs, match=f"belongs to user {NOBODY}"):
        Embedded(tmp_path / "data").start()


def test_a_place_without_binaries_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoBinaries, match=str(tmp_path)):
        Embedded(tmp_path / "data", binaries=tmp_path).start()


def test_the_environment_may_name_the_binaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = find_binaries()
    monkeypatch.setenv("PARLEY_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(NoBinaries, match=str(tmp_path)):
        find_binaries()
    monkeypatch.setenv("PARLEY_POSTGRES_BIN", str(wheel))
    assert find_binaries() == wheel


def test_binaries_older_than_15_are_named_and_refused(tmp_path: Path) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(NoBinaries, match="14"):
        find_binaries(tmp_path)


def test_data_of_another_major_version_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data):
        pass
    (data / "postgres" / "PG_VERSION").write_text("13\n")
    with pytest.raises(OtherMajorVersion, match="PostgreSQL 13"):
        Embedded(data).start()


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data):
        pass
    (data / "postgres").rename(data / "postgres.new")
    (data / "postgres.new" / "PG_VERSION").unlink()
    with running(data) as server:
        psycopg.connect(server.url).close()
    assert not (data / "postgres.new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_called_so_and_heals_with_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk to be had here: {mounted.stderr.strip()}")
    try:
        with pytest.raises(DiskFull, match="full"):
            Embedded(disk / "data").start()
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        with running(disk / "data") as server:
            psycopg.connect(server.url).close()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="this whole suite runs without root already")
def test_an_ordinary_user_runs_it_without_a_user_namespace() -> None:
    """As user nobody, with copies of what that user may not read, and an interpreter that it may run."""
    public = Path("/var/tmp") / f"parley-nobody-{os.getpid()}"  # pytest's own folders are closed to others
    public.mkdir(mode=0o755)
    os.chown(public, NOBODY, NOBODY)
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    try:
        fit = "import os, sys; sys.exit(sys.version_info < (3, 11) or not os.access(sys.executable, os.X_OK))"
        interpreter = next(
            (
                candidate
                for candidate in (sys.executable, "/usr/bin/python3")
                if subprocess.run([*nobody, candidate, "-c", fit], capture_output=True).returncode == 0
            ),
            None,
        )
        if interpreter is None:
            pytest.skip("user nobody may run no Python 3.11 on this machine")
        root = Path(__file__).parents[2]
        for package in ("domain", "ledger"):
            shutil.copytree(root / package, public / "code" / package, ignore=shutil.ignore_patterns("__pycache__"))
        wheel = find_binaries().parent
        if subprocess.run([*nobody, "test", "-x", str(wheel / "bin" / "postgres")]).returncode != 0:
            shutil.copytree(wheel, public / "postgres")
            wheel = public / "postgres"
        script = (
            "import os; from pathlib import Path; from ledger.postgres.embedded.server import running\n"
            f"with running(Path({str(public / 'data')!r}), binaries=Path({str(wheel / 'bin')!r})) as server:\n"
            "    pid = int(__import__('json').loads((server.data / 'server.json').read_text())['pid'])\n"
            "    print(os.stat(f'/proc/{pid}').st_uid, server.version)\n"
        )
        done = subprocess.run(
            [*nobody, interpreter, "-c", script],
            cwd=public / "code",
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
        assert done.stderr == ""
        assert done.stdout.split()[0] == str(NOBODY)
    finally:
        shutil.rmtree(public)
