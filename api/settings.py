"""Settings, from the environment (`PARLEY_...`) or given by whoever composes the server."""

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
    """What can be set, and what holds if it is not."""

    model_config = SettingsConfigDict(env_prefix="PARLEY_", frozen=True, extra="forbid")

    database: str | None = Field(
        default=None, description="URL of a PostgreSQL 15 or newer; without one, our own is started."
    )
    data: Path = Field(default=Path("~/.parley"), description="Folder of our own PostgreSQL, where no URL is given.")
    host: str = Field(default="127.0.0.1", description="Address to listen on; any but a loopback one needs API keys.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    connections: int = Field(
        default=limits.CONNECTIONS,
        ge=1,
        description="Connections of clients at most; fewer where the limit on open files is too low for them.",
    )
    proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks of the proxies whose X-Forwarded-Proto is trusted, by commas; *: any.",
    )
    cors: str = Field(
        default="",
        description="Origins such as https://desk.example, by commas, whose pages may call the API from a browser.",
    )
    tenant: str = Field(default="default", description="The log that a server without keys serves.")
    trust: bool = Field(
        default=False, description="Ask nobody for a key: for a process that opens no port and has the database anyway."
    )
    logs: int = Field(
        default=16,
        ge=1,
        description="Logs beside the main one that are open at once; each has up to four connections to PostgreSQL.",
    )
    rate: int = Field(
        default=1000,
        ge=0,
        description="Requests a second that each key may send; 0: any number. Without keys: any number.",
    )
    queries: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Costly questions about time that are computed at once; one key has half of them at most.",
    )
    query_seconds: float = Field(
        default=20,
        gt=0,
        description="A costly question that is not answered after so long is given up (503 `too-costly`).",
    )
    bundle_seconds: float = Field(
        default=300,
        gt=0,
        description="A sealed bundle, which replays its whole deal, is given up after so long (503 `too-costly`).",
    )
    log: Literal["errors", "requests"] = Field(
        default="errors",
        description="What is logged, as JSON lines on standard error: our faults, or every answer too.",
    )
    webhooks_private: bool = Field(
        default=False, description="Let webhooks reach private networks and plain http: for trying them out."
    )
    tend: bool = Field(
        default=True, description="Keep projections up to date and sign the log here, unless another process does."
    )
    witnesses: Annotated[tuple[Key, ...], NoDecode, BeforeValidator(_witnesses)] = Field(
        default=(), description="Keys (vkeys, by commas) of the witnesses whose cosignatures count; at most 16."
    )
    authority: str | None = Field(
        default=None, description="URL of an authority of time (RFC 3161) that stamps the log's checkpoints."
    )
    authority_certificate: Path | None = Field(
        default=None, description="PEM file with that authority's certificate: only its own stamps are then kept."
    )
    origin: str | None = Field(default=None, description="Name under which a new log is sealed; it never changes.")

    @field_validator("cors")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for each in _parts(value):
            if _ORIGIN.fullmatch(each) is None:
                raise ValueError(
                    f"{each[:64]!r} is no origin: write scheme and host, such as https://desk.example:8443."
                )
        return value

    @property
    def origins_admitted(self) -> frozenset[str]:
        """The origins whose pages may call the API."""
        return frozenset(_parts(self.cors))

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
