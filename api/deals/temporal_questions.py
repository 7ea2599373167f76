"""Bitemporal queries as questions that a process for costly queries can compute: the answer is encoded there."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Concatenate, ParamSpec

import orjson

from api.runtime.query_process import Question
from api.runtime.tenant_services import TenantServices
from projections.temporal.service import TemporalQueries

P = ParamSpec("P")


def temporal_question(
    query: Callable[Concatenate[TemporalQueries, P], object], *given: P.args, **named: P.kwargs
) -> Question:
    """The question of a method of the temporal queries with these arguments."""
    return partial(_answer, query, given, named)


def _answer(
    query: Callable[..., object], given: tuple[Any, ...], named: Mapping[str, Any], services: TenantServices
) -> bytes:
    return orjson.dumps(query(services.queries, *given, **named))
