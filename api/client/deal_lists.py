"""The methods of the client about lists of deals."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import orjson

from api.client.errors import ApiError

Answer = dict[str, Any]
PATH = "/v1/lists"


class Sender(Protocol):
    """The requests of a client that these methods rest on."""

    def send(
        self,
        method: str,
        path: str,
        asked: Mapping[str, Any] | None = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response: ...

    def pages(self, path: str, asked: Mapping[str, Any]) -> Iterator[Any]: ...


class DealListMethods:
    """Named lists of deals, as methods of the client."""

    def deal_lists(self: Sender) -> Iterator[Answer]:
        """The shared lists, and one's own, by name."""
        return self.pages(PATH, {})

    def deal_list(self: Sender, name: str) -> Answer:
        """One list: its deals, owner, description."""
        answer: Answer = self.send("GET", _path(name)).json()
        return answer

    def set_list(
        self: Sender,
        name: str,
        deals: Iterable[str] | None = None,
        *,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
        description: str | None = None,
        shared: bool | None = None,
    ) -> Answer:
        """Make a list, or change the one of that name. What is not given stays as it is: `deals` replaces its deals,
        `add` and `remove` change them. Raises ApiError (412) where it was changed meanwhile."""
        held: Answer = {"deals": [], "description": None, "shared": True}
        condition = {"If-None-Match": "*"}
        try:
            found = self.send("GET", _path(name))
        except ApiError as error:
            if error.code != "unknown-list":
                raise
        else:
            held, condition = found.json(), {"If-Match": found.headers["ETag"]}
        wanted = {
            "deals": sorted({*(held["deals"] if deals is None else deals), *add} - {*remove}),
            "description": held["description"] if description is None else description,
            "shared": held["shared"] if shared is None else shared,
        }
        headers = {"Content-Type": "application/json", **condition}
        answer: Answer = self.send("PUT", _path(name), content=orjson.dumps(wanted), headers=headers).json()
        return answer

    def delete_list(self: Sender, name: str) -> Answer:
        """Delete a list; the deals stay as they are."""
        answer: Answer = self.send("DELETE", _path(name)).json()
        return answer


def _path(name: str) -> str:
    return f"{PATH}/{quote(name, safe='')}"
