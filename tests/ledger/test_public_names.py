"""What a program may import from the package `ledger` itself."""

import subprocess
import sys

import pytest

import ledger


@pytest.mark.parametrize("name", ledger.__all__)
def test_a_public_name_is_the_object_of_its_module(name: str) -> None:
    public = getattr(ledger, name)
    assert public is getattr(sys.modules[public.__module__], name)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Appendix'"):
        _ = ledger.Appendix


def test_a_verifier_of_bundles_loads_no_postgresql_client() -> None:
    script = "import sys, ledger, ledger.verification; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
