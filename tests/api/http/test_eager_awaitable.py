"""An awaitable that is begun at once: done without a wait, or resumed by the task that awaits it."""

import asyncio

import pytest

from api.http.eager_awaitable import EagerAwaitable


async def echo(gate: asyncio.Event, value: str, ended: list[str]) -> str:
    try:
        for _ in range(2):
            await gate.wait()
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        ended.append(value)
        raise
    return value


def test_what_does_not_wait_is_done_at_once() -> None:
    async def immediate() -> str:
        return "value"

    begun = EagerAwaitable(immediate())
    assert (begun.done, begun.result) == (True, "value")


def test_what_waits_is_resumed_in_the_task_that_awaits_it() -> None:
    async def run() -> str:
        gate = asyncio.Event()
        made: list[EagerAwaitable[str]] = []
        asyncio.get_running_loop().call_soon(lambda: made.append(EagerAwaitable(echo(gate, "value", []))))
        await asyncio.sleep(0)
        assert not made[0].done
        asyncio.get_running_loop().call_soon(gate.set)
        return await made[0]

    assert asyncio.run(run()) == "value"


def test_a_deadline_ends_what_was_begun() -> None:
    ended: list[str] = []

    async def run() -> None:
        begun = EagerAwaitable(echo(asyncio.Event(), "value", ended))
        async with asyncio.timeout(0):
            await begun

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert ended == ["value"]


def test_an_error_before_the_first_wait_is_raised_at_once() -> None:
    async def failing() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        EagerAwaitable(failing())
