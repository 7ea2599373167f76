"""The declaration of a section of a state: its name, what derives it, what it depends on and how it is presented."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, is_typeddict

from domain.entities.base import Entity
from domain.sections.wording import Wording


class Form(Enum):
    """The shape of a section's value."""

    VALUE = "value"
    OBJECT = "object"
    LIST = "list"
    ENTRIES = "entries"
    """Objects by id."""
    NESTED = "nested"
    """Objects by two names."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a state."""

    name: str
    derive: Callable[..., Any]
    description: str
    returns: Any
    """The type of its value: JSON Schema is made from it."""

    form: Form
    inputs: tuple[str, ...]
    """The parameters of `derive`, by name: the parts of a derivation that it is given."""

    entity: type[Entity] | None
    """The kind of which it has an entry for each entity."""

    noun: str
    """One of its entries in a sentence; empty where none is spoken of."""

    title: str
    """Its heading."""

    columns: tuple[str, ...]
    """The members of an entry that a table shows; empty for all of them."""

    named_by: str
    """The member that describes an entry best; empty where none does."""

    depends_on: frozenset[str] | None
    """The kinds of entities that it is derived from; None for every kind."""

    separate: bool
    """Whether of its own kind each entry depends on its own entity alone."""

    in_digest: bool
    """Whether its changes are reported in a digest."""

    timed: bool
    """Whether the status of an entry may change by time alone, which is then an event of its own."""

    wording: Wording
    """The words for its changes."""
    statuses: tuple[str, ...]
    """Every status that an entry may have, besides none at all; empty where entries have no status."""

    over: frozenset[str]
    """Those of an entry that nothing more is expected of."""

    @property
    def by_id(self) -> bool:
        """Whether its members are named by ids."""
        return self.form in (Form.ENTRIES, Form.NESTED)

    @property
    def last(self) -> bool:
        """Whether it is derived from the other sections."""
        return "sections" in self.inputs


def section(
    *,
    wording: Wording,
    entity: type[Entity] | None = None,
    noun: str | None = None,
    title: str | None = None,
    columns: tuple[str, ...] = (),
    named_by: str = "",
    depends_on: tuple[type[Entity], ...] | None = None,
    separate: bool = False,
    in_digest: bool = True,
    timed: bool = False,
    statuses: tuple[str, ...] = (),
    over: Iterable[str] = (),
) -> Callable[[Callable[..., Any]], Section]:
    """Declare a section by the function that derives it.

    The function's docstring is the description, its return type the form. Its parameters are named after the parts of a
    derivation that it is given. The section has the name of the function; of an entity, that of Entity.SECTION.
    """

    def declare(derive: Callable[..., Any]) -> Section:
        signature = inspect.signature(derive)
        name = entity.SECTION if entity is not None else derive.__name__
        own = (entity,) if entity is not None else ()
        kinds = None if depends_on is None else frozenset(each.KIND for each in (*own, *depends_on))
        spoken_of = entity.KIND.replace("_", " ") if entity is not None and not entity.SINGLETON else ""
        return Section(
            name=name,
            derive=derive,
            description=" ".join(inspect.cleandoc(derive.__doc__ or "").split("\n\n")[0].split()),
            returns=signature.return_annotation,
            form=_form(signature.return_annotation),
            inputs=tuple(signature.parameters),
            entity=entity,
            noun=spoken_of if noun is None else noun,
            title=title or name.replace("_", " ").capitalize(),
            columns=columns,
            named_by=named_by,
            depends_on=kinds,
            separate=separate,
            in_digest=in_digest,
            timed=timed,
            wording=wording,
            statuses=statuses,
            over=frozenset(over),
        )

    return declare


_FORMS: dict[Any, Form] = {
    bool: Form.VALUE,
    str | None: Form.VALUE,
    dict[str, Any]: Form.OBJECT,
    dict[str, Any] | None: Form.OBJECT,
    list[str]: Form.LIST,
    list[dict[str, Any]]: Form.LIST,
    list[Mapping[str, Any]]: Form.LIST,
    dict[str, dict[str, Any]]: Form.ENTRIES,
    dict[str, dict[str, dict[str, Any]]]: Form.NESTED,
}


def _form(returns: Any) -> Form:
    return Form.OBJECT if is_typeddict(returns) else _FORMS[returns]
