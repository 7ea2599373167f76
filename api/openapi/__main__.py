"""Writes the OpenAPI document: `python -m api.openapi docs/openapi.json`."""

import sys
from pathlib import Path

from api.app import create_app
from api.openapi.document import as_text

Path(sys.argv[1]).write_text(as_text(create_app().openapi()), encoding="utf-8")
