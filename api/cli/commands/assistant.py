"""The command for assistants: the Model Context Protocol on standard streams or HTTP."""

from importlib.metadata import version
from typing import Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.errors import ExtraMissing

app = typer.Typer()

HOST = "127.0.0.1"


@command(app)
def mcp(
    place: Place,
    allow_recording: Annotated[
        bool, typer.Option("--allow-recording", help="Offer the tool that records events; needs a recorder's key.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option("--http", metavar="PORT", min=1, max=65535, help="Serve streamable HTTP here instead of stdio."),
    ] = None,
) -> None:
    """Serve the record to an assistant over the Model Context Protocol (extra `mcp`)."""
    try:
        from api.mcp.tools import make_server
    except ModuleNotFoundError as missing:
        raise ExtraMissing("parley mcp needs the extra mcp: pip install 'parley-tracker[mcp]'.") from missing
    with place.client() as client:
        made = make_server(client, version=version("parley-tracker"), allow_recording=allow_recording)
        if port is None:
            made.run()
        else:
            output.stderr_console().print(f"Parley serves the Model Context Protocol at http://{HOST}:{port}/mcp")
            made.run("streamable-http", host=HOST, port=port)
