"""Below the interfaces no message speaks of HTTP, and no message of an error is rewritten afterwards."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HTTP = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE) /|Prefer:|/v1/")
"""A request, a header, a path of the API."""

RESOURCES = {
    "projections/state/state_json.py": {"/v1/deals/"},
    "projections/temporal/memento.py": {"/v1/deals/"},
}
"""Texts that are no message: the permalink of a basis and the links of a memento, which answers carry as data."""

MESSAGE = re.compile(r"\.(detail|message)\b|\bstr\((error|fault|refused|refusal)\)|\b(detail|sentence)$")
"""An expression that is the text of an error."""

REDACTED = "failure.detail.replace(data, 'DATA')"
"""Hides where the data folder is from those who ask a server how its workers fare: a value, no wording."""


def sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text of a module that is no docstring and no comment under a field."""
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node


@pytest.mark.parametrize("package", ["domain", "ledger", "projections"])
def test_no_message_below_the_interfaces_speaks_of_http(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{text.lineno}: {text.value}"
        for path in sources(package)
        for text in texts(ast.parse(path.read_text(encoding="utf-8")))
        if HTTP.search(str(text.value)) and not is_resource(path, str(text.value))
    ]
    assert found == []


def is_resource(path: Path, text: str) -> bool:
    return any(text.startswith(each) for each in RESOURCES.get(str(path.relative_to(ROOT)), ()))


def test_no_message_of_an_error_is_rewritten() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)}"
        for path in sources("domain", "ledger", "projections", "api")
        for call, function in replacements(ast.parse(path.read_text(encoding="utf-8")))
        if MESSAGE.search(ast.unparse(function.value)) and ast.unparse(call) != REDACTED
    ]
    assert found == []


def replacements(tree: ast.AST) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Every call of a method `replace`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace":
            yield node, node.func
