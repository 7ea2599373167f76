"""A second reader of calendars, beside the library that wrote them: unfolds, takes apart, unescapes (RFC 5545)."""

import re
from typing import Any

import httpx
from icalendar import Calendar

_UNESCAPED = {"n": "\n", "N": "\n"}
Entry = dict[str, str]


def read(content: bytes) -> list[Entry]:
    """The properties of each event; every line is held to its form on the way."""
    assert content.endswith(b"\r\n")
    lines = content[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in lines), "a line is folded at 75 octets"
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n)", content), "no control character"
    assert all(line.decode() is not None for line in lines), "a fold cuts no character apart"
    entries: list[Entry] = []
    path: list[str] = []
    for line in content[:-2].replace(b"\r\n ", b"").decode().split("\r\n"):
        name, _, value = line.partition(":")
        name = name.split(";")[0]
        assert re.fullmatch("[A-Z-]+", name), line
        if name == "BEGIN":
            path.append(value)
            entries += [{}] if value == "VEVENT" else []
        elif name == "END":
            assert path.pop() == value
        elif path[-1] == "VEVENT":
            entries[-1][name] = re.sub(r"\\(.)", lambda found: _UNESCAPED.get(found[1], found[1]), value)
        elif path[-1] == "VALARM":
            entries[-1][f"VALARM-{name}"] = entries[-1].get(f"VALARM-{name}", "") + value
    assert path == []
    return entries


def both(answer: httpx.Response) -> list[Entry]:
    """The events of a feed, on which two readers agree."""
    assert answer.status_code == 200, answer.text
    ours = read(answer.content)
    theirs: list[Any] = Calendar.from_ical(answer.content).walk("VEVENT")
    for mine, other in zip(ours, theirs, strict=True):
        for name in ("SUMMARY", "DESCRIPTION", "UID", "STATUS", "SEQUENCE"):
            assert mine[name] == str(other[name]), name
    return ours
