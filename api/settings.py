"""Settings, from the environment (`PARLEY_...`) or given by the caller."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api import limits
from ledger.merkle.note import Key
from ledger.tlog.witnesses import witnesses_of


def _witnesses(given: object) -> object:
    return witnesses_of(given) if isinstance(given, str) else given


_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


def _parts(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


class Settings(BaseSettings):
    """The settings of a server and their defaults."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="forbid")

    database: str | None = Field(
        default=None, description="URL of PostgreSQL 15 or newer; by default the embedded server."
    )
    data: Path = Field(
        default=Path("~/.parley"), description="Data folder of the embedded PostgreSQL, if no URL is given."
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
    trust: bool = Field(
        default=False,
        description="Disable authentication: for a process that opens no port and has access to the database.",
    )
    logs: int = Field(
        default=16,
        ge=1,
        description="Maximum number of open logs beside the main one; each has up to four connections to PostgreSQL.",
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
    webhooks_private: bool = Field(
        default=False, description="Allow webhooks to private networks and plain http, for tests."
    )
    tend: bool = Field(
        default=True, description="Run the workers (projections, signer) in this process, unless another process does."
    )
    witnesses: Annotated[tuple[Key, ...], NoDecode, BeforeValidator(_witnesses)] = Field(
        default=(), description="Comma-separated vkeys of the witnesses whose cosignatures are accepted; at most 16."
    )
    authority: str | None = Field(
        default=None, description="URL of an RFC 3161 timestamp authority for the log's checkpoints."
    )
    authority_certificate: Path | None = Field(
        default=None, description="PEM file with its certificate: only timestamps signed by it are stored."
    )
    origin: str | None = Field(
        default=None, description="Origin (name) of a new log in its checkpoints; it never changes."
    )

    @field_validator("cors")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for each in _parts(value):
            if _ORIGIN.fullmatch(each) is None:
                raise ValueError(
                    f"{each[:64]!r} is not an origin: give scheme and host, such as https://desk.example:8443."
                )
        return value

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
