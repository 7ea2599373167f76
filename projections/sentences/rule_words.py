"""The words that rules write into their texts themselves: where an id is spelt like one of them, it is not replaced."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import CodeType, FunctionType, ModuleType

import domain.rules
import domain.sections

PACKAGES = (domain.rules, domain.sections)
"""The packages whose functions write the texts of rules."""

_WORD = re.compile(r"[A-Za-z]+")


@cache
def rule_words() -> frozenset[str]:
    """Every word in a text constant of a function of these packages."""
    return frozenset(word for module in _modules() for text in _texts(module) for word in _WORD.findall(text))


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        for each in iter_modules(package.__path__, f"{package.__name__}."):
            yield import_module(each.name)


def _texts(module: ModuleType) -> Iterator[str]:
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        for function in vars(value).values() if isinstance(value, type) else (value,):
            code = getattr(_plain(function), "__code__", None)
            if isinstance(code, CodeType):
                yield from _constants(code)


def _plain(function: object) -> object:
    """The function behind a property, a class method or a wrapper."""
    for name in ("fget", "func", "__func__", "__wrapped__"):
        inner = getattr(function, name, None)
        if isinstance(inner, FunctionType):
            return inner
    return function


def _constants(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _constants(constant)
