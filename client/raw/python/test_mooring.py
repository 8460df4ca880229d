"""Tests of mooring.py: ``python3 -m unittest`` in this folder.

They read PROTOCOL.md and the golden frames two folders up, and talk to servers made of a script.
"""

import asyncio
import dataclasses
import pathlib
import re
import socket
import struct
import unittest

import mooring
from mooring import ClientMessage, ErrorCode, ServerMessage, Value

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
MAX_FRAME_BYTES = 4 << 20
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

ENUMS = (
    ErrorCode,
    mooring.TrapKind,
    mooring.ValueType,
    mooring.GoAwayReason,
    mooring.CloseReason,
    mooring.Durability,
    mooring.NamePolicy,
)
NUMBERS = {member.name: int(member) for kind in ENUMS for member in kind}


# --- protobuf's text format, as the golden frames' texts have it ---------------------------------

TOKEN = re.compile(rb'\s*(?:([{}:])|"((?:[^"\\]|\\.)*)"|([^\s{}:"]+))')
ESCAPE = re.compile(rb'\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))')
SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def unescape(match):
    octal, hexadecimal, short = match.groups()
    if octal or hexadecimal:
        return bytes((int(octal, 8) if octal else int(hexadecimal, 16),))
    return SHORT.get(short, short)


def parse_text(kind, text):
    tokens = [match.groups() for match in TOKEN.finditer(text.encode())]
    message, at = parse_fields(kind, tokens, 0)
    assert at == len(tokens), text
    return message


def parse_fields(kind, tokens, at):
    message = kind()
    while at < len(tokens) and tokens[at][0] != b"}":
        name, at = tokens[at][2].decode(), at + 1
        m = next(m for known, m in kind._by_number.values() if known == name)
        field = mooring._Entry if m["label"] == "map" else m["kind"]
        if tokens[at][0] == b"{":
            value, at = parse_fields(field, tokens, at + 1)
        else:
            _, quoted, word = tokens[at + 1]
            value = to_value(field, quoted, word)
            at += 1
        at += 1
        if m["label"] == "map":
            getattr(message, name)[value.key] = value.value
        elif m["label"] in ("many", "packed"):
            getattr(message, name).append(value)
        else:
            setattr(message, name, value)
    return message, at


def to_value(kind, quoted, word):
    if quoted is not None:
        data = ESCAPE.sub(unescape, quoted)
        return data if kind is mooring._RAW else data.decode()
    word = word.decode()
    if word in ("true", "false"):
        return word == "true"
    if word in NUMBERS:
        return NUMBERS[word]
    if kind in (mooring._FLOAT, mooring._DOUBLE):
        return float(word)
    return int(word)


class GoldenFrame:
    def __init__(self, path):
        self.name = path.stem
        self.bytes = path.with_suffix(".bin").read_bytes()
        head = dict(
            line.split(": ", 1)
            for line in path.read_text().splitlines()
            if re.match("(direction|message|error): ", line)
        )
        self.kind = ClientMessage if head["direction"] == "client" else ServerMessage
        self.error = head.get("error")
        self.message = parse_text(self.kind, head["message"]) if "message" in head else None
        if self.name.endswith("-nan-bits"):
            # Text has one NaN; the bytes that this one has are the frame's last.
            is_call = self.kind is ClientMessage
            values = self.message.call.arguments if is_call else self.message.result.values
            data = self.bytes[-4:] if values[0].f32 is not None else self.bytes[-8:]
            values[0] = Value.of_bits(values[0].type, int.from_bytes(data, "little"))


GOLDEN = [GoldenFrame(path) for path in sorted((PROTO / "vectors").glob("*.txt"))]
GOOD = [golden for golden in GOLDEN if golden.error is None]


def shown(messages):
    """Messages as text, to be compared: a NaN isn't equal to itself, and a map has no order."""
    for message in messages:
        if isinstance(message, ClientMessage) and message.open:
            message.open.config = dict(sorted(message.open.config.items()))
    return repr(messages)


def bodies(pieces):
    frames = mooring.Frames(MAX_FRAME_BYTES)
    for piece in pieces:
        frames.feed(piece)
        while (body := frames.next()) is not None:
            yield body
    assert frames.buffered_bytes == 0


class GoldenFrameVectorTest(unittest.TestCase):
    def test_vectors_are_there(self):
        self.assertGreater(len(GOOD), 90)
        self.assertGreater(len(GOLDEN) - len(GOOD), 15)

    def test_read_every_good_frame_split_anywhere_is_its_message(self):
        for golden in GOOD:
            for split in range(len(golden.bytes) + 1):
                pieces = (golden.bytes[:split], golden.bytes[split:])
                read = [mooring.decode(golden.kind, body) for body in bodies(pieces)]
                self.assertEqual(shown([golden.message]), shown(read), golden.name)

    def test_read_all_glued_and_byte_by_byte_are_their_messages(self):
        for kind in (ClientMessage, ServerMessage):
            some = [golden for golden in GOOD if golden.kind is kind]
            wire = b"".join(golden.bytes for golden in some) * 3
            expected = shown([golden.message for golden in some] * 3)
            for piece in (1, 2, 3, 7, len(wire)):
                pieces = (wire[at : at + piece] for at in range(0, len(wire), piece))
                read = [mooring.decode(kind, body) for body in bodies(pieces)]
                self.assertEqual(expected, shown(read))

    def test_write_every_frame_is_its_bytes(self):
        written = 0
        for golden in GOLDEN:
            if golden.message is not None and not golden.name.startswith("odd-"):
                message = golden.message
                if golden.name == "open-full":
                    # The text sorts the map's entries; the frame has an order of its own.
                    entries = message.open.config.items()
                    message.open.config = dict(sorted(entries, reverse=True))
                self.assertEqual(golden.bytes, mooring.frame(message), golden.name)
                written += 1
        self.assertGreater(written, 90)

    def test_read_bad_frame_is_refused(self):
        for golden in GOLDEN:
            if golden.error is None or golden.message is not None:
                continue
            with self.subTest(golden.name):
                if golden.name in ("bad-message-empty", "bad-message-unknown"):
                    (body,) = bodies([golden.bytes])
                    message = mooring.decode(ClientMessage, body)
                    self.assertEqual(ClientMessage(), message)
                else:
                    with self.assertRaises(mooring.DecodeError):
                        for body in bodies([golden.bytes]):
                            mooring.decode(ClientMessage, body)


