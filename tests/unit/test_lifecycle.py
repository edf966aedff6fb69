"""When a stop may go on."""

import asyncio

from movieserver.process.lifecycle import Lifecycle


def test_a_request_that_begins_as_the_last_one_ends_is_waited_for() -> None:
    asyncio.run(ends_and_begins())


async def ends_and_begins() -> None:
    lifecycle = Lifecycle()
    lifecycle.enter()
    idle = asyncio.create_task(lifecycle.idle())
    await asyncio.sleep(0)
    lifecycle.leave()
    lifecycle.enter()
    done, _ = await asyncio.wait([idle], timeout=0.01)
    assert not done
    lifecycle.leave()
    await idle
