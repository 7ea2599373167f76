"""JSON as it is sent to the API by our own clients: the command line, the Python client, the forms of the page."""

import json
from typing import Any


def encode(value: Any) -> bytes:
    """The JSON text of a value, in ASCII.

    Nothing is changed on the way: NaN, infinities, integers of any size and unpaired surrogates are sent as they are,
    so that the API refuses them by its own rules and names the member, whichever client they came through. (orjson
    would write null for NaN.)
    """
    return json.dumps(value, separators=(",", ":")).encode("ascii")
