"""The commands about API keys: list them, make one, revoke one."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.options import Json
from api.cli.output import styled, table
from api.formatting import minute_of

app = typer.Typer(name="keys", help="List the API keys; make one, revoke one.")


@command(app, alone=True)
def every(context: typer.Context, place: Place, json: Json = False) -> None:
    """List the API keys: principal, role, last use. The secrets are not shown."""
    if context.invoked_subcommand is not None:
        return
    with place.client() as client:
        found = client.get("/v1/keys")
    if json:
        output.write_json(found)
        return
    rows = table("Key", "Principal", "Role", "Made", "Last used", "Standing", wide="Principal")
    for each in found["items"]:
        made, used = minute_of(each["created_at"])[:10], minute_of(each["last_used_at"])[:10]
        cells = (each["id"], each["principal"], each["role"], made, used or "never", _standing(each))
        rows.add_row(*map(styled, cells))
    none = styled("There are no keys: a server on this machine alone asks for none, and listens on no other address.")
    output.stdout_console().print(rows if found["items"] else none)


@command(app)
def make(
    principal: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Who will use it: becomes recorded_by.")],
    place: Place,
    role: Annotated[
        str, typer.Option("--role", metavar="reader|recorder|auditor|admin", help="What it may do.")
    ] = "reader",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="INSTANT", help="When it ends; never, if not given.")
    ] = None,
    json: Json = False,
) -> None:
    """Create a key and print it once. Once a key exists, every request needs one."""
    wanted = {"principal": principal, "role": role, "expires_at": expires}
    with place.client(new=True) as client:
        made = client.send(
            "POST",
            "/v1/keys",
            content=orjson.dumps({name: value for name, value in wanted.items() if value is not None}),
            headers={"Content-Type": "application/json"},
        ).json()
    if json:
        output.write_json(made)
        return
    # Standard output has the key alone, so that it can be piped to a secret store.
    output.stderr_console().print(styled(f"{made['id']} for {principal}, {role}. It is shown this once:"))
    output.write_text(f"{made['key']}\n")


@command(app)
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY-ID", help="As parley keys lists it.")],
    place: Place,
    json: Json = False,
) -> None:
    """Revoke a key. It remains in the list."""
    with place.client() as client:
        revoked = client.send("DELETE", f"/v1/keys/{key}").json()
    if json:
        output.write_json(revoked)
    else:
        output.stdout_console().print(styled(f"{revoked['id']} of {revoked['principal']} is revoked."))


def _standing(key: Mapping[str, Any]) -> str:
    if key["revoked_at"]:
        return "revoked"
    return f"until {minute_of(key['expires_at'])}" if key["expires_at"] else "open"
