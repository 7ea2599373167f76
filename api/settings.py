"""Settings, from the environment (`PARLEY_...`) or given by the caller."""

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from api import limits
from ledger.merkle.note import Key
from ledger.tlog.witnesses import witnesses_of


def _witnesses(given: object) -> object:
    return witnesses_of(given) if isinstance(given, str) else given


_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?(?:/[!-~]*)?")


def _parts(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


RENAMED: Mapping[str, str] = {
    "PARLEY_AUTHORITY": "timestamp_url",
    "PARLEY_AUTHORITY_CERTIFICATE": "timestamp_certificate",
    "PARLEY_TEND": "run_workers",
    "PARLEY_TRUST": "disable_auth",
    "PARLEY_WEBHOOKS_PRIVATE": "webhooks_allow_private",
}
"""Settings by the former names of their environment variables, which are read for one release."""


class _RenamedVariables(EnvSettingsSource):
    """The settings of variables under their former names."""

    def __call__(self) -> dict[str, Any]:
        former = {old.lower(): new for old, new in RENAMED.items()}
        return {former[name]: value for name, value in self.env_vars.items() if name in former and value is not None}


def renamed_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """One sentence for each variable of the environment that is set under its former name."""
    names = {name.upper() for name in (os.environ if environment is None else environment)}
    return [
        f"{old} is now PARLEY_{new.upper()}: rename it, for the next release reads the new name only."
        for old, new in RENAMED.items()
        if old in names
    ]


class Settings(BaseSettings):
    """The settings of a server and their defaults."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="forbid")

    database: str | None = Field(
        default=None, description="URL of PostgreSQL 15 or newer; by default the embedded server."
    )
    writer: str | None = Field(
        default=None,
        description="On a hot standby: URL of the primary's PostgreSQL, for the log of who read evidence and known_at.",
    )
    writer_url: str | None = Field(
        default=None,
        description="On a hot standby: address of the server that records, to which writes are redirected.",
    )
    data: Path = Field(
        default=Path("~/.parley"), description="Data folder of the embedded PostgreSQL, if no URL is given."
    )
    keys: Path | None = Field(
        default=None, description="Folder of the keys of logs, such as a mounted secret; by default in the data folder."
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; any but a loopback address requires API keys."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0: any free port.")
    connections: int = Field(
        default=limits.CONNECTIONS,
        ge=1,
        description="Maximum number of client connections; lower if the limit of open files requires it.",
    )
    proxies: str = Field(
        default="127.0.0.1,::1",
        description="Comma-separated addresses or networks of proxies whose X-Forwarded-Proto is trusted; *: any.",
    )
    cors: str = Field(
        default="",
        description="Comma-separated origins, such as https://desk.example, that may call the API from a browser.",
    )
    tenant: str = Field(default="default", description="Log that is served without API keys.")
    disable_auth: bool = Field(
        default=False,
        description="Disable authentication: for a process that opens no port and has access to the database.",
    )
    logs: int = Field(
        default=limits.LOGS,
        ge=1,
        description="Maximum number of open logs beside the main one; they share connections and threads.",
    )
    rate: int = Field(
        default=1000,
        ge=0,
        description="Rate limit of each API key in requests a second; 0: none. Without keys there is none.",
    )
    queries: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Maximum number of costly queries computed at once; half of it for one key.",
    )
    query_processes: bool = Field(
        default=True,
        description="Compute costly queries of long deals in processes of their own.",
    )
    query_seconds: float = Field(
        default=20,
        gt=0,
        description="Deadline of a costly query (503 `too-costly`).",
    )
    bundle_seconds: float = Field(
        default=300,
        gt=0,
        description="Deadline of an evidence bundle, which replays its whole deal (503 `too-costly`).",
    )
    log: Literal["errors", "requests"] = Field(
        default="errors",
        description="What is logged as JSON lines on standard error: server errors, or every response too.",
    )
    webhooks_allow_private: bool = Field(
        default=False, description="Allow webhooks to private networks and plain http, for tests."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Number of processes that answer requests, on one socket.")
    run_workers: bool = Field(
        default=True,
        description="Run the workers (projections, signer, webhooks); else another server or parley work does.",
    )
    witnesses: Annotated[tuple[Key, ...], NoDecode, BeforeValidator(_witnesses)] = Field(
        default=(), description="Comma-separated vkeys of the witnesses whose cosignatures are accepted; at most 16."
    )
    timestamp_url: str | None = Field(
        default=None, description="URL of an RFC 3161 timestamp authority for the log's checkpoints."
    )
    timestamp_certificate: Path | None = Field(
        default=None, description="PEM file with its certificate: only timestamps signed by it are stored."
    )
    origin: str | None = Field(
        default=None, description="Origin (name) of a new log in its checkpoints; it never changes."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the caller gives, then the environment, then the environment under former names."""
        return init_settings, env_settings, _RenamedVariables(settings_cls)

    @field_validator("cors")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for each in _parts(value):
            if _ORIGIN.fullmatch(each) is None:
                raise ValueError(
                    f"{each[:64]!r} is not an origin: give scheme and host, such as https://desk.example:8443."
                )
        return value

    @field_validator("writer_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None and _ADDRESS.fullmatch(value) is None:
            raise ValueError(
                f"{value[:64]!r} is no address of a server: give scheme and host, such as https://parley.example."
            )
        return value.rstrip("/") if value is not None else None

    @property
    def origins_admitted(self) -> frozenset[str]:
        """The origins whose pages may call the API."""
        return frozenset(_parts(self.cors))

    @property
    def local(self) -> bool:
        """Whether the server listens on a loopback address."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
