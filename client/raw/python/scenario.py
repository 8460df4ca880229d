#!/usr/bin/env python3
"""The script of ../scenario.txt: ``scenario.py HOST:PORT [--token T] [--ca FILE]``."""

import argparse
import collections
import threading

import mooring
from mooring import Durability, Keep, Limits, MooringError, NamePolicy, Resume, Session
from mooring import Value, ValueType

MODULE = "conformance"

NUMBERS = (
    "f32 0.1",
    "f32 -inf",
    "f32 nan",
    "f32 nan:0x200000",
    "f32 -nan:0x1",
    "f64 nan:0x1",
    "f64 -nan:0x4000000000000",
    "i32 4294967295",
    "i64 -0x8000000000000000",
    "i32 4294967296",
    "i32 0.5",
    "i64 nan",
    "i64 18446744073709551616",
    "f32 1e39",
    "f64 -1e309",
    "f32 nan:0x800000",
    "f64 half",
)


class Events:
    """The events that came and weren't told yet. Filled by the client's thread."""

    def __init__(self):
        self.payloads = collections.deque()
        self.came = threading.Condition()

    def put(self, payload):
        with self.came:
            self.payloads.append(payload)
            self.came.notify_all()

    def take(self):
        """All that are here."""
        with self.came:
            payloads = list(self.payloads)
            self.payloads.clear()
            return payloads

    def wait(self):
        """The next one."""
        with self.came:
            assert self.came.wait_for(lambda: self.payloads, timeout=10), "no event came"
            return self.payloads.popleft()


def tell(line):
    print("  " + line)


def told(value):
    name = value.type.name.lower()
    if name == "f32":
        return f"f32 {value.bits:08x}"
    if name == "f64":
        return f"f64 {value.bits:016x}"
    return f"{name} {value.number}"


def told_as_text(session, function, text):
    """What comes back of a number as people write it, or why it isn't sent."""
    try:
        value = Value.parse(ValueType[function.upper()], text)
    except ValueError as e:
        return str(e)
    return told(session.call(function, value).values[0])


def why(error):
    trap = f", {mooring.TrapKind(error.trap).name}" if error.trap else ""
    return f"{error.name}, {'' if error.retryable else 'not '}retryable{trap}"


def failure(function):
    """What it fails of."""
    try:
        function()
    except MooringError as e:
        return e
    raise AssertionError("it didn't fail")


