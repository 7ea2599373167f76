"""The description of a class of fields: an event, a value with parts, or the payload around an event.

This is the one reader of annotations. Validation, decoding, JSON Schema, the error list, the command line and the
reference are all made from what `describe` returns.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from domain.fields.types import TextFormat, Within
from domain.time.edtf import When


@dataclass(frozen=True, slots=True)
class ValueType:
    """One type of value that a field accepts; a field of a union accepts several."""

    python_type: type
    """str, int, float, bool, dict, tuple (a list in JSON), When, a dataclass, or object for any JSON value."""

    text_format: TextFormat | None = None
    """What a text must look like."""

    bounds: Within | None = None
    """Between which numbers a whole number must lie."""

    choices: tuple[Any, ...] = ()
    """The values of a closed list; empty where the list is not closed."""

    items: tuple["ValueType", ...] = ()
    """What the items of a list accept."""

    @property
    def is_list(self) -> bool:
        return self.python_type is tuple

    @property
    def is_date(self) -> bool:
        return self.python_type is When

    @property
    def is_any_json(self) -> bool:
        return self.python_type is object

    @property
    def nested(self) -> type | None:
        """The class of a value with parts of its own."""
        return self.python_type if is_dataclass(self.python_type) else None


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One field of a class."""

    name: str
    types: tuple[ValueType, ...]
    """What it accepts besides null."""

    required: bool
    nullable: bool
    """Whether its annotation has None in it."""

    default: Any
    """The value of a field that is absent; None where the field is required."""

    annotation: Any
    """The annotation itself, for a decoder that is made from annotations."""

    owner: Any
    """The class that declares it."""

    @property
    def doc(self) -> str:
        """The docstring under the field; empty where it has none."""
        return _docs(self.owner).get(self.name, "")

    @property
    def is_list(self) -> bool:
        return any(each.is_list for each in self.types)

    @property
    def names_entities(self) -> bool:
        """Whether it holds ids or names of parties and other entities of the deal."""
        kinds = (each for one in self.types for each in (one, *one.items))
        return any(each.text_format is not None and each.text_format.reference is not None for each in kinds)

    @property
    def nested(self) -> type | None:
        """The class of the values with parts that the field holds, one or a list of them."""
        candidates = (each.nested for one in self.types for each in (one, *one.items))
        return next((found for found in candidates if found is not None), None)


def keyword_named(cls: Any) -> Any:
    """The dataclass of a class that declares fields named by a keyword of Python, with an underscore after; else None.

    `from_` is the field `from`. The methods that dataclass writes out as source cannot name it, so they are given here.
    """
    named = [name for name in cls.__annotations__ if name.endswith("_")]
    if not named:
        return None
    cls.__annotations__ = {name.rstrip("_"): kind for name, kind in cls.__annotations__.items()}
    for name in named:
        setattr(cls, name.rstrip("_"), cls.__dict__[name])
        setattr(cls, name, property(_reader_of(name.rstrip("_"))))

    def initialize(self: Any, **given: Any) -> None:
        for each in fields(cls):
            if each.name not in given and each.default is MISSING:
                raise TypeError(f"{cls.__name__} needs {each.name}")
            object.__setattr__(self, each.name, given.pop(each.name, each.default))
        if given:
            raise TypeError(f"{cls.__name__} has no field {', '.join(given)}")

    def values(self: Any) -> tuple[Any, ...]:
        return tuple(getattr(self, each.name) for each in fields(cls))

    cls.__init__ = initialize
    cls.__eq__ = lambda self, other: type(other) is cls and values(self) == values(other)
    cls.__hash__ = lambda self: hash(values(self))
    cls.__repr__ = lambda self: (
        f"{cls.__name__}({', '.join(f'{e.name}={getattr(self, e.name)!r}' for e in fields(cls))})"
    )
    return dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)(cls)


def _reader_of(name: str) -> Any:
    """Reads the field of that name; its default where a decoder has set none."""
    return lambda self: getattr(self, name)


def describe(cls: type) -> Mapping[str, FieldDescription]:
    """The fields of a dataclass by name, in the order of their declaration; none for any other class."""
    known: Any = cls  # a class is hashable, which the type checker cannot see of one whose objects are compared
    return _described(known)


@cache
def _described(cls: Any) -> Mapping[str, FieldDescription]:
    if not is_dataclass(cls):
        return {}
    annotations = get_type_hints(cls, include_extras=True)
    described = {}
    for each in fields(cls):
        factory = each.default_factory
        has_default = each.default is not MISSING or factory is not MISSING
        default = factory() if factory is not MISSING else each.default if has_default else None
        annotation = annotations[each.name]
        types = value_types(annotation)
        nullable = NoneType in get_args(annotation)
        described[each.name] = FieldDescription(each.name, types, not has_default, nullable, default, annotation, cls)
    return described


def value_types(annotation: Any) -> tuple[ValueType, ...]:
    """What an annotation accepts, besides None."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return tuple(found for arm in arguments if arm is not NoneType for found in value_types(arm))
    if origin is Annotated:
        text_format = next((each for each in annotation.__metadata__ if isinstance(each, TextFormat)), None)
        bounds = next((each for each in annotation.__metadata__ if isinstance(each, Within)), None)
        return tuple(replace(each, text_format=text_format, bounds=bounds) for each in value_types(arguments[0]))
    if origin is Literal:
        return (ValueType(type(arguments[0]), choices=arguments),)
    if origin in (tuple, list):
        return (ValueType(origin, items=value_types(arguments[0])),)
    return (ValueType(object if annotation is Any else origin or annotation),)


@cache
def choices_of(closed_list: Any) -> tuple[Any, ...]:
    """The values of a closed list, which is a Literal."""
    return tuple(choice for each in value_types(closed_list) for choice in each.choices)


@cache
def _docs(cls: Any) -> Mapping[str, str]:
    """The docstring under each field of a class, by field name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    docs: dict[str, str] = {}
    for declared, text in pairwise(body):
        match declared, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(doc))):
                docs[name.rstrip("_")] = inspect.cleandoc(doc)
    return docs
