"""The image and the compose file hold to their specifications; the roles they make are what the ledger needs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jsonschema
import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo

from ledger.embedded import ephemeral, find_binaries
from ledger.migrate import migrate

ROOT = Path(__file__).parents[2]


def test_the_dockerfile_passes_its_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, ROOT / "docker/Dockerfile"], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_image_runs_as_nobody_special_and_is_checked_for_health() -> None:
    last_stage = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9]\d+$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
    assert "/readyz" in last_stage


def test_the_compose_file_holds_to_the_specification() -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec/compose-spec.json").read_text(encoding="utf-8"))
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(compose)
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (ROOT / "docker" / source).exists(), (name, source)
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"], (name, secret)
        assert set(service["networks"]) <= compose["networks"].keys()


def test_the_roles_of_the_compose_file_can_migrate_and_then_only_add(tmp_path: Path) -> None:
    if not (find_binaries() / "psql").exists():
        pytest.skip("these PostgreSQL binaries come without psql")
    password = tmp_path / "password"
    password.write_text('it\'s: a "secret"', encoding="utf-8")
    with ephemeral() as server:
        with psycopg.connect(server.url, dbname="postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE parley")
        environment = os.environ | {
            "PGHOST": parse_qs(urlsplit(server.url).query)["host"][0],
            "PATH": f"{find_binaries()}:{os.environ['PATH']}",
            "PARLEY_PASSWORD_FILE": str(password),
        }
        subprocess.run(["sh", ROOT / "docker/roles.sh"], env=environment, check=True, capture_output=True)
        parley = make_conninfo(server.url, user="parley", password=password.read_text())
        assert migrate(parley)
        assert migrate(parley) == ()
        with psycopg.connect(parley) as connection:
            told = connection.execute(
                "SELECT rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = 'parley'"
            )
            assert told.fetchone() == (False, False, False)
            connection.execute("SET ROLE parley_app")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM events")