def run(address, **who):
    def open_it(module, **named):
        return Session.open(address, module, **named, **who)

    print("opening")
    tell("nobody: " + why(failure(lambda: open_it("nobody"))))
    unknown = failure(lambda: open_it(MODULE, config={"colour": "red"}))
    tell("an unknown key: " + why(unknown))
    trapping = failure(lambda: open_it(MODULE, config={"open": "trap"}))
    tell("a guest that traps: " + why(trapping))
    events = Events()
    session = open_it(
        MODULE,
        config={"text": "grüß dich", "open": "event", "close": "event"},
        limits=Limits(memory_bytes=1 << 20, call_timeout_ms=1000),
        on_event=events.put,
    )
    tell("opened: " + ", ".join(str(export) for export in session.exports))
    tell(f"memory_bytes: {session.limits.memory_bytes}")
    tell(f"call_timeout_ms: {session.limits.call_timeout_ms}")
    tell("event: " + events.wait().decode())

    print("typed calls")
    for function, number in (
        ("i32", -1),
        ("i32", -2147483648),
        ("i64", 9223372036854775807),
        ("f32", 1.5),
        ("f64", -0.0),
        ("f64", float("inf")),
    ):
        tell(f"{function}({number}): {told(session.call(function, number).values[0])}")
    tell("mix(1, 2, 3.5, 4.25): " + told(session.call("mix", 1, 2, 3.5, 4.25).values[0]))

    for word in NUMBERS:
        function, _, text = word.partition(" ")
        tell(f"{function}({text}): {told_as_text(session, function, text)}")

    print("byte calls")
    tell(f"echo(): {len(session.call('echo').output)} bytes")
    tell("echo(grüß dich): " + session.call("echo", input="grüß dich".encode()).text)
    many = bytes(range(250)) * 1200
    same = session.call("echo", input=many).output == many
    tell(f"echo of {len(many)} bytes: " + ("the same" if same else "others"))
    tell("config(text): " + session.call("config", input=b"text").text)

    print("pipelined calls")
    calls = [session.submit("add", 1) for _ in range(100)]
    sums = [call.result().value for call in calls]
    order = "in order" if sums == sorted(sums) else "in no order"
    tell(f"100 times add(1): {sums[0]} to {sums[-1]}, {order}")
    calls = [
        session.submit("add", 1),
        session.submit("fail"),
        session.submit("add", 1),
        session.submit("trap", 6),
        session.submit("add", 1),
    ]
    answers = []
    for call in calls:
        try:
            answers.append(str(call.result().value))
        except MooringError as e:
            answers.append(e.name)
    tell("add(1), fail, add(1), trap(6), add(1): " + ", ".join(answers))

    print("events")
    output = session.call("events", 3).text
    tell(f"events(3): {', '.join(e.decode() for e in events.take())}, and then: {output}")
    for size in (0, 70000):
        session.call("event", size)
        taken = events.take()
        tell(f"event({size}): {len(taken)} event, {len(taken[0])} bytes")
    session.call("timer", 20)
    tell("timer(20): " + events.wait().decode())

    print("errors")
    tell("nothing: " + why(failure(lambda: session.call("nothing"))))
    tell("add(i32 1): " + why(failure(lambda: session.call("add", Value(i32=1)))))
    error = failure(lambda: session.call("fail", input=b"no more"))
    tell(f"fail(no more): {why(error)}: {error.message}")
    tell("exit(3): " + why(failure(lambda: session.call("exit", 3))))
    tell("spin: " + why(failure(lambda: session.call("spin"))))
    tell("fill(5000000): " + why(failure(lambda: session.call("fill", 5_000_000))))
    tell("events(300): " + why(failure(lambda: session.call("events", 300))))
    for kind in range(1, 10):
        tell(f"trap({kind}): " + why(failure(lambda: session.call("trap", kind))))
    error = failure(lambda: session.call("echo", input=bytes(5_000_000)))
    tell("echo of 5000000 bytes: " + error.name)
    tell("grow(1000): " + told(session.call("grow", 1000).values[0]))
    tell("get: " + told(session.call("get").values[0]))
    tell(f"events meanwhile: {len(events.take())}")

    print("times")
    # The first may run before the server has read the others, whose time begins when it has.
    for _ in range(3):
        session.submit("work", 60)
    call = session.submit("get", timeout=0.03)
    tell("3 times work(60), then get within 30 ms: " + failure(call.result).name)
    first = session.submit("work", 200)
    second = session.submit("add", 1)
    second.cancel()
    tell("work(200), then add(1) cancelled: " + failure(second.result).name)
    first.result()
    tell("get: " + told(session.call("get").values[0]))

    print("ping")
    tell("answered" if session.ping() >= 0 else "answered before it was asked")

    print("closing")
    reason = session.close()
    tell("event: " + events.wait().decode())
    tell(mooring.CloseReason(reason).name)
    failure(lambda: session.call("get"))
    tell("get: refused")
    kept_sessions(open_it, events)


def kept_sessions(open_it, events):
    def open_kept(name, policy):
        keep = Keep(60_000, Durability.MEMORY, name, policy)
        return open_it(MODULE, config={"open": "event"}, keep=keep, on_event=events.put)

    def add(session):
        tell("add(5): " + told(session.call("add", 5).values[0]))

    print("kept sessions")
    missing = failure(lambda: open_kept("till", NamePolicy.MUST_EXIST))
    tell("there is none: " + why(missing))
    tell("a bad name: " + why(failure(lambda: open_kept("-", NamePolicy.MAY_EXIST))))
    first = open_kept("till", NamePolicy.MUST_BE_NEW)
    kept = first.kept
    durability = Durability(kept.durability).name
    tell(f"a new one: {kept.name}, {durability}, {kept.ttl_ms} ms, after call {kept.committed_id}")
    tell("event: " + events.wait().decode())
    add(first)
    tell("left: " + mooring.CloseReason(first.detach()).name)
    tell(f"received: {first.received}")
    existing = failure(lambda: open_kept("till", NamePolicy.MUST_BE_NEW))
    tell("must be new: " + why(existing))
    second = open_kept("till", NamePolicy.MUST_EXIST)
    tell(f"gone on with by name: after call {second.kept.committed_id}")
    add(second)
    resume = Resume(second.kept.token, second.received)
    third = open_it("", resume=resume, on_event=events.put)
    tell(f"gone on with by token: after call {third.kept.committed_id}")
    tell("the other: " + why(failure(lambda: second.wait_ended(10))))
    tell("get: " + told(third.call("get").values[0]))
    tell(f"events meanwhile: {len(events.take())}")
    tell("closed: " + mooring.CloseReason(third.close()).name)
    tell("by token again: " + why(failure(lambda: open_it("", resume=resume))))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", metavar="HOST:PORT")
    parser.add_argument("--token", default="")
    parser.add_argument("--ca", metavar="FILE")
    arguments = parser.parse_args()
    context = mooring.tls(arguments.ca) if arguments.ca else None
    run(arguments.address, token=arguments.token, tls=context)


if __name__ == "__main__":
    main()
