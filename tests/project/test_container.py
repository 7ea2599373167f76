"""The image and the compose file hold to their specifications; the roles they make are what the ledger needs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo

from api.app import create_app
from api.settings import Settings
from ledger.postgres.embedded.server import ephemeral, find_binaries
from ledger.postgres.migrations import migrate

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


def test_the_data_folder_of_the_image_is_made_without_the_files_of_a_home() -> None:
    """Parley refuses a data folder with files of others in it; `.ci/image` starts the image on its own folder."""
    last_stage = (ROOT / "docker/Dockerfile").read_text(encoding="utf-8").split("\nFROM ")[-1]
    assert "--create-home" not in last_stage
    assert re.search(r"install --directory --owner=10001 --mode=700 /var/lib/parley$", last_stage, re.MULTILINE)


@pytest.mark.parametrize("name", ["compose.yaml", "compose.ha.yaml"])
def test_a_compose_file_holds_to_the_specification(name: str) -> None:
    schema = json.loads((ROOT / "tests/data/compose-spec/compose-spec.json").read_text(encoding="utf-8"))
    compose = yaml.safe_load((ROOT / "docker" / name).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(compose)
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (ROOT / "docker" / source).exists(), (name, source)
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"], (name, secret)
        assert set(service["networks"]) <= compose["networks"].keys()


def test_the_compose_files_and_the_manifest_name_settings_that_there_are() -> None:
    named: set[str] = set()
    for file in ("compose.yaml", "compose.ha.yaml", "kubernetes.yaml"):
        named |= set(re.findall(r"\bPARLEY_[A-Z_]+\b", (ROOT / "docker" / file).read_text(encoding="utf-8")))
    known = {f"PARLEY_{name.upper()}" for name in Settings.model_fields}
    assert named - known == {"PARLEY_DATABASE_PASSWORD"}


def test_the_manifest_for_kubernetes_is_consistent() -> None:
    parts = list(yaml.safe_load_all((ROOT / "docker/kubernetes.yaml").read_text(encoding="utf-8")))
    workloads = {part["metadata"]["name"]: part["spec"] for part in parts if "template" in part["spec"]}
    routes = {route.path for route in create_app().routes if hasattr(route, "path")}
    for name, spec in workloads.items():
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"] == {"app": name}
        pod = spec["template"]["spec"]
        volumes = {each["name"] for each in [*pod["volumes"], *_claims(spec)]}
        for container in pod["containers"]:
            assert {each["name"] for each in container["volumeMounts"]} == volumes
            for probe in (container["readinessProbe"], container["livenessProbe"]):
                assert probe["httpGet"]["path"] in routes
    for part in parts:
        if part["kind"] == "Service":
            assert part["spec"]["selector"]["app"] in workloads


def _claims(spec: dict[str, Any]) -> list[dict[str, str]]:
    return [each["metadata"] for each in spec.get("volumeClaimTemplates", ())]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a client of a new database that roles.sh prepared: the password in it is parley's."""
    if not (find_binaries() / "psql").exists():
        pytest.skip("these PostgreSQL binaries come without psql")
    password = tmp_path / "password"
    password.write_text('it\'s: a "secret"', encoding="utf-8")
    with ephemeral() as server:
        with psycopg.connect(server.url, dbname="postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE parley")
        environment = {
            "PATH": f"{find_binaries()}:{os.environ['PATH']}",
            "PGHOST": parse_qs(urlsplit(server.url).query)["host"][0],
            "HOME": str(tmp_path),
        }
        prepare = environment | {"PARLEY_PASSWORD_FILE": str(password)}
        subprocess.run(["sh", ROOT / "docker/roles.sh"], env=prepare, check=True, capture_output=True)
        yield environment | {"PGPASSWORD": password.read_text(encoding="utf-8")}


def test_the_roles_of_the_compose_file_can_migrate_and_then_only_add(database: dict[str, str]) -> None:
    parley = make_conninfo(host=database["PGHOST"], user="parley", dbname="parley", password=database["PGPASSWORD"])
    assert migrate(parley)
    assert migrate(parley) == ()
    with psycopg.connect(parley) as connection:
        told = connection.execute("SELECT rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = 'parley'")
        assert told.fetchone() == (False, False, False)
        connection.execute("SET ROLE parley_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM events")


def test_the_roles_that_the_manual_names_are_those_of_the_compose_file() -> None:
    made = [
        set(re.findall(r"CREATE ROLE (\w+)", (ROOT / name).read_text(encoding="utf-8")))
        for name in ("docker/roles.sh", "docs/running.md")
    ]
    assert made[0] == made[1]


def test_what_the_compose_file_runs_serves_nobody_without_a_key_and_then_those_who_have_one(
    database: dict[str, str], tmp_path: Path
) -> None:
    service = yaml.safe_load((ROOT / "docker/compose.yaml").read_text(encoding="utf-8"))["services"]["parley"]
    asked = service["environment"] | database | {"PARLEY_DATA": str(tmp_path / "data")}
    # The same host and database, by the socket of this test's server.
    asked["PARLEY_DATABASE"] = asked["PARLEY_DATABASE"].replace("@database/", "@/")
    parley = str(Path(sys.executable).with_name("parley"))
    serve = [parley, *service["command"]]
    serve[serve.index("--port") + 1] = "0"
    refused = subprocess.run(serve, env=asked, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "keys" in refused.stderr
    made = subprocess.run(
        [parley, "keys", "make", "first", "--role", "admin"], env=asked, capture_output=True, text=True, check=True
    )
    with subprocess.Popen(serve, env=asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout is not None
            told = server.stdout.readline()
            served = re.search(r"http://0\.0\.0\.0:(\d+)", told)
            assert served, told + server.stdout.read()
            with httpx.Client(base_url=f"http://127.0.0.1:{served.group(1)}", timeout=30) as client:
                assert client.get("/readyz").status_code == 200
                assert client.get("/v1/deals").status_code == 401
                key = {"Authorization": f"Bearer {made.stdout.strip()}"}
                assert client.get("/v1/deals", headers=key).status_code == 200
        finally:
            server.terminate()
            server.wait(30)
