"""Problems and their faults as answers show them: each class is what is encoded and what is published of it."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta


class Hint(TypedDict):
    """What to do next: a stable code, and the last sentence of `detail`."""

    code: str
    text: str


class Sentence(TypedDict):
    """What is wrong, in a sentence that holds the values, and what to do about it."""

    detail: str
    hint: NotRequired[Hint]


class Fault(Sentence):
    """A fault or a warning: of a place in what was sent, or of a line of an import with the faults in it."""

    code: str
    pointer: NotRequired[Annotated[str, Meta(description="RFC 6901, from the body; of a parameter, its name.")]]
    nearest: NotRequired[
        Annotated[list[str], Meta(description="Names that are held and spelt most like the one sent.")]
    ]
    line: NotRequired[Annotated[int, Meta(description="Of an import, from 1.")]]
    problems: NotRequired["list[Fault]"]
    problems_total: NotRequired[Annotated[int, Meta(description="Of these, where not all are listed.")]]


class Problem(Sentence):
    """RFC 9457. `code` is stable; `detail` holds the values and says what to do. There may be further members."""

    type: str
    title: str
    status: int
    code: str
    instance: str
    errors: NotRequired[list[Fault]]
    errors_total: NotRequired[Annotated[int, Meta(description="Of the errors, where not all are listed.")]]
