"""Lists of controlled exports, and opinions that an asset falls under one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.entities.base import Entity
from domain.fields.values import Entry
from domain.time.edtf import When


@dataclass(frozen=True, kw_only=True)
class ExportList(Entity):
    KIND = "export_list"
    KEY = "list_id"
    SECTION = "export_lists"
    PHRASE = "the export list of {issuer:names}"
    HARD = frozenset({"version", "prohibition"})
    BUILT_UP = frozenset({"version", "entries", "gone"})
    ACCUMULATED: ClassVar = {"version": ()}

    issuer: str | None = None
    jurisdiction: str | None = None
    prohibition: str | None = None
    version: int = 0
    effective: When | None = None
    entries: tuple[Entry, ...] = ()
    added: int | None = None
    modified: int | None = None
    removed: int | None = None
    gone: tuple[str, ...] = ()
    """Labels of entries that were taken off the list."""
    history: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Match(Entity):
    """One opinion that an asset falls under an entry of a list."""

    KIND = "match"
    KEY = "match_id"
    UNCHECKED = True

    entry_ref: str = ""
    asset_id: str = ""
    assessed_by: str = ""
    opinion: str | None = None
    certainty: str | None = None
    list_id: str | None = None