class ProtocolDocumentTest(unittest.TestCase):
    document = (PROTO / "PROTOCOL.md").read_text()

    def test_numbers_are_those_of_the_tables(self):
        rows = re.findall(r"^\| (\d+) \| `([A-Z_]+)` \|", self.document, re.MULTILINE)
        told = {name: int(number) for number, name in rows}
        ours = {code.name: int(code) for code in ErrorCode if code >= 100}
        ours |= {trap.name: int(trap) for trap in mooring.TrapKind}
        self.assertEqual(told, ours)

    def test_fields_are_those_of_the_tables(self):
        for title, text in re.findall(r"^### `(\w+)`\n((?:(?!#).*\n)*)", self.document, re.M):
            rows = re.findall(r"^\| (\d+) \| `([a-z0-9_]+)` \| `[^`]+` \|", text, re.MULTILINE)
            ours = getattr(mooring, title)._by_number
            self.assertEqual(
                {int(number): name for number, name in rows},
                {number: name for number, (name, _) in ours.items()},
                title,
            )


class ValueTest(unittest.TestCase):
    def test_of_signed_and_unsigned_are_the_same_bits(self):
        self.assertEqual(mooring.Value(i32=-1), mooring.Value.of(1, 0xFFFF_FFFF))
        self.assertEqual(mooring.Value(i64=-1), mooring.Value.of(2, (1 << 64) - 1))
        self.assertEqual(mooring.Value(i32=-(1 << 31)), mooring.Value.of(1, -(1 << 31)))
        self.assertEqual(mooring.Value(f64=3.0), mooring.Value.of(4, 3))

    def test_of_what_does_not_fit_is_refused(self):
        for kind, number in ((1, 1 << 32), (1, -(1 << 31) - 1), (2, 1 << 64), (1, 1.5), (3, 1e300)):
            with self.assertRaises(ValueError):
                mooring.Value.of(kind, number)

    def test_of_bits_are_those_that_are_written(self):
        for kind, bits in (
            (1, 0xFFFF_FFFF),
            (2, 1 << 63),
            (3, 0x3FC0_0000),
            (3, 0x7FA0_0000),
            (3, 0xFF80_0001),
            (4, 0x7FF0_0000_0000_0001),
            (4, 0xFFF8_0000_0000_0000),
        ):
            value = mooring.Value.of_bits(kind, bits)
            read = mooring.decode(mooring.Value, mooring.encode(value))
            self.assertEqual((kind, bits), (read.type, read.bits))
            self.assertNotIsInstance(read.number, mooring._Nan)
        for kind, bits in ((1, 1 << 32), (3, 1 << 32), (4, 1 << 64), (4, -1)):
            with self.assertRaises(ValueError):
                mooring.Value.of_bits(kind, bits)

    def test_of_a_nan_is_the_canonical_one(self):
        for nan in (float("nan"), -float("nan"), mooring.Value.of_bits(4, 0xFFF0_0000_0000_0001).number):
            self.assertEqual(0x7FC0_0000, mooring.Value.of(3, nan).bits)
            self.assertEqual(0x7FF8_0000_0000_0000, mooring.Value.of(4, nan).bits)

    def test_write_what_does_not_fit_is_refused(self):
        for value in (
            mooring.Value(i32=1 << 31),
            mooring.Value(i64=1 << 63),
            mooring.Value(f32=1e39),
            mooring.Ping(1 << 64),
            mooring.Ping(-1),
        ):
            with self.assertRaises(ValueError):
                mooring.encode(value)
        with self.assertRaises(ValueError):
            mooring.Value.of(4, 10**400)

    def test_address_forms(self):
        self.assertEqual(("a.example", 7070), mooring.parse_address("a.example"))
        self.assertEqual(("::1", 80), mooring.parse_address("[::1]:80"))
        for wrong in ("a:b", "a:0", "a:70000"):
            with self.assertRaises(ValueError):
                mooring.parse_address(wrong)


# --- Sessions, against a server made of a script -------------------------------------------------

OPENED = mooring.Opened(
    session_id="5f37",
    module_digest="sha256:00",
    exports=[mooring.Export("add", [2], [2]), mooring.Export("go", [], [])],
    limits=mooring.Limits(frame_bytes=1000),
)
KEPT = mooring.Kept(
    token=b"t" * 32,
    ttl_ms=60_000,
    durability=mooring.Durability.DISK,
    unacknowledged_messages=1024,
    unacknowledged_bytes=1 << 20,
)


