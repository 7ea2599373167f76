"""API keys over HTTP: created, listed and revoked by the role admin."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.api_keys.answers import NewKey, new_key_of
from api.errors import invalid_input
from api.events.validation_errors import faults_of
from api.http.authentication import Caller
from api.http.text_validation import read_json
from api.runtime.runtime import Runtime
from domain.fields.identifiers import REF
from domain.time.edtf import parse_moment
from domain.time.instants import Moment
from projections.state.state_reader import clock


class WantedKey(BaseModel):
    """The body that creates an API key."""

    model_config = ConfigDict(extra="forbid", strict=True)

    principal: str = Field(pattern=f"^{REF}$", description="Who will use it: becomes recorded_by.")
    role: Literal["reader", "recorder", "auditor", "admin"] = Field(description="What it may do.")
    expires_at: str | None = Field(default=None, description="An instant with its offset; never where absent.")

    @field_validator("expires_at")
    @classmethod
    def _lies_ahead(cls, value: str | None) -> str | None:
        if value is not None and parse_moment(value) <= clock():
            raise ValueError(f"{value} is over already")
        return value

    @property
    def expiry(self) -> Moment | None:
        """The moment at which it expires."""
        return None if self.expires_at is None else parse_moment(self.expires_at)


def parse_key(value: Any) -> WantedKey:
    """The body, validated. Raises InvalidInput with every fault."""
    faults = faults_of(WantedKey, value)
    if faults:
        raise invalid_input(faults)
    return WantedKey.model_validate(value)


async def create_key(request: Request, who: Caller) -> NewKey:
    """A new key with its secret, which is shown only once."""
    asked = parse_key(await read_json(request))
    held, key = await run_in_threadpool(
        who.log.access.make, asked.principal, asked.role, by=who.principal, expires_at=asked.expiry
    )
    runtime: Runtime = request.app.state.runtime
    runtime.keys.clear()
    return new_key_of(held, key)
