"""The commands about lists of deals: list them, show, set and delete one."""

from typing import Annotated

import typer

from api.cli import output
from api.cli.command import command
from api.cli.connection import Place
from api.cli.options import Json
from api.cli.output import styled, table
from api.formatting import minute_of
from domain.sentences import amounts

app = typer.Typer(name="lists", help="List the lists of deals; show, set, delete one.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the list.")]


@command(app, alone=True)
def every(context: typer.Context, place: Place, json: Json = False) -> None:
    """List the lists of deals: the shared ones, and your own."""
    if context.invoked_subcommand is not None:
        return
    with place.client() as client:
        found = list(client.deal_lists())
    if json:
        output.write_json({"items": found, "next": None})
        return
    rows = table("List", "Deals", "Owner", "Changed", wide="List")
    for each in found:
        name = each["name"] if each["description"] is None else f"{each['name']}: {each['description']}"
        owner = each["owner"] if each["shared"] else f"{each['owner']}, not shared"
        rows.add_row(*map(styled, (name, str(len(each["deals"])), owner, minute_of(each["changed_at"])[:10])))
    none = styled("There are no lists of deals: parley lists set NAME DEAL... makes one.")
    output.stdout_console().print(rows if found else none)


@command(app)
def show(name: Name, place: Place, json: Json = False) -> None:
    """Show the deals of a list."""
    with place.client() as client:
        found = client.deal_list(name)
    if json:
        output.write_json(found)
        return
    for deal_id in found["deals"]:
        output.stdout_console().print(styled(deal_id))
    if not found["deals"]:
        output.stdout_console().print(styled("The list is empty."))


@command(app, "set")
def set_list(
    name: Name,
    place: Place,
    deals: Annotated[
        list[str] | None, typer.Argument(metavar="DEAL", help="The deals of the list, instead of those it has.")
    ] = None,
    add: Annotated[list[str] | None, typer.Option("--add", metavar="DEAL", help="Add a deal; repeatable.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="DEAL", help="Take a deal out; repeatable.")
    ] = None,
    description: Annotated[str | None, typer.Option("--description", help="What the list is for.")] = None,
    shared: Annotated[
        bool | None, typer.Option("--shared/--private", help="Whether others see it; a new list is shared.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a list, or change one: its deals, description, and who sees it."""
    with place.client() as client:
        changed = {"add": add or (), "remove": remove or ()}
        made = client.set_list(name, deals or None, **changed, description=description, shared=shared)
    if json:
        output.write_json(made)
    else:
        count = amounts.count(len(made["deals"]), "deal")
        output.stdout_console().print(styled(f"{made['name']} holds {count}."))


@command(app)
def delete(name: Name, place: Place, json: Json = False) -> None:
    """Delete a list; the deals stay as they are."""
    with place.client() as client:
        removed = client.delete_list(name)
    if json:
        output.write_json(removed)
    else:
        output.stdout_console().print(styled(f"The list {removed['name']} is deleted."))
