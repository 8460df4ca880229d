#!/usr/bin/env python3
"""A program that goes on though its server is killed: ``outlive.py HOST:PORT NAME KILLS``. It adds
without a pause and hears ticks, says so after each kill, and detaches. Another goes on from there:
``outlive.py HOST:PORT NAME again SUM TICK``."""

import asyncio
import collections
import json
import random
import sys

import mooring
from mooring import AsyncSession, Durability, ErrorCode, Keep, MooringError, NamePolicy

IN_FLIGHT = 48
CALLS_UNDER_WAY = 100  # so many answers, and a tick, and it is said


class Ticks:
    """The numbers of a ticker's events, of which none may be missing or come twice."""

    def __init__(self, last):
        self.last = last
        self.wrong = []

    def hear(self, payload):
        tick = json.loads(payload)["tick"]
        if tick != self.last + 1:
            self.wrong.append(f"tick {tick} after {self.last}")
        self.last = tick


async def open_both(address, name, policy, ticks, **named):
    def keep(durability):
        return Keep(60_000, durability, name, policy)

    counter = await AsyncSession.open(address, "counter", keep=keep(Durability.DISK), **named)
    ticker = await AsyncSession.open(
        address,
        "ticker",
        config={"interval_ms": "20"} if policy == NamePolicy.MUST_BE_NEW else None,
        keep=keep(Durability.ASYNC),
        on_event=ticks.hear,
        **named,
    )
    return counter, ticker


async def outlive(address, name, kills):
    resumed = 0

    def on_resumed():
        nonlocal resumed
        resumed += 1

    ticks = Ticks(0)
    counter, ticker = await open_both(
        address, name, NamePolicy.MUST_BE_NEW, ticks, on_resumed=on_resumed
    )
    sum = answered = told = seen = tick = 0
    calls = collections.deque()
    while calls or told <= kills:
        while len(calls) < IN_FLIGHT and told <= kills:
            amount = random.randrange(1000)
            calls.append((counter.submit("add", amount), amount))
        call, amount = calls.popleft()
        sum += amount
        value = (await call).value
        assert value == sum, f"{value} where {sum} was due"
        answered += 1
        if resumed >= 2 * told and answered >= seen + CALLS_UNDER_WAY and ticks.last > tick:
            print("under way", flush=True)
            told, seen, tick = told + 1, answered, ticks.last
    total = (await counter.call("get")).value
    assert total == sum, f"{total} where {sum} was due"
    await counter.detach()
    await ticker.detach()
    assert ticks.wrong == [], ticks.wrong
    print(f"{sum} {ticks.last} {answered} {resumed}")


async def go_on(address, name, sum, tick):
    ticks = Ticks(tick)
    counter, ticker = await open_both(address, name, NamePolicy.MUST_EXIST, ticks)
    call = counter.submit("add", 1)
    total = (await call).value
    assert total == sum + 1, f"{total} where {sum + 1} was due"
    assert call.id == counter.kept.committed_id + 1, (call.id, counter.kept)
    while ticks.last < tick + 10:
        await asyncio.sleep(0.01)
    assert ticks.wrong == [], ticks.wrong
    await counter.close()
    await ticker.close()
    try:
        await open_both(address, name, NamePolicy.MUST_EXIST, ticks)
    except MooringError as e:
        assert e.code == ErrorCode.SESSION_NOT_FOUND, e
    else:
        raise AssertionError("the sessions that were closed are there")
    print("gone on")


if __name__ == "__main__":
    address, name, *words = sys.argv[1:]
    if words[0] == "again":
        asyncio.run(go_on(address, name, int(words[1]), int(words[2])))
    else:
        asyncio.run(outlive(address, name, int(words[0])))
