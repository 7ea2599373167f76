"""Counts how often a text passes through a JSON decoder of this process."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest


class DecodedTexts:
    """The texts that `json`, `orjson` and `msgspec.json` decode while it is installed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._texts: list[str] = []
        monkeypatch.setattr(orjson, "loads", self._noting(orjson.loads))
        monkeypatch.setattr(msgspec.json, "decode", self._noting(msgspec.json.decode))
        decode = json.JSONDecoder.decode

        def noting(decoder: json.JSONDecoder, text: str, *given: Any) -> Any:
            self._texts.append(text)
            return decode(decoder, text, *given)

        monkeypatch.setattr(json.JSONDecoder, "decode", noting)

    def times(self, text: bytes) -> int:
        """How often exactly this text was decoded."""
        return self._texts.count(text.decode())

    def containing(self, part: str) -> int:
        """How many of the texts contain a part."""
        return sum(part in text for text in self._texts)

    def _noting(self, decode: Callable[..., Any]) -> Callable[..., Any]:
        def noting(text: Any, *given: Any, **named: Any) -> Any:
            self._texts.append(text if isinstance(text, str) else bytes(text).decode(errors="replace"))
            return decode(text, *given, **named)

        return noting
