"""The answer of each route validates against the published schema, and has no member that the schema does not name."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.openapi.components import resolved
from api.settings import Settings
from ledger.ledger import open_ledger
from ledger.merkle.note import COSIGNATURE, Signer
from tests.api.openapi.requests_to_all import ask_all

Answers = Mapping[str, list[httpx.Response]]

DOCUMENT = create_app(Settings()).openapi()
OPERATIONS = {
    operation["operationId"]: (method, re.compile(re.sub(r"{\w+}", "[^/:]+", path) + "$"), operation["responses"])
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def schema_of(operation: str, answer: httpx.Response) -> dict[str, Any] | None:
    """The schema that is published of an answer; None for one that is not JSON."""
    form = answer.headers["content-type"].split(";")[0]
    documented = resolved(DOCUMENT, OPERATIONS[operation][2][str(answer.status_code)])
    schema: dict[str, Any] = documented["content"][form]["schema"]
    return None if schema.get("type") == "string" else schema


JSON = sorted(
    {
        name
        for name, (_, _, responses) in OPERATIONS.items()
        for status, answer in responses.items()
        if status.startswith("2") and any("json" in media for media in resolved(DOCUMENT, answer).get("content", ()))
    }
)


def closed(schema: Any) -> Any:
    """A schema whose objects admit no members but those that they name, unless it says that there may be others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(each) for name, each in schema.items()}
    return {"additionalProperties": False, **made} if "properties" in schema and "allOf" not in schema else made


COMPONENTS = closed(DOCUMENT["components"])


@pytest.fixture(scope="module")
def answers(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """The answers of all routes, by operation; a request that is refused is a fault of this test."""
    found: defaultdict[str, list[httpx.Response]] = defaultdict(list)

    def note(answer: httpx.Response) -> None:
        answer.read()
        method, path = answer.request.method.lower(), answer.request.url.path
        assert answer.status_code < 300, f"{method} {path}: {answer.text[:500]}"
        [name] = [name for name, (of, form, _) in OPERATIONS.items() if of == method and form.match(path)]
        found[name].append(answer)

    witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
    with open_ledger(shared_database, "published-answers", migrating=False) as ledger:
        settings = Settings(tenant=ledger.tenant, data=tmp_path_factory.mktemp("data"), witnesses=str(witness.key))
        transport = InProcessTransport(create_app(settings, ledger))
        with httpx.Client(transport=transport, base_url="http://127.0.0.1", event_hooks={"response": [note]}) as http:
            ask_all(http, witness)
    return found


@pytest.mark.parametrize("operation", JSON)
def test_an_answer_has_the_published_members_and_no_others(answers: Answers, operation: str) -> None:
    assert answers[operation], "no request was made"
    for answer in answers[operation]:
        schema = schema_of(operation, answer)
        if schema is None:
            continue
        validator = jsonschema.Draft202012Validator({**closed(schema), "components": COMPONENTS})
        for line in answer.text.splitlines():
            faults = [f"{each.json_path}: {each.message[:300]}" for each in validator.iter_errors(json.loads(line))]
            assert faults == [], answer.request.url
