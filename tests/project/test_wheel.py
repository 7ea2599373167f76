"""The wheel holds the four packages, whole, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "domain", "ledger", "projections")


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from this checkout."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_nothing_is_in_it_but_the_packages_and_what_describes_them(inside: set[str]) -> None:
    roots = {name.split("/")[0] for name in inside}
    (described,) = {root for root in roots if root.endswith(".dist-info")}
    assert roots == {*PACKAGES, described}
    assert f"{described}/licenses/LICENSE" in inside


def test_whatever_stands_in_the_packages_is_in_it(inside: set[str]) -> None:
    done = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("this is not a git checkout")
    tracked = {name for name in done.stdout.splitlines() if (ROOT / name).is_file()}
    assert tracked - inside == set()
