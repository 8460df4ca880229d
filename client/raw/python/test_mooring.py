"""Tests of mooring.py: ``python3 -m unittest`` in this folder.

They read PROTOCOL.md and the golden frames two folders up, and talk to servers made of a script.
"""

import asyncio
import pathlib
import re
import unittest

import mooring
from mooring import ClientMessage, ErrorCode, ServerMessage, Value

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
MAX_FRAME_BYTES = 4 << 20

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


class SessionTest(unittest.IsolatedAsyncioTestCase):
    async def serve(self, script):
        """A server whose every connection runs `script(peer)`; returns its address."""
        self.failures = []

        async def run(reader, writer):
            try:
                await script(Peer(reader, writer))
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
        return "127.0.0.1:%d" % server.sockets[0].getsockname()[1]

    async def open(self, script, **named):
        return await mooring.AsyncSession.open(await self.serve(script), "m", **named)

    async def assert_ends(self, session, code):
        with self.assertRaises(mooring.SessionError) as raised:
            await session.wait_ended(10)
        self.assertEqual(code, raised.exception.code, raised.exception)
        self.assertFalse(session.is_open)

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
            sent = (call.id, call.index, call.input, call.timeout_ms)
            self.assertEqual((2, 1, b"abc", 1500), sent)
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
            self.assertEqual(b"out", (await session.call("go", input=b"abc", timeout=1.5)).output)
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


if __name__ == "__main__":
    unittest.main()
