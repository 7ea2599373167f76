"""Settings of schemathesis: how JSON Lines are written and read, and that `try again` is no fault."""

import ast
import json
import threading

import schemathesis

_parse = ast.parse
_parsing = threading.RLock()


def parse_alone(*arguments, **options):
    """CPython 3.11 counts the depth of the trees that ast.parse makes for the interpreter, not for each thread: of two
    threads that parse at once one may fail with `AST constructor recursion depth mismatch`. Hypothesis parses the
    lambdas of its strategies."""
    with _parsing:
        return _parse(*arguments, **options)


ast.parse = parse_alone


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@schemathesis.deserializer("application/x-ndjson")
def objects(context, response):
    first = response.content.split(b"\n", 1)[0]
    return json.loads(first) if first else {}


@schemathesis.hook
def map_query(context, query):
    """No position beyond the head: the answer would wait for it, which tests of their own cover."""
    if query and isinstance(query.get("min_position"), int):
        query["min_position"] = min(query["min_position"], 1)
    return query


@schemathesis.check
def no_fault_of_ours(context, response, case):
    """No 5xx, but for a 503 that says when to come back: a checkpoint covers a new event within a second."""
    if response.status_code >= 500 and "retry-after" not in response.headers:
        raise AssertionError(f"{response.status_code}: {response.content[:500]!r}")