class Peer:
    """The server's side of one connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.frames = mooring.Frames(MAX_FRAME_BYTES)

    async def read(self):
        while (body := self.frames.next()) is None:
            data = await self.reader.read(65_536)
            if not data:
                return None
            self.frames.feed(data)
        return mooring.decode(ClientMessage, body)

    def send(self, **member):
        self.writer.write(mooring.frame(ServerMessage(**member)))

    async def open(self):
        message = await self.read()
        self.send(opened=OPENED)
        return message.open

    async def open_kept(self, **kept):
        open = (await self.read()).open
        self.send(opened=dataclasses.replace(OPENED, kept=dataclasses.replace(KEPT, **kept)))
        return open

    async def resume(self, committed_id):
        return (await self.open_kept(resumed=True, committed_id=committed_id)).resume

    async def refuse(self, code, retryable=False):
        """Instead of opening, or after it."""
        await self.read()
        self.send(error=mooring.Error(0, code, "what is wrong", retryable))

    async def expect_call(self, *ids):
        for id in ids:
            call = (await self.read()).call
            assert call is not None and call.id == id, (id, call)


class ServedTest(unittest.IsolatedAsyncioTestCase):
    async def serve(self, *scripts):
        """A server whose connections run `script(peer)`, one after the other, and the last one all
        that follow; returns its address."""
        self.failures = []
        left = list(scripts)

        async def run(reader, writer):
            try:
                await (left.pop(0) if len(left) > 1 else left[0])(Peer(reader, writer))
                await writer.drain()
            except (ConnectionError, asyncio.CancelledError):
                pass
            except Exception as e:
                self.failures.append(e)
            finally:
                writer.close()

        server = await asyncio.start_server(run, "127.0.0.1", 0)

        async def stop():
            server.close()
            self.assertEqual([], self.failures)

        self.addAsyncCleanup(stop)
        self.server = server
        return "127.0.0.1:%d" % server.sockets[0].getsockname()[1]

    async def open(self, *scripts, **named):
        return await mooring.AsyncSession.open(await self.serve(*scripts), "m", **named)

    async def assert_ends(self, session, code):
        with self.assertRaises(mooring.SessionError) as raised:
            await session.wait_ended(10)
        self.assertEqual(code, raised.exception.code, raised.exception)
        self.assertFalse(session.is_open)


class SessionTest(ServedTest):
    async def test_open_sends_what_is_asked(self):
        asked = []

        async def script(peer):
            asked.append(await peer.open())
            await peer.read()
            peer.send(closed=mooring.Closed(1))

        limits = mooring.Limits(memory_bytes=1 << 20)
        session = await self.open(script, config={"a": "1"}, limits=limits, token="secret")
        self.assertEqual("5f37", session.id)
        self.assertEqual(1, await session.close())
        self.assertEqual([mooring.Open(1, "m", {"a": "1"}, limits, "secret")], asked)

    async def test_open_refused_raises_what_the_server_says(self):
        async def script(peer):
            await peer.read()
            peer.send(error=mooring.Error(0, 207, "full", True))

        with self.assertRaises(mooring.OpenError) as raised:
            await self.open(script)
        error = raised.exception
        told = (error.code, error.retryable, error.message)
        self.assertEqual((ErrorCode.SERVER_OVERLOADED, True, "full"), told)

    async def test_open_nobody_answers_times_out(self):
        async def script(peer):
            await peer.read()
            await peer.read()

        with self.assertRaises(mooring.MooringError) as raised:
            await self.open(script, options=mooring.Options(open_timeout=0.05))
        self.assertEqual(ErrorCode.TIMEOUT, raised.exception.code)

    async def test_open_nobody_there_fails(self):
        with self.assertRaises(mooring.MooringError) as raised:
            await mooring.AsyncSession.open("127.0.0.1:1", "m")
        self.assertEqual(ErrorCode.CONNECT_FAILED, raised.exception.code)

    async def test_calls_pipelined_are_sent_in_order_within_the_window(self):
        held = []

        async def script(peer):
            await peer.open()
            # Nothing is answered until as many have come as may be on their way.
            calls = [(await peer.read()).call for _ in range(4)]
            held.append(await_quiet(peer))
            await held[0]
            for call in calls:
                peer.send(result=mooring.Result(call.id, [call.arguments[0]]))
            while (message := await peer.read()).call is not None:
                peer.send(result=mooring.Result(message.call.id, [message.call.arguments[0]]))
            peer.send(closed=mooring.Closed(1))

        async def await_quiet(peer):
            with self.assertRaises(TimeoutError):
                await asyncio.wait_for(peer.reader.read(1), 0.05)

        session = await self.open(script, options=mooring.Options(max_calls_in_flight=4))
        pending = [session.submit("add", n) for n in range(50)]
        self.assertEqual(list(range(50)), [(await call).value for call in pending])
        self.assertEqual(list(range(1, 51)), [call.id for call in pending])
        await session.close()

    async def test_call_error_is_raised_and_the_session_goes_on(self):
        async def script(peer):
            await peer.open()
            await peer.read()
            peer.send(error=mooring.Error(1, 302, "boom", False, 6))
            call = (await peer.read()).call
            sent = (call.id, call.index, call.input, call.timeout_ms, call.traceparent)
            self.assertEqual((2, 1, b"abc", 1500, TRACEPARENT), sent)
            peer.send(event=mooring.Event(b"before"))
            peer.send(result=mooring.Result(2, [], b"out"))
            await peer.read()
            peer.send(closed=mooring.Closed(1))

        async with await self.open(script) as session:
            with self.assertRaises(mooring.CallError) as raised:
                await session.call("add", 1)
            error = raised.exception
            expected = (ErrorCode.GUEST_TRAP, mooring.TrapKind.INTEGER_DIVIDE_BY_ZERO, 1)
            self.assertEqual(expected, (error.code, error.trap, error.call_id))
            named = {"input": b"abc", "timeout": 1.5, "traceparent": TRACEPARENT}
            self.assertEqual(b"out", (await session.call("go", **named)).output)
            self.assertEqual(b"before", await session.next_event(1))

    async def test_call_of_the_wrong_type_is_refused_here(self):
        async def script(peer):
            await peer.open()
            self.assertIsNone(await peer.read())

        session = await self.open(script)
        for arguments, code in ((("add", 1.5), 301), (("add", 1, 2), 301), (("sub", 1), 300)):
            with self.assertRaises(mooring.CallError) as raised:
                await session.call(*arguments)
            self.assertEqual(code, raised.exception.code)
        with self.assertRaises(mooring.CallError) as raised:
            await session.call("go", input=b"x" * 1000)
        self.assertEqual(ErrorCode.FRAME_TOO_LARGE, raised.exception.code)
        session.abort()

    async def test_unknown_code_goes_by_its_hundreds(self):
        async def script(peer):
            await peer.open()
            await peer.read()
            peer.send(error=mooring.Error(1, 399, "new"))
            await peer.read()
            peer.send(error=mooring.Error(0, 199, "newer"))

        session = await self.open(script)
        with self.assertRaises(mooring.CallError) as raised:
            await session.call("go")
        self.assertEqual("399: new", str(raised.exception))
        session.submit("go")
        await self.assert_ends(session, 199)

    async def test_cancel_sends_cancel_and_waits_for_the_answer(self):
        async def script(peer):
            await peer.open()
            await peer.read()
            self.assertEqual(1, (await peer.read()).cancel.id)
            peer.send(error=mooring.Error(1, 306, "cancelled", True))
            await peer.read()
            peer.send(closed=mooring.Closed(1))

        session = await self.open(script)
        pending = session.submit("go")
        pending.cancel()
        with self.assertRaises(mooring.CallError) as raised:
            await pending
        self.assertEqual(ErrorCode.CANCELLED, raised.exception.code)
        await session.close()

    async def test_answer_late_gives_the_call_up_and_keeps_its_place(self):
        async def script(peer):
            await peer.open()
            await peer.read()
            await peer.read()
            peer.send(result=mooring.Result(1))
            peer.send(result=mooring.Result(2, [mooring.Value(i64=7)]))
            await peer.read()
            peer.send(closed=mooring.Closed(1))

        session = await self.open(script, options=mooring.Options(answer_timeout=0.05))
        with self.assertRaises(mooring.MooringError) as raised:
            await session.call("go")
        self.assertEqual(ErrorCode.TIMEOUT, raised.exception.code)
        self.assertEqual(7, (await session.call("add", 7)).value)
        await session.close()

    async def test_ping_measures_and_matches(self):
        async def script(peer):
            await peer.open()
            peer.send(pong=mooring.Pong((await peer.read()).ping.token))
            await peer.read()
            peer.send(pong=mooring.Pong(99))

        session = await self.open(script)
        self.assertGreaterEqual(await session.ping(), 0)
        with self.assertRaises(mooring.SessionError) as raised:
            await session.ping()
        self.assertEqual(ErrorCode.PROTOCOL_VIOLATION, raised.exception.code)

    async def test_server_breaking_the_protocol_ends_the_session(self):
        for name, answer in {
            "another call's answer": mooring.frame(ServerMessage(result=mooring.Result(9))),
            "a second Opened": mooring.frame(ServerMessage(opened=OPENED)),
            "a length not canonical": b"\x85\x00",
            "a frame too long": b"\xff\xff\xff\x7f",
            "no message": b"\x01\x0b",
        }.items():
            with self.subTest(name):

                async def script(peer):
                    await peer.open()
                    await peer.read()
                    peer.writer.write(answer)
                    await peer.read()

                session = await self.open(script)
                session.submit("go")
                await self.assert_ends(session, ErrorCode.PROTOCOL_VIOLATION)

    async def test_end_without_a_last_word_is_a_lost_connection(self):
        async def script(peer):
            await peer.open()
            await peer.read()

        session = await self.open(script)
        with self.assertRaises(mooring.SessionError) as raised:
            await session.call("go")
        self.assertEqual(ErrorCode.CONNECTION_LOST, raised.exception.code)
        with self.assertRaises(mooring.SessionError) as raised:
            session.submit("go")
        self.assertEqual(ErrorCode.SESSION_CLOSED, raised.exception.code)

    async def test_go_away_refuses_new_calls_and_answers_the_promised(self):
        async def script(peer):
            await peer.open()
            await peer.read()
            peer.send(go_away=mooring.GoAway(1, 1, "good night"))
            await asyncio.sleep(0.02)
            peer.send(result=mooring.Result(1))
            peer.send(closed=mooring.Closed(2))

        told = []
        session = await self.open(script, on_go_away=told.append)
        await session.call("go")
        self.assertEqual("good night", told[0].message)
        self.assertEqual(mooring.CloseReason.GONE_AWAY, await session.wait_ended(5))

    async def test_events_that_nobody_takes_end_the_session(self):
        async def script(peer):
            await peer.open()
            for n in range(20):
                peer.send(event=mooring.Event(b"%d" % n))
            await peer.read()

        session = await self.open(script, options=mooring.Options(max_events=10))
        await self.assert_ends(session, ErrorCode.EVENTS_UNREAD)

    async def test_events_taken_slowly_pause_the_reading_and_all_come(self):
        async def script(peer):
            await peer.open()
            await peer.read()
            for n in range(500):
                peer.send(event=mooring.Event(b"%d" % n))
            peer.send(result=mooring.Result(1))
            await peer.read()
            peer.send(closed=mooring.Closed(1))

        session = await self.open(script, options=mooring.Options(max_events=10))
        first = asyncio.create_task(session.next_event())
        await asyncio.sleep(0)
        pending = session.submit("go")
        self.assertEqual(b"0", await first)
        seen = []
        async for event in session.events():
            self.assertLessEqual(len(session._events), 11)
            seen.append(event)
            if len(seen) == 499:
                break
        self.assertEqual([b"%d" % n for n in range(1, 500)], seen)
        await pending
        await session.close()

    async def test_close_goes_after_the_calls_that_wait(self):
        async def script(peer):
            await peer.open()
            for id in range(1, 11):
                self.assertEqual(id, (await peer.read()).call.id)
                peer.send(result=mooring.Result(id))
            self.assertIsNotNone((await peer.read()).close)
            peer.send(closed=mooring.Closed(1))

        session = await self.open(script, options=mooring.Options(max_calls_in_flight=1))
        pending = [session.submit("go") for _ in range(10)]
        self.assertEqual(mooring.CloseReason.CLIENT_CLOSED, await session.close())
        for call in pending:
            await call

    async def test_blocking_session_does_the_same(self):
        async def script(peer):
            await peer.open()
            while (message := await peer.read()) is not None:
                if message.call:
                    peer.send(event=mooring.Event(b"e"))
                    peer.send(result=mooring.Result(message.call.id, message.call.arguments))
                elif message.ping:
                    peer.send(pong=mooring.Pong(message.ping.token))
                else:
                    peer.send(closed=mooring.Closed(1))
                    return

        address = await self.serve(script)

        def run():
            with mooring.Session.open(address, "m") as session:
                calls = [session.submit("add", n) for n in range(20)]
                self.assertEqual(list(range(20)), [call.result().value for call in calls])
                self.assertEqual(20, len(list(session.events(0.05))))
                self.assertGreaterEqual(session.ping(), 0)
                self.assertEqual(3, session.call(0, 3).value)
            self.assertFalse(session.is_open)
            with self.assertRaises(mooring.SessionError):
                session.call("go")

        await asyncio.to_thread(run)


class KeptSessionTest(ServedTest):
    """What goes on, what is said again, and how it ends."""

    KEEP = mooring.Keep(60_000, mooring.Durability.DISK, "till")

    async def open(self, *scripts, **named):
        self.told = []
        named = {"keep": self.KEEP, "token": "me"} | named
        session = await super().open(
            *scripts,
            on_lost=lambda error: self.told.append(error.name),
            on_resumed=lambda: self.told.append("resumed"),
            **named,
        )
        self.addCleanup(session.abort)
        return session

    async def assert_fails(self, code, pending):
        with self.assertRaises(mooring.MooringError) as raised:
            await asyncio.wait_for(pending._wait(), 10)
        self.assertEqual(code, raised.exception.code, raised.exception)
        return raised.exception

    @staticmethod
    async def lose_two_calls(peer):
        """Opens, answers the first of two calls, and is gone."""
        await peer.open_kept()
        await peer.expect_call(1, 2)
        peer.send(event=mooring.Event(b"once", 1))
        peer.send(result=mooring.Result(1, [Value(i64=1)], sequence=2))

    @staticmethod
    async def make_two_calls(session):
        """The second, when the first is answered."""
        first, second = session.submit("add", 1), session.submit("add", 1)
        await first
        return second

    async def until_told(self):
        while not self.told:
            await asyncio.sleep(0.001)

    async def test_open_kept_asks_and_tells(self):
        asked = []

        async def script(peer):
            asked.append(await peer.open_kept(name="till"))
            await peer.read()

        session = await self.open(script)
        self.assertEqual([mooring.Open(1, "m", {}, None, "me", self.KEEP)], asked)
        kept = session.kept
        self.assertEqual(("till", False, 0), (kept.name, kept.resumed, session.received))

    async def test_open_otherwise_than_asked_is_a_violation(self):
        for script, keep in ((Peer.open, self.KEEP), (Peer.open_kept, None)):
            with self.assertRaises(mooring.SessionError) as raised:
                await self.open(script, keep=keep)
            self.assertEqual(ErrorCode.PROTOCOL_VIOLATION, raised.exception.code)

    async def test_received_is_acknowledged_now_and_then(self):
        acknowledged = []

        async def script(peer):
            await peer.open_kept()
            for sequence in range(1, 201):
                peer.send(event=mooring.Event(b"", sequence))
            for _ in range(3):
                acknowledged.append((await peer.read()).acknowledge.received)
            peer.send(event=mooring.Event(bytes(70_000), 201))
            acknowledged.append((await peer.read()).acknowledge.received)

        session = await self.open(script, on_event=lambda payload: None)
        await self.until_told()
        self.assertEqual([64, 128, 192, 201], acknowledged)

    async def test_sequence_with_a_gap_is_a_violation(self):
        async def script(peer):
            await peer.open_kept()
            peer.send(event=mooring.Event(b"", 2))
            await peer.read()

        await self.assert_ends(await self.open(script), ErrorCode.PROTOCOL_VIOLATION)

    async def test_calls_are_no_more_than_half_of_what_the_server_queues(self):
        held = asyncio.Event()

        async def script(peer):
            await peer.read()
            limits = mooring.Limits(queued_calls=8, queued_bytes=200)
            peer.send(opened=dataclasses.replace(OPENED, limits=limits, kept=KEPT))
            await peer.expect_call(1, 2, 3)
            held.set()
            for id in (1, 2, 3):
                peer.send(result=mooring.Result(id, sequence=id))
            await peer.expect_call(4, 5, 6, 7)
            peer.send(result=mooring.Result(4, sequence=4))
            await peer.read()

        session = await self.open(script)
        large = [session.submit("go", input=bytes(30)) for _ in range(3)]
        alone = session.submit("go", input=bytes(300))
        await held.wait()
        await large[2]
        self.assertEqual([alone], list(session._in_flight))
        small = [session.submit("go") for _ in range(9)]
        self.assertEqual(1, len(session._in_flight))
        session._in_flight_bytes = 0  # as if it were a small one
        session._send_calls()
        await alone
        self.assertEqual(small[:4], list(session._in_flight))

    async def test_connection_lost_calls_under_way_are_answered_once_each(self):
        resumed = []

        async def next(peer):
            resumed.append(await peer.resume(2))
            peer.send(event=mooring.Event(b"once", 1))
            peer.send(event=mooring.Event(b"missed", 3))
            peer.send(result=mooring.Result(2, [Value(i64=2)], sequence=4))
            await peer.expect_call(3)
            peer.send(result=mooring.Result(3, [Value(i64=3)], sequence=5))
            await peer.read()
            peer.send(closed=mooring.Closed(1))

        session = await self.open(self.lose_two_calls, next)
        first, second = session.submit("add", 1), session.submit("add", 1)
        self.assertEqual(1, (await first).value)
        await self.until_told()
        self.assertTrue(session.is_open)
        with self.assertRaises(mooring.MooringError):
            await session.ping()
        third = session.submit("add", 1)  # while there is no connection
        self.assertEqual([2, 3], [(await second).value, (await third).value])
        self.assertEqual([mooring.Resume(KEPT.token, 2)], resumed)
        self.assertEqual(["CONNECTION_LOST", "resumed"], self.told)
        self.assertEqual(5, session.received)
        self.assertEqual(1, await session.close())
        self.assertEqual([b"once", b"missed"], [event async for event in session.events()])

    async def test_connection_lost_again_and_again_goes_on(self):
        async def lose(peer):
            self.assertEqual(0, (await peer.resume(0)).received)
            await peer.expect_call(1)

        async def silent(peer):
            await peer.read()

        async def full(peer):
            await peer.refuse(ErrorCode.SERVER_OVERLOADED, True)

        async def broken(peer):
            await peer.refuse(ErrorCode.MALFORMED_FRAME)

        async def last(peer):
            await peer.resume(1)
            peer.send(result=mooring.Result(1, sequence=1))
            await peer.read()

        async def first(peer):
            await peer.open_kept()
            await peer.expect_call(1)

        session = await self.open(first, lose, silent, full, broken, lose, last)
        await session.call("go")
        self.assertEqual(["CONNECTION_LOST", "resumed"] * 3, self.told)

    async def test_cancelled_while_away_is_not_said_again(self):
        async def next(peer):
            await peer.resume(1)
            await peer.expect_call(3)
            peer.send(result=mooring.Result(3, sequence=3))
            await peer.read()

        session = await self.open(self.lose_two_calls, next)
        cancelled = await self.make_two_calls(session)
        await self.until_told()
        cancelled.cancel()
        await session.call("go")
        await self.assert_fails(ErrorCode.CANCELLED, cancelled)

    async def test_server_goes_away_calls_wait_for_the_next(self):
        async def leave(peer):
            await peer.open_kept()
            await peer.expect_call(1, 2)
            peer.send(go_away=mooring.GoAway(1, 1, "good night"))
            await asyncio.sleep(0.02)
            peer.send(result=mooring.Result(1, sequence=1))
            peer.send(closed=mooring.Closed(mooring.CloseReason.GONE_AWAY))
            self.assertIsNone(await peer.read())

        async def next(peer):
            await peer.resume(1)
            await peer.expect_call(2, 3)
            peer.send(result=mooring.Result(2, sequence=2))
            peer.send(result=mooring.Result(3, sequence=3))
            await peer.read()

        gone = []
        session = await self.open(leave, next, on_go_away=gone.append)
        calls = [session.submit("go"), session.submit("go")]
        while not gone:
            await asyncio.sleep(0.001)
        calls.append(session.submit("go"))
        for call in calls:
            await call
        self.assertIsNone(session.go_away)

    async def test_server_silent_with_answers_due_is_a_lost_connection(self):
        async def silent(peer):
            await peer.open_kept()
            await peer.expect_call(1)
            self.assertIsNotNone((await peer.read()).ping)
            self.assertIsNone(await peer.read())

        async def next(peer):
            await peer.resume(1)
            peer.send(result=mooring.Result(1, sequence=1))
            await peer.read()

        session = await self.open(silent, next, options=mooring.Options(answer_timeout=1))
        await session.call("go")
        self.assertEqual(["CONNECTION_LOST", "resumed"], self.told)

    async def test_close_towards_silence_is_said_on_the_next_connection(self):
        async def silent(peer):
            await peer.open_kept()
            self.assertIsNotNone((await peer.read()).close)
            self.assertIsNone(await peer.read())

        async def next(peer):
            await peer.resume(0)
            self.assertIsNotNone((await peer.read()).close)
            peer.send(closed=mooring.Closed(mooring.CloseReason.CLIENT_CLOSED))
            await peer.read()

        session = await self.open(silent, next, options=mooring.Options(answer_timeout=1))
        self.assertEqual(mooring.CloseReason.CLIENT_CLOSED, await session.close())

    async def test_session_taken_is_not_taken_back(self):
        async def script(peer):
            await peer.open_kept()
            await peer.refuse(ErrorCode.SESSION_TAKEN)

        async def never(peer):
            self.fail("it came back")

        session = await self.open(script, never)
        await self.assert_fails(ErrorCode.SESSION_TAKEN, session.submit("go"))
        await asyncio.sleep(0.1)
        self.assertEqual(["SESSION_TAKEN"], self.told)

    async def test_not_resumed_everything_fails_with_what_it_means(self):
        for script, code in (
            (lambda peer: peer.refuse(ErrorCode.SESSION_NOT_FOUND), ErrorCode.SESSION_NOT_FOUND),
            (lambda peer: peer.refuse(ErrorCode.SESSION_EXPIRED, True), ErrorCode.SESSION_EXPIRED),
            (lambda peer: peer.refuse(ErrorCode.INVALID_KEEP), ErrorCode.STATE_LOST),
            (lambda peer: peer.resume(0), ErrorCode.STATE_LOST),
            (lambda peer: peer.resume(3), ErrorCode.SESSION_TAKEN),
            (Peer.open_kept, ErrorCode.PROTOCOL_VIOLATION),
            (Peer.open, ErrorCode.PROTOCOL_VIOLATION),
        ):
            with self.subTest(code.name):
                session = await self.open(self.lose_two_calls, script)
                await self.assert_fails(code, await self.make_two_calls(session))
                await self.assert_ends(session, code)
                self.assertEqual(["CONNECTION_LOST", code.name], self.told)

    async def test_nobody_there_is_given_up_in_time(self):
        async def script(peer):
            self.server.close()
            await peer.open_kept()
            await peer.expect_call(1)

        for patience in (0.2, 0):
            options = mooring.Options(reconnect_timeout=patience)
            session = await self.open(script, options=options)
            error = await self.assert_fails(ErrorCode.CONNECTION_LOST, session.submit("go"))
            self.assertEqual(patience > 0, "not made again within 0.2 s" in error.message)
            self.assertEqual(["CONNECTION_LOST", "CONNECTION_LOST"], self.told)

    async def test_back_off_is_later_and_later_and_ends(self):
        back_off = mooring._BackOff(60)
        delays = [back_off.next(0) for _ in range(100)]
        self.assertLessEqual(delays[0], 0.05)
        self.assertLessEqual(max(delays), 5)
        self.assertGreater(max(delays), 1)
        self.assertLessEqual(back_off.next(59.999), 0.001)
        self.assertIsNone(back_off.next(60))
        back_off.connected(61)
        self.assertIsNone(back_off.next(62))  # of no use: nothing came, and it didn't last
        back_off.connected(70)
        self.assertIsNotNone(back_off.next(75))
        back_off.succeeded()
        self.assertLessEqual(back_off.next(900), 0.05)

    async def test_by_name_ids_begin_above_those_before(self):
        async def script(peer):
            await peer.open_kept(resumed=True, committed_id=41)
            # Another program's answers never come, and leave gaps.
            peer.send(event=mooring.Event(b"waited", 70))
            peer.send(event=mooring.Event(b"waited, too", 75))
            await peer.expect_call(42)
            peer.send(result=mooring.Result(42, [Value(i64=9)], sequence=76))
            await peer.read()

        session = await self.open(script)
        self.assertTrue(session.kept.resumed)
        self.assertEqual(9, (await session.call("add", 1)).value)
        self.assertEqual(76, session.received)
        self.assertEqual(b"waited", await session.next_event(1))

    async def test_by_token_answers_of_another_program_are_nobodys(self):
        asked = []

        async def script(peer):
            asked.append(await peer.open_kept(resumed=True, committed_id=2))
            peer.send(result=mooring.Result(2, sequence=5))
            await peer.expect_call(3)
            peer.send(result=mooring.Result(3, sequence=6))
            await peer.read()

        resume = mooring.Resume(KEPT.token, 4)
        session = await self.open(script, keep=None, resume=resume)
        await session.call("go")
        self.assertEqual(resume, asked[0].resume)

    async def test_detach_answers_acknowledges_and_leaves(self):
        said = []

        async def script(peer):
            await peer.open_kept()
            await peer.expect_call(1)
            peer.send(result=mooring.Result(1, sequence=1))
            said.append((await peer.read()).acknowledge)
            ping = (await peer.read()).ping
            peer.send(event=mooring.Event(b"for the next", 2))
            peer.send(pong=mooring.Pong(ping.token))
            said.append(await peer.read())

        events = []
        session = await self.open(script, on_event=events.append)
        call = session.submit("go")
        self.assertEqual(mooring.CloseReason.DETACHED, await session.detach())
        await call
        while len(said) < 2:
            await asyncio.sleep(0.001)
        self.assertEqual([mooring.Acknowledge(1), None], said)
        self.assertEqual(([], 1, []), (events, session.received, self.told))
        with self.assertRaises(mooring.SessionError):
            session.submit("go")

    async def test_detach_while_away_waits_only_for_what_is_due(self):
        async def next(peer):
            await peer.resume(2)
            peer.send(result=mooring.Result(2, [Value(i64=2)], sequence=3))
            await peer.read()

        async def lose(peer):
            await peer.open_kept()

        session = await self.open(self.lose_two_calls, next)
        due = await self.make_two_calls(session)
        await self.until_told()
        self.assertEqual(mooring.CloseReason.DETACHED, await session.detach())
        self.assertEqual(2, (await due).value)

        session = await self.open(lose)
        await self.until_told()
        self.server.close()
        self.assertEqual(mooring.CloseReason.DETACHED, await session.detach())

    async def test_detach_of_a_plain_session_is_refused(self):
        async def script(peer):
            await peer.open()
            await peer.read()

        session = await self.open(script, keep=None)
        with self.assertRaises(RuntimeError):
            await session.detach()

    async def test_close_lost_on_the_way_is_said_again(self):
        async def lose(peer):
            await peer.open_kept()
            await peer.expect_call(1)
            self.assertIsNotNone((await peer.read()).close)

        async def cut_short(peer):
            await peer.resume(0)
            peer.send(closed=mooring.Closed(mooring.CloseReason.DETACHED))

        async def hear(peer):
            await peer.resume(0)
            await peer.expect_call(1)
            peer.send(result=mooring.Result(1, sequence=1))
            self.assertIsNotNone((await peer.read()).close)

        async def gone(peer):
            await peer.refuse(ErrorCode.SESSION_NOT_FOUND)

        session = await self.open(lose, cut_short, hear, gone)
        call = session.submit("go")
        self.assertEqual(mooring.CloseReason.CLIENT_CLOSED, await session.close())
        await call

    async def test_lifetime_over_ends_the_session(self):
        async def script(peer):
            await peer.open_kept()
            peer.send(go_away=mooring.GoAway(mooring.GoAwayReason.SESSION_LIFETIME, 0, "old"))
            peer.send(closed=mooring.Closed(mooring.CloseReason.GONE_AWAY))

        session = await self.open(script)
        self.assertEqual(mooring.CloseReason.GONE_AWAY, await session.wait_ended(5))
        self.assertEqual([], self.told)

    async def test_blocking_session_does_the_same(self):
        async def next(peer):
            await peer.resume(2)
            peer.send(result=mooring.Result(2, [Value(i64=2)], sequence=3))
            while (message := await peer.read()) is not None:
                if message.ping:
                    peer.send(pong=mooring.Pong(message.ping.token))

        address = await self.serve(self.lose_two_calls, next)
        told = []

        def run():
            lost = lambda error: told.append(error.code)
            with mooring.Session.open(address, "m", keep=self.KEEP, on_lost=lost) as session:
                calls = [session.submit("add", 1), session.submit("add", 1)]
                self.assertEqual([1, 2], [call.result().value for call in calls])
                self.assertEqual((2, 3), (session.kept.committed_id, session.received))
                self.assertEqual(mooring.CloseReason.DETACHED, session.detach())

        await asyncio.to_thread(run)
        self.assertEqual([ErrorCode.CONNECTION_LOST], told)


class KeptCounter:
    """A kept session as PROTOCOL.md has it, for one client: it adds, sends each sum as an event,
    too, and keeps what it has said. Its first connection is gone when three calls were read, two
    executed and one answered; its second is cut."""

    def __init__(self, cut):
        self.cut = cut
        self.connections = self.sum = self.committed_id = 0
        self.said = []
        self.is_closed = False

    async def connected(self, reader, writer):
        self.connections += 1
        if self.connections == 2:
            self.cut.reader, self.cut.writer = reader, writer
            reader = writer = self.cut
        try:
            await self.serve(Peer(reader, writer))
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def serve(self, peer):
        is_first = self.connections == 1
        if is_first:
            assert (await peer.open_kept()).keep is not None
        elif self.is_closed:
            return await peer.refuse(ErrorCode.SESSION_NOT_FOUND)
        else:
            resume = await peer.resume(self.committed_id)
            assert resume.token == KEPT.token and resume.received <= len(self.said), resume
            for member in self.said[resume.received :]:
                peer.send(**member)
        while (message := await peer.read()) is not None:
            if message.close is not None:
                self.is_closed = True
                peer.send(closed=mooring.Closed(1))
                return
            if is_first and message.call.id == 3:
                return
            said = self.execute(message.call)
            if not is_first or message.call.id == 1:
                for member in said:
                    peer.send(**member)

    def execute(self, call):
        assert call.id == self.committed_id + 1, (call, self.committed_id)
        self.committed_id = call.id
        self.sum += call.arguments[0].i64
        sequence = len(self.said)
        event = mooring.Event(b"%d" % self.sum, sequence + 1)
        result = mooring.Result(call.id, [Value(i64=self.sum)], sequence=sequence + 2)
        self.said += [{"event": event}, {"result": result}]
        return self.said[sequence:]


class Cut:
    """A reader and a writer that end when `after` bytes went `way`."""

    def __init__(self, way, after, how):
        self.way, self.after, self.how = way, after, how
        self.went = {"up": 0, "down": 0}

    def left(self, way):
        return self.after - self.went[way] if way == self.way else 1 << 30

    async def read(self, most):
        if self.left("up") == 0:
            self.end()
        data = await self.reader.read(min(most, self.left("up")))
        self.went["up"] += len(data)
        return data

    def write(self, data):
        data = data[: self.left("down")]
        self.went["down"] += len(data)
        self.writer.write(data)
        if self.left("down") == 0:
            self.end()

    def end(self):
        if self.how == "told":
            error = mooring.Error(0, ErrorCode.MALFORMED_FRAME, "the input ended within a frame")
            self.writer.write(mooring.frame(ServerMessage(error=error)))
        elif self.how == "reset":
            linger = struct.pack("ii", 1, 0)
            connection = self.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.writer.transport.abort()
        raise ConnectionResetError

    async def drain(self):
        await self.writer.drain()

    def close(self):
        self.writer.close()


class CutAnywhereTest(unittest.IsolatedAsyncioTestCase):
    async def test_resumption_cut_at_every_byte_each_call_happens_once(self):
        asyncio.get_running_loop().set_debug(False)  # which makes it five times as slow
        whole = Cut("up", 1 << 20, "end")
        await self.run_through(whole)
        self.assertGreater(min(whole.went.values()), 50, whole.went)
        cuts = [
            Cut(way, after, how)
            for way in ("up", "down")
            for after in range(whole.went[way])
            for how in ("end", "reset", *(["told"] if way == "up" else []))
        ]
        for at in range(0, len(cuts), 200):
            await asyncio.gather(*(self.run_through(cut) for cut in cuts[at : at + 200]))

    async def run_through(self, cut):
        counter = KeptCounter(cut)
        server = await asyncio.start_server(counter.connected, "127.0.0.1", 0)
        address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        events = []
        keep = mooring.Keep(60_000)
        session = await mooring.AsyncSession.open(address, "m", keep=keep, on_event=events.append)
        try:
            calls = [session.submit("add", n) for n in (1, 10, 100, 1000)]
            sums = [(await asyncio.wait_for(call._wait(), 20)).value for call in calls]
            case = (cut.way, cut.after, cut.how)
            self.assertEqual([1, 11, 111, 1111], sums, case)
            self.assertEqual([b"1", b"11", b"111", b"1111"], events, case)
            self.assertEqual(mooring.CloseReason.CLIENT_CLOSED, await session.close())
            self.assertEqual(2 if cut.after == 1 << 20 else 3, counter.connections, case)
        finally:
            session.abort()
            server.close()


if __name__ == "__main__":
    unittest.main()
