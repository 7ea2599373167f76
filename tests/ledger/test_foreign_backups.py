"""A backup of another origin is validated, refused with a reason, and changes no log but the one it names."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.maintenance.backup import BackupRefused, backup, restore
from ledger.models import Request

NOWHERE = "postgresql://nowhere.invalid/none"
TABLE = {"columns": ["tenant"], "rows": 1, "sha256": ""}
LOG = {"tenant": "default", "origin": "log.example", "position": 1, "folder": "1/", "tables": {"events": TABLE}}


def filed(path: Path, manifest: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("backup.json", manifest)
    return path


@pytest.mark.parametrize(
    "manifest",
    [
        b"[" * 200_000,
        b'{"form":"parley backup 2","logs":[],"more":' + b'{"a":' * 200_000,
        b"[1]",
        b"5",
        b"\xff",
        b"",
        b" " * (65 * 1024 * 1024),
        json.dumps({"form": ["parley backup 2"]}).encode(),
        json.dumps({"form": "parley backup 9"}).encode(),
        *(
            json.dumps({"form": "parley backup 2", "logs": logs}).encode()
            for logs in (
                5,
                ["default"],
                [{**LOG, "tenant": 5}],
                [{**LOG, "tables": [1]}],
                [{**LOG, "tables": {"events": {**TABLE, "columns": 5}}}],
                [{**LOG, "tables": {"events": {**TABLE, "columns": [{}]}}}],
                [{**LOG, "tables": {"events": {**TABLE, "rows": "many"}}}],
            )
        ),
    ],
)
def test_a_manifest_that_is_none_is_refused_in_words(tmp_path: Path, manifest: bytes) -> None:
    with pytest.raises(BackupRefused, match="is no backup, or it is damaged"):
        restore(NOWHERE, filed(tmp_path / "file.zip", manifest))


def changed(file: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A backup whose manifest says something else."""
    other = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(other, "w") as archive:
        for name in whole.namelist():
            about = whole.read(name)
            if name == "backup.json":
                manifest = json.loads(about)
                change(manifest["logs"][0])
                about = json.dumps(manifest).encode()
            archive.writestr(name, about)
    return other


@pytest.mark.parametrize("table", ["pg_authid", "migrations", "events"])
def test_nothing_is_restored_into_another_log_or_table(
    ledger: Ledger,
    shared_database: str,
    database: str,
    tmp_path: Path,
    submission: Callable[..., Submission],
    table: str,
) -> None:
    ledger.append(Request((submission("d", "e1", "deal.opened"),), "test")).result()
    file = tmp_path / "file.zip"
    backup(shared_database, file, [ledger.tenant])

    def change(log: dict[str, Any]) -> None:
        if table == "events":
            log["tenant"] = "another"
        else:
            log["tables"][table] = {"columns": [], "rows": 0, "sha256": ""}

    with pytest.raises(BackupRefused, match=r"another log than 'another'|of another form"):
        restore(database, changed(file, change))
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM logs").fetchone() == (0,)
