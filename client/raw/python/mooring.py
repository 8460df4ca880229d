#!/usr/bin/env python3
"""A client for Mooring, in one file, with nothing but Python's standard library (3.11 or later).

A session is one connection to a server, and one WebAssembly instance that is this client's own::

    import mooring

    with mooring.Session.open("127.0.0.1:7070", "counter") as session:
        print(session.call("add", 5).value)                  # typed values, by the signature
        results = [session.submit("add", n) for n in range(100)]  # pipelined: answered in order
        print(results[-1].result().value)

The same for asyncio::

    async with await mooring.AsyncSession.open("127.0.0.1:7070", "echo") as session:
        print((await session.call("echo", input=b"hello")).output)

What there is:

- `Session` and `AsyncSession`: `open`, `call`, `submit`, `events`, `ping`, `close`, `detach`. Both
  are the same thing; `Session` runs an `AsyncSession` on a thread that all sessions of the process
  share.
- `Keep`: a session that is opened with it outlives its connection, and perhaps the server's
  process. The client makes a lost connection again by itself, and what was submitted is answered
  as if nothing had been; each call is executed once, each event comes once.
- `MooringError`, with `code`, `message`, `retryable`, `trap`: what every failure is raised as.
  `CallError` ends one call and the session goes on; all others end the session.
- `tls`: a context for connections over TLS.
- The messages themselves (`Open`, `Call`, ...), with `encode`, `decode`, `Frames`: for whoever
  needs more than the sessions do.

Every wait has an end, and every buffer a bound; `Options` names them, with their units. Events
that nobody takes are kept up to a bound. Beyond it the session ends (`EVENTS_UNREAD`), unless
somebody has begun to take them with `events()`: then the client stops reading until some are taken,
which in the end makes the server wait. Give `on_event` to see each as it comes.

Made from PROTOCOL.md; the names of sections in comments are that document's.

From a shell: ``python3 mooring.py 127.0.0.1:7070 counter add 5`` (see ``--help``).
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import concurrent.futures
import dataclasses
import enum
import functools
import math
import random
import re
import ssl
import struct
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

PROTOCOL_VERSION = 1
DEFAULT_PORT = 7070
ALPN = "mooring/1"

# --- Numbers and their names ------------------------------------------------------------------


class ErrorCode(enum.IntEnum):
    """Why something failed. The hundreds say what an error ends: 1 the connection, 2 the opening,
    3 one call. Those below 100 are this client's own and never on the wire."""

    CONNECT_FAILED = 1  # nobody answers at the address, or TLS couldn't be agreed on
    CONNECTION_LOST = 2  # the connection ended without a last word
    PROTOCOL_VIOLATION = 3  # the server said what it may not say
    TIMEOUT = 4  # no answer in the time that this client waits
    SESSION_CLOSED = 5  # a call after the end
    EVENTS_UNREAD = 6  # more events than may wait, and nobody took any
    STATE_LOST = 7  # the server goes on with an older state of the session than it had told of

    INTERNAL = 100
    MALFORMED_FRAME = 101
    FRAME_TOO_LARGE = 102
    MALFORMED_MESSAGE = 103
    NOT_OPEN = 104
    ALREADY_OPEN = 105
    INVALID_CALL_ID = 106
    FIRST_MESSAGE_TIMEOUT = 107
    FRAME_TIMEOUT = 108
    IDLE_TIMEOUT = 109
    WRITE_STALLED = 110
    RATE_EXCEEDED = 111
    SESSION_EXPIRED = 112
    SESSION_LOST = 113
    SESSION_TAKEN = 114
    STORE_FAILED = 115

    UNSUPPORTED_VERSION = 200
    MODULE_NOT_FOUND = 201
    MODULE_REFUSED = 202
    INVALID_CONFIG = 203
    UNKNOWN_CONFIG_KEY = 204
    UNAUTHENTICATED = 205
    PERMISSION_DENIED = 206
    SERVER_OVERLOADED = 207
    SHUTTING_DOWN = 208
    GUEST_OPEN_FAILED = 209
    SESSION_NOT_FOUND = 210
    SESSION_EXISTS = 211
    MODULE_MISMATCH = 212
    INVALID_KEEP = 213
    DURABILITY_UNAVAILABLE = 214

    FUNCTION_NOT_FOUND = 300
    INVALID_ARGUMENTS = 301
    GUEST_TRAP = 302
    GUEST_FAILED = 303
    GUEST_EXITED = 304
    DEADLINE_EXCEEDED = 305
    CANCELLED = 306
    OUTPUT_TOO_LARGE = 307
    TOO_MANY_EVENTS = 308
    CALL_REFUSED = 309


class TrapKind(enum.IntEnum):
    """What the guest did that WebAssembly forbids."""

    UNREACHABLE = 1
    OUT_OF_BOUNDS_MEMORY = 2
    OUT_OF_BOUNDS_TABLE = 3
    INDIRECT_CALL_TYPE = 4
    UNINITIALIZED_ELEMENT = 5
    INTEGER_DIVIDE_BY_ZERO = 6
    INTEGER_OVERFLOW = 7
    INVALID_CONVERSION = 8
    STACK_EXHAUSTED = 9
    OUT_OF_MEMORY = 10


class ValueType(enum.IntEnum):
    I32 = 1
    I64 = 2
    F32 = 3
    F64 = 4


class GoAwayReason(enum.IntEnum):
    SERVER_SHUTDOWN = 1
    SESSION_LIFETIME = 2
    OPERATOR = 3


class CloseReason(enum.IntEnum):
    CLIENT_CLOSED = 1
    GONE_AWAY = 2
    DETACHED = 3


class Durability(enum.IntEnum):
    MEMORY = 0
    ASYNC = 1
    DISK = 2


class NamePolicy(enum.IntEnum):
    MAY_EXIST = 0
    MUST_EXIST = 1
    MUST_BE_NEW = 2


def name_of(kind: type[enum.IntEnum], number: int) -> str:
    """The name of a number, or the number of one that this version doesn't know."""
    try:
        return kind(number).name
    except ValueError:
        return str(number)


# --- Errors -----------------------------------------------------------------------------------


class MooringError(Exception):
    """What went wrong.

    `code` is a number (compare it with `ErrorCode`), `name` its name, `message` for people, and
    perhaps a guest's own: escape it before you show it. `retryable` says whether the same request
    may succeed later, or on another connection, as it is. `trap` is a `TrapKind`, or 0.
    """

    def __init__(
        self, code: int, message: str, retryable: bool = False, trap: int = 0, call_id: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.trap = trap
        self.call_id = call_id

    @property
    def name(self) -> str:
        return name_of(ErrorCode, self.code)

    def __str__(self) -> str:
        trap = f" ({name_of(TrapKind, self.trap)})" if self.trap else ""
        return f"{self.name}{trap}: {self.message}"


class CallError(MooringError):
    """One call failed and left nothing behind; the session goes on."""


class OpenError(MooringError):
    """The server wouldn't open the session."""


class SessionError(MooringError):
    """The session has ended, and with it every call that had no answer. A kept session has, for
    this client; unless it was only the connection: `is_open` says so."""


def _error_of(error: Error) -> MooringError:
    # Errors: "A client that meets a number which it doesn't know should go by its hundreds."
    kinds = {2: OpenError, 3: CallError}
    kind = CallError if error.id else kinds.get(error.code // 100, SessionError)
    return kind(error.code, error.message, error.retryable, error.trap, error.id)


# --- Protobuf, as much of it as the messages need ----------------------------------------------


class DecodeError(ValueError):
    """Bytes that are no frame, or no message."""


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    number = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
    raise DecodeError("a varint that doesn't end within ten bytes, or within its message")


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1


def _unzigzag(number: int) -> int:
    return number >> 1 ^ -(number & 1)


_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclasses.dataclass(frozen=True)
class _Kind:
    """How values of a type are written: a wire type, and functions to and from its contents."""

    wire: int
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _to_text(data: bytes) -> str:
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as e:
        raise DecodeError("a string that isn't UTF-8") from e


class _Nan(float):
    """A NaN as it came: a float as any, with the bytes that it had on the wire."""

    __slots__ = ("data",)

    def __new__(cls, data: bytes) -> _Nan:
        nan = super().__new__(cls, "nan")
        nan.data = bytes(data)
        return nan


def _read_float(format: str, data: bytes) -> float:
    # Not with unpack alone: a C double has no f32's signalling NaN.
    (number,) = struct.unpack(format, data)
    return _Nan(data) if math.isnan(number) else number


def _write_float(format: str, number: float) -> bytes:
    """Of a NaN its own bits, if it came in this type; else those of the canonical one."""
    if math.isnan(number):
        if isinstance(number, _Nan) and len(number.data) == struct.calcsize(format):
            return number.data
        number = math.nan
    try:
        return struct.pack(format, number)
    except OverflowError:
        raise _not_a(f"f{struct.calcsize(format) * 8}", number) from None


_EXPECTED = {
    "i32": "an integer of 32 bits",
    "i64": "an integer of 64 bits",
    "f32": "at most 3.4028235e38, or inf",
    "f64": "at most 1.7976931348623157e308, or inf",
}


def _not_a(kind: str, number: Any, expected: str | None = None) -> ValueError:
    return ValueError(f"{number!r} is not an {kind}: expected {expected or _EXPECTED[kind]}")


def _unsigned(bits: int) -> Callable[[Any], int]:
    def write(number: Any) -> int:
        if not 0 <= number < 1 << bits:
            raise ValueError(f"{number!r} is not a uint{bits}: expected 0 to {(1 << bits) - 1}")
        return int(number)

    return write


def _signed(bits: int) -> Callable[[Any], int]:
    def write(number: Any) -> int:
        if not -(1 << bits - 1) <= number < 1 << bits - 1:
            raise _not_a(f"i{bits}", number)
        return _zigzag(number)

    return write


_UINT32 = _Kind(_VARINT, _unsigned(32), lambda number: number & 0xFFFF_FFFF)
_UINT64 = _Kind(_VARINT, _unsigned(64), int)
_BOOL = _Kind(_VARINT, int, bool)
_ENUM = _Kind(_VARINT, int, lambda number: number & 0xFFFF_FFFF)
_SINT32 = _Kind(_VARINT, _signed(32), lambda number: _unzigzag(number & 0xFFFF_FFFF))
_SINT64 = _Kind(_VARINT, _signed(64), _unzigzag)
_FLOAT = _Kind(
    _FIXED32, functools.partial(_write_float, "<f"), functools.partial(_read_float, "<f")
)
_DOUBLE = _Kind(
    _FIXED64, functools.partial(_write_float, "<d"), functools.partial(_read_float, "<d")
)
_STRING = _Kind(_BYTES, lambda text: text.encode("utf-8"), _to_text)
_RAW = _Kind(_BYTES, bytes, bytes)


def _field(
    number: int, kind: Any, default: Any = 0, label: str = "one", oneof: bool = False
) -> Any:
    """A field of a message. In a oneof, None says 'not set', and 0 is written. No message has
    more than one oneof."""
    metadata = {"number": number, "kind": kind, "label": label, "oneof": oneof}
    if label == "map":
        return dataclasses.field(default_factory=dict, metadata=metadata)
    if label in ("many", "packed"):
        return dataclasses.field(default_factory=list, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _member(number: int, kind: Any) -> Any:
    return _field(number, kind, None, oneof=True)


def _message(cls: type) -> type:
    cls = dataclasses.dataclass(cls)
    fields = [(f.name, f.metadata) for f in dataclasses.fields(cls)]
    cls._by_number = {m["number"]: (name, m) for name, m in fields}
    cls._oneof = [name for name, m in fields if m["oneof"]]
    return cls


@_message
class Limits:
    """What the client wishes (0: the server's default), or what is in force. See Limits."""

    memory_bytes: int = _field(1, _UINT64)
    call_timeout_ms: int = _field(2, _UINT32)
    output_bytes: int = _field(3, _UINT32)
    events_per_call: int = _field(4, _UINT32)
    queued_calls: int = _field(5, _UINT32)
    queued_bytes: int = _field(6, _UINT32)
    frame_bytes: int = _field(7, _UINT32)


@_message
class Value:
    """A typed value: exactly one of the four is set, as in `Value(i64=5)`.

    A NaN is a float as any other in `number`; `bits` and `Value.of_bits` have all of it, and a
    value that came may be sent again as it is.
    """

    i32: int | None = _member(1, _SINT32)
    i64: int | None = _member(2, _SINT64)
    f32: float | None = _member(3, _FLOAT)
    f64: float | None = _member(4, _DOUBLE)

    @property
    def type(self) -> ValueType | None:
        for kind in ValueType:
            if getattr(self, kind.name.lower()) is not None:
                return kind
        return None

    @property
    def number(self) -> int | float:
        kind = self.type
        if kind is None:
            raise DecodeError("a value without a type")
        number = getattr(self, kind.name.lower())
        return float(number) if isinstance(number, _Nan) else number

    @property
    def bits(self) -> int:
        """All of its bits, as an unsigned number: 32 or 64 of them."""
        kind = self.type
        match kind:
            case ValueType.I32:
                return self.i32 & 0xFFFF_FFFF
            case ValueType.I64:
                return self.i64 & 0xFFFF_FFFF_FFFF_FFFF
            case ValueType.F32:
                return int.from_bytes(_FLOAT.write(self.f32), "little")
            case ValueType.F64:
                return int.from_bytes(_DOUBLE.write(self.f64), "little")
        raise DecodeError("a value without a type")

    @staticmethod
    def of_bits(kind: int, bits: int) -> Value:
        """The value with these bits. Raises ValueError if they are more than the type has."""
        width = 4 if kind in (ValueType.I32, ValueType.F32) else 8
        if not 0 <= bits < 1 << 8 * width:
            raise ValueError(f"{bits:#x} has more than {8 * width} bits")
        if kind == ValueType.F32:
            return Value(f32=_FLOAT.read(bits.to_bytes(4, "little")))
        if kind == ValueType.F64:
            return Value(f64=_DOUBLE.read(bits.to_bytes(8, "little")))
        return Value.of(kind, bits)

    @staticmethod
    def of(kind: int, number: int | float) -> Value:
        """A plain number as a value of this type. Integers may be signed or unsigned; of floats the
        nearest is taken, and of NaNs the canonical one. See Calls, Numbers.

        Raises ValueError if the type has no such number: one out of range, or with a fraction.
        """
        match kind:
            case ValueType.I32 | ValueType.I64:
                bits = 32 if kind == ValueType.I32 else 64
                if not isinstance(number, int) or not -(1 << bits - 1) <= number < 1 << bits:
                    raise _not_a(f"i{bits}", number)
                signed = number - (1 << bits) if number >> bits - 1 == 1 else number
                return Value(i32=signed) if bits == 32 else Value(i64=signed)
            case ValueType.F32:
                value = Value(f32=_to_float("f32", number))
                _FLOAT.write(value.f32)
                return value
            case ValueType.F64:
                return Value(f64=_to_float("f64", number))
        raise ValueError(f"{kind} is no type that this client knows")

    @staticmethod
    def parse(kind: int, text: str) -> Value:
        """A number as people write it, as a value of this type. See Calls, Numbers.

        Raises ValueError if it is none of the type.
        """
        if kind in (ValueType.I32, ValueType.I64):
            if not _INTEGER.fullmatch(text):
                expected = "an integer, decimal or 0x and hexadecimal"
                raise _not_a(name_of(ValueType, kind).lower(), text, expected)
            hexadecimal = "x" in text or "X" in text
            number = int(text, 16 if hexadecimal else 10)
            try:
                return Value.of(kind, number)
            except ValueError:
                raise _not_a(name_of(ValueType, kind).lower(), text) from None
        return _parse_float(kind, text)


_INTEGER = re.compile("[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)")
_DECIMAL = re.compile("[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")
_INFINITY = re.compile("[+-]?inf(inity)?", re.IGNORECASE)
_NAN = re.compile("([+-]?)nan(?::0x([0-9a-f]+))?", re.IGNORECASE)


def _to_float(kind: str, number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        raise _not_a(kind, number) from None


def _parse_float(kind: int, text: str) -> Value:
    name = name_of(ValueType, kind).lower()
    if nan := _NAN.fullmatch(text):
        width, fraction = (32, 23) if kind == ValueType.F32 else (64, 52)
        payload = int(nan[2], 16) if nan[2] else 1 << fraction - 1
        if not 0 < payload < 1 << fraction:
            raise _not_a(name, text, f"a payload of 0x1 to {(1 << fraction) - 1:#x}")
        sign = 1 << width - 1 if nan[1] == "-" else 0
        infinity = (1 << width - 1) - (1 << fraction)
        return Value.of_bits(kind, sign | infinity | payload)
    if _INFINITY.fullmatch(text):
        return Value.of(kind, float(text))
    if not _DECIMAL.fullmatch(text):
        raise _not_a(name, text, "a decimal number, inf, nan or nan:0x and hexadecimal")
    number = float(text)
    if math.isinf(number):
        raise _not_a(name, text)
    try:
        return Value.of(kind, number)
    except ValueError:
        raise _not_a(name, text) from None


@_message
class Keep:
    """How a session is to outlive its connection. See Kept sessions.

    `ttl_ms` says for how long (0: the server's default), `durability` what it is to survive (a
    `Durability`), `name` under what it is found by other programs, and `name_policy` whether there
    may be one of this name already (a `NamePolicy`).
    """

    ttl_ms: int = _field(1, _UINT64)
    durability: int = _field(2, _ENUM)
    name: str = _field(3, _STRING, "")
    name_policy: int = _field(4, _ENUM)


@_message
class Resume:
    """Which kept session is gone on with, and what has come of it: `kept.token` and `received` of
    the session that had it before."""

    token: bytes = _field(1, _RAW, b"")
    received: int = _field(2, _UINT64)


@_message
class Open:
    protocol_version: int = _field(1, _UINT32)
    module: str = _field(2, _STRING, "")
    config: dict[str, str] = _field(3, _STRING, label="map")
    limits: Limits | None = _field(4, Limits, None)
    auth_token: str = _field(5, _STRING, "")
    keep: Keep | None = _field(6, Keep, None)
    resume: Resume | None = _field(7, Resume, None)


@_message
class Call:
    id: int = _field(1, _UINT64)
    name: str | None = _member(2, _STRING)
    index: int | None = _member(3, _UINT32)
    arguments: list[Value] = _field(4, Value, label="many")
    input: bytes = _field(5, _RAW, b"")
    timeout_ms: int = _field(6, _UINT32)
    traceparent: str = _field(7, _STRING)


@_message
class Cancel:
    id: int = _field(1, _UINT64)


@_message
class Ping:
    token: int = _field(1, _UINT64)


@_message
class Close:
    pass


@_message
class Acknowledge:
    received: int = _field(1, _UINT64)


@_message
class Export:
    """A function that may be called."""

    name: str = _field(1, _STRING, "")
    parameters: list[int] = _field(2, _ENUM, label="packed")
    results: list[int] = _field(3, _ENUM, label="packed")

    def __str__(self) -> str:
        def types(kinds: list[int]) -> str:
            return "(" + ", ".join(name_of(ValueType, kind).lower() for kind in kinds) + ")"

        results = f" -> {types(self.results)}" if self.results else ""
        return f"{self.name}{types(self.parameters)}{results}"


@_message
class Kept:
    """How a session is kept, and up to which call it has come. The token is a secret."""

    token: bytes = _field(1, _RAW, b"")
    ttl_ms: int = _field(2, _UINT64)
    durability: int = _field(3, _ENUM)
    name: str = _field(4, _STRING, "")
    resumed: bool = _field(5, _BOOL, False)
    committed_id: int = _field(6, _UINT64)
    unacknowledged_messages: int = _field(7, _UINT32)
    unacknowledged_bytes: int = _field(8, _UINT32)


@_message
class Opened:
    session_id: str = _field(1, _STRING, "")
    module_digest: str = _field(2, _STRING, "")
    exports: list[Export] = _field(3, Export, label="many")
    limits: Limits | None = _field(4, Limits, None)
    server: str = _field(5, _STRING, "")
    kept: Kept | None = _field(6, Kept, None)


@_message
class Result:
    """What a call gave: typed values, and the bytes that the guest wrote."""

    id: int = _field(1, _UINT64)
    values: list[Value] = _field(2, Value, label="many")
    output: bytes = _field(3, _RAW, b"")
    sequence: int = _field(4, _UINT64)

    @property
    def value(self) -> int | float:
        """The number of a function that returns one."""
        if len(self.values) != 1:
            raise ValueError(f"the call returned {len(self.values)} values, not one")
        return self.values[0].number

    @property
    def numbers(self) -> list[int | float]:
        """The values as plain numbers; integers are signed."""
        return [value.number for value in self.values]

    @property
    def text(self) -> str:
        """The output as UTF-8."""
        return self.output.decode("utf-8")


@_message
class Error:
    id: int = _field(1, _UINT64)
    code: int = _field(2, _ENUM)
    message: str = _field(3, _STRING, "")
    retryable: bool = _field(4, _BOOL, False)
    trap: int = _field(5, _ENUM)
    sequence: int = _field(6, _UINT64)


@_message
class Event:
    payload: bytes = _field(1, _RAW, b"")
    sequence: int = _field(2, _UINT64)


@_message
class Pong:
    token: int = _field(1, _UINT64)


@_message
class GoAway:
    """The session will end soon: open the next one elsewhere. Calls up to `last_id` are served."""

    reason: int = _field(1, _ENUM)
    last_id: int = _field(2, _UINT64)
    message: str = _field(3, _STRING, "")


@_message
class Closed:
    reason: int = _field(1, _ENUM)


@_message
class ClientMessage:
    open: Open | None = _member(1, Open)
    call: Call | None = _member(2, Call)
    cancel: Cancel | None = _member(3, Cancel)
    ping: Ping | None = _member(4, Ping)
    close: Close | None = _member(5, Close)
    acknowledge: Acknowledge | None = _member(6, Acknowledge)


@_message
class ServerMessage:
    opened: Opened | None = _member(1, Opened)
    result: Result | None = _member(2, Result)
    error: Error | None = _member(3, Error)
    event: Event | None = _member(4, Event)
    pong: Pong | None = _member(5, Pong)
    go_away: GoAway | None = _member(6, GoAway)
    closed: Closed | None = _member(7, Closed)

    @property
    def member(self) -> Any:
        """The one message in it; None if there is none."""
        for name in self._oneof:
            value = getattr(self, name)
            if value is not None:
                return value
        return None


def _contents(kind: Any, value: Any) -> bytes:
    """A value as it is behind its tag: with its length in front, if it has one."""
    if not isinstance(kind, _Kind):
        body = encode(value)
        return _varint(len(body)) + body
    written = kind.write(value)
    if kind.wire == _VARINT:
        return _varint(written)
    return _varint(len(written)) + written if kind.wire == _BYTES else written


def encode(message: Any) -> bytes:
    """A message's bytes: its fields in the order of their numbers, nothing that is 0 or empty."""
    out = bytearray()
    for number, (name, m) in message._by_number.items():
        value, kind, label = getattr(message, name), m["kind"], m["label"]
        wire = kind.wire if isinstance(kind, _Kind) else _BYTES
        tag = _varint(number << 3 | wire)
        if label == "map":
            for key, text in value.items():
                entry = b"\x0a" + _contents(_STRING, key) + b"\x12" + _contents(_STRING, text)
                out += tag + _varint(len(entry)) + entry
        elif label == "many":
            for element in value:
                out += tag + _contents(kind, element)
        elif label == "packed":
            if value:
                packed = b"".join(_contents(kind, element) for element in value)
                out += _varint(number << 3 | _BYTES) + _varint(len(packed)) + packed
        elif value is not None and (value or m["oneof"]):
            out += tag + _contents(kind, value)
    return bytes(out)


def decode(kind: type, data: bytes) -> Any:
    """The message of this type in these bytes. Raises `DecodeError` if they are none."""
    message = kind()
    _merge(message, data, 0, len(data))
    return message


def _merge(message: Any, data: bytes, at: int, end: int) -> None:
    """Reads fields by protobuf's rules: in any order, unknown ones skipped, the last one wins."""
    while at < end:
        tag, at = _read_varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if not 1 <= number < 1 << 29:
            raise DecodeError(f"{number} is no field's number")
        if wire == _VARINT:
            contents, at = _read_varint(data, at, end)
        elif wire in (_FIXED64, _FIXED32, _BYTES):
            if wire == _BYTES:
                length, at = _read_varint(data, at, end)
            else:
                length = 8 if wire == _FIXED64 else 4
            if length > end - at:
                raise DecodeError(f"a field of {length} bytes, where {end - at} are left")
            contents = data[at : at + length]
            at += length
        else:
            raise DecodeError(f"wire type {wire}; groups are refused, and there are no others")
        _take(message, number, wire, contents)


def _take(message: Any, number: int, wire: int, contents: Any) -> None:
    name, m = message._by_number.get(number, ("", None))
    if m is None:
        return
    kind, label = m["kind"], m["label"]
    expected = kind.wire if isinstance(kind, _Kind) else _BYTES
    if label == "packed" and wire == _BYTES:
        at = 0
        while at < len(contents):
            element, at = _read_varint(contents, at, len(contents))
            getattr(message, name).append(kind.read(element))
        return
    if wire != expected:
        return  # protobuf takes such a field for an unknown one
    if label == "map":
        entry = decode(_Entry, contents)
        getattr(message, name)[entry.key] = entry.value
        return
    if m["oneof"]:
        for other in message._oneof:
            if other != name:
                setattr(message, other, None)
    if isinstance(kind, _Kind):
        value = kind.read(contents)
    else:
        # A message that comes in two pieces is one.
        value = getattr(message, name) if label == "one" else None
        value = kind() if value is None else value
        _merge(value, contents, 0, len(contents))
    if label == "one":
        setattr(message, name, value)
    else:
        getattr(message, name).append(value)


@_message
class _Entry:
    key: str = _field(1, _STRING, "")
    value: str = _field(2, _STRING, "")


# --- Frames -----------------------------------------------------------------------------------

_LONGEST_LENGTH = 5


def frame(message: ClientMessage | ServerMessage) -> bytes:
    """A message with its length in front, as it goes on the wire."""
    body = encode(message)
    return _varint(len(body)) + body


class Frames:
    """Cuts a stream of bytes into the bodies of frames.

    Holds what has come and not been taken: never more than one frame of `max_frame_bytes`, its
    length, and what the last `feed` brought.
    """

    def __init__(self, max_frame_bytes: int) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> bytes | None:
        """The next whole body; None if more must come first.

        Raises `DecodeError` if there is no next frame in these bytes, whatever comes.
        """
        buffer, length, at = self._buffer, 0, 0
        while True:
            if at == len(buffer):
                return None
            byte = buffer[at]
            length |= (byte & 0x7F) << 7 * at
            at += 1
            if byte < 0x80:
                break
            if at == _LONGEST_LENGTH:
                raise DecodeError("a frame's length of more than five bytes")
        if at > 1 and byte == 0:
            raise DecodeError("a frame's length that isn't in as few bytes as it needs")
        if length > self._max_frame_bytes:
            most = self._max_frame_bytes
            raise DecodeError(f"a frame of {length} bytes; at most {most} are taken")
        if len(buffer) - at < length:
            return None
        body = bytes(buffer[at : at + length])
        del buffer[: at + length]
        return body

    @property
    def buffered_bytes(self) -> int:
        return len(self._buffer)


# --- Sessions ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Options:
    """A session's times, in seconds, and its bounds."""

    connect_timeout: float = 10.0
    open_timeout: float = 30.0  # Opening: a module that is new to the server is compiled meanwhile
    answer_timeout: float = 30.0  # for the answer of a call, from when it was sent, and for a Pong
    close_timeout: float = 15.0  # a server that drains takes 10
    reconnect_timeout: float = 60.0  # for how long the lost connection of a kept session is retried
    max_calls_in_flight: int = 64  # calls without an answer; the next ones wait here
    max_calls_waiting: int = 10_000  # calls that wait here; the next is refused
    max_frame_bytes: int = 16 << 20  # the longest message that is read
    max_events: int = 1_024  # that nobody has taken yet
    max_event_bytes: int = 8 << 20  # likewise
    write_high_bytes: int = 1 << 20  # calls wait here while so much waits to be written


def tls(
    ca_file: str | None = None, cert_file: str | None = None, key_file: str | None = None
) -> ssl.SSLContext:
    """A context for TLS 1.2 or later, with ALPN.

    `ca_file` says whom to trust instead of the system's authorities; `cert_file` and `key_file`
    say who this client is, for servers that ask.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN])
    if cert_file:
        context.load_cert_chain(cert_file, key_file)
    return context


def parse_address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `[IPv6]:PORT`, or a host alone with the default port."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(DEFAULT_PORT)
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ValueError(f"expected HOST:PORT, got {text!r}")
    return host.strip("[]"), int(port)


class PendingCall:
    """A call that was sent, or waits to be. Await it for its `Result`."""

    def __init__(self, session: AsyncSession, call: Call, answer: asyncio.Future[Result]) -> None:
        self._session = session
        self._call = call
        self._answer = answer
        # What it counts in the server's queue, about.
        self._size = len(call.input) + 16 * len(call.arguments)
        self._sent_at = 0.0
        self._is_unwanted = False

    @property
    def id(self) -> int:
        """Its id on the wire; 0 until it was sent."""
        return self._call.id

    def cancel(self) -> None:
        """Takes the call out of the server's queue, if it still waits there. Its answer comes all
        the same, in its place: `CANCELLED`, or what it was."""
        self._session._cancel(self)

    def __await__(self):
        return self._wait().__await__()

    async def _wait(self) -> Result:
        # Shielded: who stops waiting for a call doesn't unsay it.
        return await asyncio.shield(self._answer)


class _Progress:
    """How far a kept session has come, as this client knows: it is what another connection goes on
    from. All that the session has said up to `received` has come, once, in order."""

    # Kept sessions, Sequence: so much may have come since the last Acknowledge.
    MESSAGES = 64
    BYTES = 64 << 10

    def __init__(self, kept: Kept, received: int) -> None:
        self.token = kept.token
        self.received = received
        self.over_id = kept.committed_id  # every call up to it is over, as the server has told
        self.foreign_id = kept.committed_id  # calls up to it were another program's
        # Sequences that never come are those of another program's answers.
        self._may_have_gaps = kept.resumed
        self._messages = self._bytes = 0  # that have come since the last Acknowledge

    def is_new(self, sequence: int, size: int) -> bool:
        """Whether a message hasn't come before; it has now."""
        if sequence == 0 or (sequence > self.received + 1 and not self._may_have_gaps):
            raise _violation(f"a message of sequence {sequence}, expected {self.received + 1}")
        if sequence <= self.received:
            return False
        self.received = sequence
        self._messages += 1
        self._bytes += size
        return True

    @property
    def is_acknowledgement_due(self) -> bool:
        return self._messages >= self.MESSAGES or self._bytes >= self.BYTES

    def acknowledge(self) -> Acknowledge:
        self._messages = self._bytes = 0
        return Acknowledge(self.received)

    def resume(self) -> Resume:
        """What the next connection begins with, which acknowledges, too."""
        return Resume(self.token, self.acknowledge().received)


class _BackOff:
    """When a lost connection is made again: nearly at once, then later and later, at random so that
    not all clients of a server come back together, and not for ever.

    What counts is a loss and all attempts after it, until a connection was of use: something came
    of the session, or it lasted. Times are in seconds.
    """

    FIRST = 0.05  # the first attempt is made within so long
    LONGEST = 5.0  # two are no further apart; a connection that lasted so long was of use

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._attempts = 0
        self._lost_at: float | None = None
        self._connected_at: float | None = None

    def connected(self, now: float) -> None:
        self._connected_at = now

    def succeeded(self) -> None:
        self._lost_at = None

    def next(self, now: float) -> float | None:
        """After how long the next attempt is made; None if none is."""
        if self._connected_at is not None and now - self._connected_at >= self.LONGEST:
            self.succeeded()
        self._connected_at = None
        if self._lost_at is None:
            self._lost_at, self._attempts = now, 0
        left = self._lost_at + self._patience - now
        if left <= 0:
            return None
        # Doubled some ten times it is beyond the longest.
        within = min(self.FIRST * 2 ** min(self._attempts, 10), self.LONGEST)
        self._attempts += 1
        return min(random.uniform(0, within), left)


class _Link(asyncio.Protocol):
    """One connection of a session. What comes of one that the session has left is nobody's."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.frames = Frames(session._options.max_frame_bytes)
        self.transport: asyncio.Transport | None = None
        self.is_writable = True
        self.has_heard = False  # since somebody looked
        self.opened: asyncio.Future[None] = session._loop.create_future()
        self.opened.add_done_callback(_retrieved)

    @property
    def _is_current(self) -> bool:
        return self._session._link is self

    def write(self, message: ClientMessage) -> None:
        self.write_bytes(frame(message))

    def write_bytes(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=self._session._options.write_high_bytes)
        if not self._is_current:
            transport.abort()

    def pause_writing(self) -> None:
        self.is_writable = False

    def resume_writing(self) -> None:
        self.is_writable = True
        if self._is_current:
            self._session._send_calls()

    def data_received(self, data: bytes) -> None:
        if self._is_current:
            self.has_heard = True
            self.frames.feed(data)
            self._session._take_frames()

    def connection_lost(self, error: Exception | None) -> None:
        # How it ends: "A connection that ends without such a message was lost".
        if self._is_current:
            why = f": {error}" if error else ""
            self._session._disconnected(_lost(f"the connection ended without a last word{why}"))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class AsyncSession:
    """A session on asyncio's event loop. All of it belongs to the loop that opened it.

    One that is opened with `keep` outlives its connection. If that is lost the client makes another
    and goes on, for as long as `reconnect_timeout` says: calls wait meanwhile, and more may be
    submitted. `close` ends such a session for good; `detach` leaves it at the server, and so does
    `abort`. What it says is acknowledged as it comes, events that nobody has taken yet included.
    """

    def __init__(
        self,
        options: Options,
        address: str,
        dial: Callable[..., Any],
        first: Open,
        on_event: Callable[[bytes], None] | None,
        on_go_away: Callable[[GoAway], None] | None,
        on_lost: Callable[[MooringError], None] | None,
        on_resumed: Callable[[], None] | None,
    ) -> None:
        """Use `open`."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._options = options
        self._address = address
        self._dial = dial
        self._first = first  # what the first connection begins with
        self._on_event = on_event
        self._on_go_away = on_go_away
        self._on_lost = on_lost
        self._on_resumed = on_resumed
        self._link: _Link | None = None  # None while there is none, and after the end
        self._is_attached = False  # whether the server has opened the session on it
        self._opened: Opened | None = None
        self._ended: asyncio.Future[Closed | MooringError] = loop.create_future()
        self._waiting: collections.deque[PendingCall] = collections.deque()  # to be sent
        self._in_flight: collections.deque[PendingCall] = collections.deque()  # to be answered
        self._max_in_flight = options.max_calls_in_flight
        self._pings: collections.deque[tuple[int, float, asyncio.Future[float]]]
        self._pings = collections.deque()
        self._events: collections.deque[bytes] = collections.deque()
        self._event_bytes = 0
        self._events_taken = False  # whether somebody has begun to take them
        self._event_waiters: collections.deque[asyncio.Future[None]] = collections.deque()
        self._last_id = 0
        self._last_token = 0
        self._reading = True
        self._goodbye: CloseReason | None = None  # how this side wants to end
        self._close_sent = False  # nothing follows a Close
        self._answer_timer: asyncio.TimerHandle | None = None
        self._by_name: dict[str, int] = {}
        self.go_away: GoAway | None = None
        self._in_flight_bytes = 0
        # Of a kept session.
        self._progress: _Progress | None = None
        self._back_off = _BackOff(options.reconnect_timeout)
        self._coming_back: asyncio.Task[None] | None = None
        self._silence_timer: asyncio.TimerHandle | None = None
        self._silent_looks = 0
        self._max_in_flight_bytes = math.inf
        self._is_server_leaving = False  # what isn't sent yet is for the next connection
        self._was_close_sent = False  # on whichever connection
        self._is_left = False  # what comes now is for whoever goes on

    # -- opening

    @classmethod
    async def open(
        cls,
        address: str,
        module: str,
        *,
        config: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        token: str = "",
        tls: ssl.SSLContext | bool | None = None,
        server_name: str | None = None,
        keep: Keep | None = None,
        resume: Resume | None = None,
        on_event: Callable[[bytes], None] | None = None,
        on_go_away: Callable[[GoAway], None] | None = None,
        on_lost: Callable[[MooringError], None] | None = None,
        on_resumed: Callable[[], None] | None = None,
        options: Options = Options(),
    ) -> AsyncSession:
        """Connects, and opens a session of `module`: `NAME`, `NAME@sha256:HEX` or `sha256:HEX`.

        `tls` is a context (`mooring.tls(...)`), or True for the system's authorities;
        `server_name` is the name in the server's certificate, if it isn't the address's host.

        `keep` makes it one that outlives its connection; with a name it may be one that was there
        before: `kept.resumed`. `resume` goes on with one by its token instead, and takes it from
        whoever has it.

        `on_event` and `on_go_away` are called on the loop, and must not block; likewise, of a kept
        session, `on_lost` with each error that its connection was lost of, and `on_resumed` when it
        goes on. If `is_open` is false in `on_lost`, it doesn't: it is another program's now
        (`SESSION_TAKEN`), was gone (`SESSION_NOT_FOUND`), or is back at an older state than it had
        told of (`STATE_LOST`); who wants that one may `resume` it.

        Raises `MooringError`: an `OpenError` if the server won't.
        """
        host, port = parse_address(address)
        context = globals()["tls"]() if tls is True else tls or None
        dial = functools.partial(
            asyncio.get_running_loop().create_connection,
            host=host,
            port=port,
            ssl=context,
            server_hostname=(server_name or host) if context else None,
        )
        version = PROTOCOL_VERSION
        first = Open(version, module, dict(config or {}), limits, token, keep, resume)
        callbacks = (on_event, on_go_away, on_lost, on_resumed)
        session = cls(options, address, dial, first, *callbacks)
        try:
            await session._connect(first)
        except MooringError as e:
            session._end(e)
            raise
        except asyncio.CancelledError:
            session.abort()
            raise
        return session

    async def _connect(self, first: Open) -> None:
        """Makes a connection, and waits until the server has opened the session on it."""
        options = self._options
        link = self._link = _Link(self)
        try:
            async with asyncio.timeout(options.connect_timeout):
                await self._dial(lambda: link)
        except (TimeoutError, OSError) as e:  # ssl.SSLError is one; so is TimeoutError
            self._link = None
            is_late = isinstance(e, TimeoutError)
            why = f" within {options.connect_timeout:g} s" if is_late else f": {e}"
            text = f"no connection to {self._address}{why}"
            raise MooringError(ErrorCode.CONNECT_FAILED, text, True) from e
        link.write(ClientMessage(open=first))
        try:
            async with asyncio.timeout(options.open_timeout):
                await asyncio.shield(link.opened)
        except TimeoutError:
            self._link = None
            link.abort()
            raise SessionError(
                ErrorCode.TIMEOUT,
                f"the session wasn't open within {options.open_timeout:g} s",
                True,
            ) from None

    @property
    def opened(self) -> Opened:
        """What the server said when it opened the session, or last went on with it: id, digest,
        exports, limits."""
        assert self._opened is not None
        return self._opened

    @property
    def id(self) -> str:
        """The session's name in the server's log."""
        return self.opened.session_id

    @property
    def exports(self) -> list[Export]:
        return self.opened.exports

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        return self.opened.limits or Limits()

    @property
    def kept(self) -> Kept | None:
        """How the session is kept, and up to which call it had come when this connection began;
        None if it ends with its connection."""
        return self.opened.kept

    @property
    def received(self) -> int:
        """The sequence up to which all that a kept session has said has come."""
        return self._progress.received if self._progress is not None else 0

    @property
    def is_open(self) -> bool:
        """Whether the session hasn't ended; a kept one may be without a connection."""
        return not self._ended.done()

    # -- calls

    async def call(
        self,
        function: str | int,
        *arguments: int | float | Value,
        input: bytes = b"",
        timeout: float | None = None,
        traceparent: str = "",
    ) -> Result:
        """Calls a function, by its name or its index in `exports`, and waits for its answer.

        Arguments are plain numbers, typed by the function's signature, or a `Value` each. `input`
        is for the guest to read. `timeout` says for how long the server may let it wait and run.
        `traceparent` says of which trace it is a part, as W3C's Trace Context writes it.

        Raises `CallError` if the call failed: it then left nothing behind. Raises another
        `MooringError` if the session ended, or the answer didn't come in `answer_timeout` (the
        call may happen yet). Cancelling the task sends `Cancel`.
        """
        pending = self.submit(function, *arguments, input=input, timeout=timeout, traceparent=traceparent)
        try:
            return await pending
        except asyncio.CancelledError:
            pending.cancel()
            raise

    def submit(
        self,
        function: str | int,
        *arguments: int | float | Value,
        input: bytes = b"",
        timeout: float | None = None,
        traceparent: str = "",
    ) -> PendingCall:
        """As `call`, without waiting: calls are sent, run and answered in the order of `submit`.

        Up to `max_calls_in_flight` are on their way, and `max_calls_waiting` wait here. To be paced
        by the server, await the oldest before you submit more.
        """
        if not self.is_open or self._goodbye is not None:
            raise SessionError(ErrorCode.SESSION_CLOSED, f"the session has ended: {self._why()}")
        if self.go_away is not None:
            # It would be refused anyway: say so at once.
            raise CallError(
                ErrorCode.CALL_REFUSED, f"the session goes away: {self.go_away.message}", True
            )
        if len(self._waiting) >= self._options.max_calls_waiting:
            raise CallError(
                ErrorCode.CALL_REFUSED,
                f"{len(self._waiting)} calls wait to be sent already; await some of them",
                True,
            )
        call = self._to_call(function, arguments, input, timeout)
        call.traceparent = traceparent
        answer = self._loop.create_future()
        answer.add_done_callback(_retrieved)
        pending = PendingCall(self, call, answer)
        self._waiting.append(pending)
        self._send_calls()
        return pending

    def _to_call(
        self,
        function: str | int,
        arguments: tuple[int | float | Value, ...],
        input: bytes,
        timeout: float | None,
    ) -> Call:
        index = self._by_name.get(function) if isinstance(function, str) else function
        known = index is not None and 0 <= index < len(self.exports)
        parameters = self.exports[index].parameters if known else []
        if any(not isinstance(argument, Value) for argument in arguments):
            # A wrong number of arguments, or a wrong Value, is the server's to refuse.
            if len(parameters) != len(arguments):
                signature = self.exports[index] if known else f"no function {function!r}"
                code = ErrorCode.INVALID_ARGUMENTS if known else ErrorCode.FUNCTION_NOT_FOUND
                raise CallError(code, f"got {len(arguments)} numbers; there is {signature}")
        try:
            values = [
                _checked(argument)
                if isinstance(argument, Value)
                else Value.of(parameters[i], argument)
                for i, argument in enumerate(arguments)
            ]
        except ValueError as e:
            raise CallError(
                ErrorCode.INVALID_ARGUMENTS,
                f"{e}; the function is {self.exports[index] if known else function}",
            ) from None
        # By index is cheaper; a name that isn't known goes as it is, to be refused by the server.
        call = Call(arguments=values, input=bytes(input))
        if index is None:
            call.name = str(function)
        else:
            call.index = index
        if timeout is not None:
            # Whatever is left of a millisecond is a wish, and 0 would be none.
            call.timeout_ms = min(max(math.ceil(timeout * 1000), 1), 0xFFFF_FFFF)
        limit = self.limits.frame_bytes
        if limit and len(call.input) > limit:
            raise CallError(
                ErrorCode.FRAME_TOO_LARGE, f"the server takes frames of at most {limit} bytes"
            )
        return call

    def _send_calls(self) -> None:
        """Sends what may be sent. Called whenever that may have become more."""
        link = self._link
        while (
            self._waiting
            and self._is_attached
            and not self._is_server_leaving
            and link.is_writable
            and self._has_room(self._waiting[0])
        ):
            pending = self._waiting.popleft()
            call = pending._call
            # One that was sent before, on a connection that is lost, keeps its id.
            is_new = call.id == 0
            if is_new:
                call.id = self._last_id + 1
            data = frame(ClientMessage(call=call))
            limit = self.limits.frame_bytes
            if limit and len(data) - len(_varint(len(data))) > limit:
                call.id = 0
                _fail(
                    pending._answer,
                    CallError(
                        ErrorCode.FRAME_TOO_LARGE, f"the server takes frames of {limit} bytes"
                    ),
                )
                continue
            if is_new:
                self._last_id += 1
            self._in_flight.append(pending)
            self._in_flight_bytes += pending._size
            link.write_bytes(data)
            pending._sent_at = self._loop.time()
            if self._answer_timer is None:
                self._watch_answers()
        if self._goodbye is not None and not self._waiting:
            self._say_goodbye()

    def _has_room(self, pending: PendingCall) -> bool:
        if len(self._in_flight) >= self._max_in_flight:
            return False
        if not self._in_flight:
            return True
        return self._in_flight_bytes + pending._size <= self._max_in_flight_bytes

    def _say_goodbye(self) -> None:
        """Every call was sent: asks for the end, or, of a session that is left, waits for them."""
        if self._goodbye == CloseReason.CLIENT_CLOSED:
            if self._is_attached and not self._is_server_leaving and not self._close_sent:
                self._close_sent = self._was_close_sent = True
                self._link.write(ClientMessage(close=Close()))
        elif self.is_open and not self._in_flight and not self._is_left:
            self._is_left = True
            if not self._is_attached:
                self._end(Closed(CloseReason.DETACHED))
                return
            # Once the Pong is there the server has read what was said before.
            self._link.write(ClientMessage(acknowledge=self._progress.acknowledge()))
            read = self._send_ping()
            read.add_done_callback(lambda _: self._end(Closed(CloseReason.DETACHED)))

    def _watch_answers(self) -> None:
        """Gives up the calls that were sent too long ago. One timer is enough: the oldest call is
        answered first."""
        self._answer_timer = None
        timeout = self._options.answer_timeout
        for pending in self._in_flight:
            left = pending._sent_at + timeout - self._loop.time()
            if left > 0:
                self._answer_timer = self._loop.call_later(left, self._watch_answers)
                return
            unread = "" if self._reading else " (events wait that nobody takes)"
            message = f"no answer within {timeout:g} s{unread}"
            error = MooringError(ErrorCode.TIMEOUT, message, True, call_id=pending.id)
            # It stays in its place: its answer may come yet, and is then the oldest call's.
            _fail(pending._answer, error)

    def _cancel(self, pending: PendingCall) -> None:
        if pending in self._waiting:
            self._waiting.remove(pending)
            _fail(pending._answer, CallError(ErrorCode.CANCELLED, "before it was sent", True))
        elif pending in self._in_flight:
            pending._is_unwanted = True
            if self._is_attached and not self._close_sent:
                self._link.write(ClientMessage(cancel=Cancel(pending.id)))

    # -- events

    async def events(self) -> AsyncIterator[bytes]:
        """The events as they come, until the session ends; those that came before, first."""
        while True:
            event = await self.next_event()
            if event is None:
                return
            yield event

    async def next_event(self, timeout: float | None = None) -> bytes | None:
        """The next event; None if the session ended, or the timeout is over."""
        self._events_taken = True
        if not self._events and self.is_open:
            waiter = self._loop.create_future()
            self._event_waiters.append(waiter)
            try:
                async with asyncio.timeout(timeout):
                    await waiter
            except TimeoutError:
                return None
            finally:
                if waiter in self._event_waiters:
                    self._event_waiters.remove(waiter)
        if not self._events:
            return None
        event = self._events.popleft()
        self._event_bytes -= len(event)
        self._read_on()
        return event

    def _take_event(self, payload: bytes) -> None:
        if self._on_event is not None:
            self._tell(self._on_event, payload)
            return
        self._events.append(payload)
        self._event_bytes += len(payload)
        while self._event_waiters:
            waiter = self._event_waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                break
        if self._has_many_events(1):
            if not self._events_taken:
                raise SessionError(
                    ErrorCode.EVENTS_UNREAD,
                    f"{len(self._events)} events wait; take them with events(), or give on_event",
                )
            if self._reading:
                self._reading = False
                self._link.transport.pause_reading()

    def _has_many_events(self, part: int) -> bool:
        options = self._options
        return (
            len(self._events) > options.max_events // part
            or self._event_bytes > options.max_event_bytes // part
        )

    def _read_on(self) -> None:
        if self._reading or self._has_many_events(2):
            return
        self._reading = True
        if self._link is not None:
            self._take_frames()
        if self._reading and self._link is not None:
            self._link.transport.resume_reading()

    # -- the rest

    async def ping(self) -> float:
        """Asks whether anybody is there; the seconds that the answer took."""
        if not self.is_open or self._close_sent:
            raise SessionError(ErrorCode.SESSION_CLOSED, f"the session has ended: {self._why()}")
        if not self._is_attached:
            raise MooringError(ErrorCode.CONNECTION_LOST, "there is no connection now", True)
        pong = self._send_ping()
        try:
            async with asyncio.timeout(self._options.answer_timeout):
                return await asyncio.shield(pong)
        except TimeoutError:
            wait = f"{self._options.answer_timeout:g} s"
            raise MooringError(ErrorCode.TIMEOUT, f"no Pong within {wait}", True) from None

    def _send_ping(self) -> asyncio.Future[float]:
        self._last_token += 1
        pong: asyncio.Future[float] = self._loop.create_future()
        pong.add_done_callback(_retrieved)
        self._pings.append((self._last_token, time.monotonic(), pong))
        self._link.write(ClientMessage(ping=Ping(self._last_token)))
        return pong

    async def close(self) -> int:
        """Ends the session in good order, also one that is kept: what was submitted is answered
        first.

        Returns the `CloseReason`. Raises `SessionError` if the session ended otherwise. Closing
        again waits for the same end.
        """
        return await self._leave(CloseReason.CLIENT_CLOSED)

    async def detach(self) -> int:
        """Leaves a kept session at the server: what was submitted is answered first. From then on
        `kept.token` and `received` say where to go on; whoever comes by its name needs neither.

        Returns and raises as `close`.
        """
        if self._progress is None:
            raise RuntimeError("the session isn't kept: open it with keep")
        return await self._leave(CloseReason.DETACHED)

    async def _leave(self, goodbye: CloseReason) -> int:
        if self.is_open and self._goodbye is None:
            self._goodbye = goodbye
            self._send_calls()
        return await self.wait_ended(self._options.close_timeout)

    async def wait_ended(self, timeout: float | None = None) -> int:
        """Waits for the end of the session, whoever ends it. Returns and raises as `close`."""
        try:
            async with asyncio.timeout(timeout):
                end = await asyncio.shield(self._ended)
        except TimeoutError:
            error = SessionError(ErrorCode.TIMEOUT, f"the session hadn't ended in {timeout:g} s")
            self._end(error)
            raise error from None
        if isinstance(end, MooringError):
            raise end
        return end.reason

    def abort(self) -> None:
        """Ends the connection now. Calls without an answer fail. A kept session stays."""
        self._end(SessionError(ErrorCode.SESSION_CLOSED, "this client ended the connection"))

    async def __aenter__(self) -> AsyncSession:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self.abort()
        elif self.is_open:
            await self.close()

    # -- messages

    def _take_frames(self) -> None:
        link = self._link
        try:
            while self._reading and self._link is link:
                body = link.frames.next()
                if body is None:
                    return
                message = decode(ServerMessage, body).member
                if self._progress is None or not _has_sequence(message):
                    self._take_message(message)
                elif not self._is_left and self._progress.is_new(message.sequence, len(body)):
                    self._back_off.succeeded()
                    self._take_message(message)
                    self._acknowledge()
        except DecodeError as e:
            self._disconnected(_violation(str(e)))
        except MooringError as e:
            self._disconnected(e)

    def _acknowledge(self) -> None:
        if self._progress.is_acknowledgement_due and self._is_attached and not self._close_sent:
            self._link.write(ClientMessage(acknowledge=self._progress.acknowledge()))

    def _take_message(self, message: Any) -> None:
        if not self._is_attached and not isinstance(message, (Opened, Error, Closed)):
            raise _violation(f"{type(message).__name__} before Opened")
        match message:
            case Opened():
                if self._is_attached:
                    raise _violation("a second Opened")
                self._take_opened(message)
            case Result():
                self._answer(message.id, message)
            case Error() if message.id != 0 and self._is_attached:
                self._answer(message.id, _error_of(message))
            case Error():
                raise _error_of(message)
            case Event():
                self._take_event(message.payload)
            case Pong():
                if not self._pings or self._pings[0][0] != message.token:
                    raise _violation("a Pong that nobody asked for")
                _, sent, pong = self._pings.popleft()
                if not pong.done():
                    pong.set_result(time.monotonic() - sent)
            case GoAway():
                if self._progress is not None and message.reason == GoAwayReason.SERVER_SHUTDOWN:
                    # It is the server that goes: the session stays, and calls wait for the next.
                    self._is_server_leaving = True
                else:
                    self.go_away = message
                    while self._waiting:
                        _fail(
                            self._waiting.popleft()._answer,
                            CallError(ErrorCode.CALL_REFUSED, message.message, True),
                        )
                self._send_calls()
                self._tell(self._on_go_away, message)
            case Closed():
                self._take_closed(message)
            case None:
                # Versions: fields may be added, and what isn't known is skipped.
                pass

    def _take_opened(self, opened: Opened) -> None:
        is_first = self._opened is None
        if is_first:
            self._begin(opened)
        else:
            self._go_on(opened)
        self._is_attached = True
        self._link.opened.set_result(None)
        if opened.kept is not None:
            self._back_off.connected(self._loop.time())
            self._look_for_silence()
        if not is_first:
            if self._in_flight:
                self._watch_answers()
            self._tell(self._on_resumed)
            self._send_calls()

    def _begin(self, opened: Opened) -> None:
        first = self._first
        is_kept = first.keep is not None or first.resume is not None
        if (opened.kept is not None) != is_kept:
            raise _violation(f"a session that is {'not ' if is_kept else ''}kept")
        self._opened = opened
        for index, export in enumerate(opened.exports):
            self._by_name.setdefault(export.name, index)
        if opened.kept is not None:
            kept = opened.kept
            self._progress = _Progress(kept, first.resume.received if first.resume else 0)
            self._last_id = kept.committed_id
            # Kept sessions, Sequence: or a server that has stopped reading reads no Acknowledge.
            # A limit of 0 is none.
            bounds = (self.limits.queued_calls, kept.unacknowledged_messages)
            halves = [max(1, bound // 2) for bound in bounds if bound]
            self._max_in_flight = min(self._max_in_flight, *halves)
            self._max_in_flight_bytes = self.limits.queued_bytes // 2 or math.inf

    def _go_on(self, opened: Opened) -> None:
        kept, before, progress = opened.kept, self.opened, self._progress
        same = opened.module_digest == before.module_digest and opened.exports == before.exports
        if kept is None or not kept.resumed or not same:
            raise _violation("another session, where one was to be gone on with")
        if kept.committed_id < progress.over_id:
            raise _state_lost(
                f"call {progress.over_id} was answered, and the last one is {kept.committed_id}"
            )
        if kept.committed_id > self._last_id:
            raise SessionError(
                ErrorCode.SESSION_TAKEN,
                f"another program has gone on with the session, up to call {kept.committed_id}",
            )
        self._opened = opened
        progress.token, progress.over_id = kept.token, kept.committed_id
        # Going on, by token: those above didn't happen, and are sent again; the others are answered.
        again = []
        while self._in_flight and self._in_flight[-1].id > kept.committed_id:
            pending = self._in_flight.pop()
            self._in_flight_bytes -= pending._size
            if pending._is_unwanted or pending._answer.done():
                _fail(pending._answer, CallError(ErrorCode.CANCELLED, "before it ran", True))
            else:
                again.append(pending)
        self._waiting.extendleft(again)
        for pending in self._in_flight:
            pending._sent_at = self._loop.time()

    def _answer(self, id: int, answer: Result | MooringError) -> None:
        progress = self._progress
        if progress is not None:
            if id <= progress.foreign_id:
                return
            progress.over_id = max(progress.over_id, id)
        pending = self._oldest(id)
        self._in_flight_bytes -= pending._size
        if isinstance(answer, MooringError):
            _fail(pending._answer, answer)
        elif not pending._answer.done():
            pending._answer.set_result(answer)
        self._send_calls()

    def _take_closed(self, closed: Closed) -> None:
        if self._progress is None:
            if self._is_attached:
                self._end(closed)
                return
            raise _was_closed(closed)
        if self._is_server_leaving:
            raise _lost("the server went away, as it had announced")
        is_asked = self._close_sent and closed.reason == CloseReason.CLIENT_CLOSED
        is_told = self.go_away is not None and closed.reason == CloseReason.GONE_AWAY
        if is_told or (is_asked and not self._in_flight):
            self._end(closed)
        else:
            # How it ends: "Something between the two can end one direction alone."
            raise _lost("the server heard an end that this side didn't send")

    def _oldest(self, id: int) -> PendingCall:
        # Calls, Order: an answer always belongs to the oldest call that has none.
        if not self._in_flight or self._in_flight[0].id != id:
            oldest = self._in_flight[0].id if self._in_flight else "none"
            raise _violation(f"an answer of call {id}, where the oldest without one is {oldest}")
        return self._in_flight.popleft()

    # -- the end of a connection, and of the session

    def _disconnected(self, error: MooringError) -> None:
        """The connection has ended, or is to."""
        link, self._link = self._link, None
        was_attached, self._is_attached = self._is_attached, False
        link.abort()
        if not was_attached:
            link.opened.set_exception(error)  # whoever makes the connection goes on
        elif self._is_left:
            self._end(Closed(CloseReason.DETACHED))
        elif self._progress is not None and _outlives(error):
            self._be_away(error)
        else:
            self._end(error)
            if self._progress is not None:
                self._tell(self._on_lost, error)

    def _be_away(self, error: MooringError) -> None:
        self._close_sent = self._is_server_leaving = False
        self._reading = True
        self._stop_timers()
        while self._pings:
            _fail(self._pings.popleft()[2], error)
        self._coming_back = self._loop.create_task(self._come_back(error))
        self._tell(self._on_lost, error)
        if self._goodbye is not None and not self._waiting:
            self._say_goodbye()

    async def _come_back(self, error: MooringError) -> None:
        """Makes connections until the session goes on, or there is no hope."""
        first = error
        while (delay := self._back_off.next(self._loop.time())) is not None:
            await asyncio.sleep(delay)
            progress = self._progress
            # Libraries come back by token only: a name might have become another session.
            token = self._first.auth_token
            again = Open(PROTOCOL_VERSION, auth_token=token, resume=progress.resume())
            try:
                await self._connect(again)
                return
            except MooringError as e:
                error = e
            if not _outlives(error):
                self._not_resumed(error)
                return
        if error is not first:
            patience = f"{self._options.reconnect_timeout:g} s"
            text = f"the connection was lost, and not made again within {patience}: {error}"
            error = SessionError(ErrorCode.CONNECTION_LOST, text)
        self._end(error)
        self._tell(self._on_lost, error)

    def _not_resumed(self, error: MooringError) -> None:
        is_done = self._was_close_sent and not self._in_flight and not self._waiting
        if error.code == ErrorCode.SESSION_NOT_FOUND and is_done:
            self._end(Closed(CloseReason.CLIENT_CLOSED))  # it was heard, and its answer wasn't
            return
        if error.code == ErrorCode.INVALID_KEEP:
            error = _state_lost(f"it has said less ({error.message})")
        elif not isinstance(error, SessionError):
            # What refuses an opening ends a session that was open.
            error = SessionError(error.code, error.message, error.retryable, error.trap)
        self._end(error)
        self._tell(self._on_lost, error)

    def _look_for_silence(self) -> None:
        """A connection on which nothing comes, though something is due, is asked for a sign; then
        it is lost. Five looks, so that it is before its calls are given up."""
        wait = self._options.answer_timeout / 5
        self._silence_timer = self._loop.call_later(wait, self._look_for_silence)
        is_due = self._reading and (
            self._in_flight or self._is_server_leaving or self._close_sent
        )
        self._silent_looks = self._silent_looks + 1 if is_due and not self._link.has_heard else 0
        self._link.has_heard = False
        if self._silent_looks == 2 and not self._close_sent:
            self._send_ping()
        elif self._silent_looks > 2:
            self._disconnected(_lost("the server fell silent, with answers due"))

    def _stop_timers(self) -> None:
        for timer in (self._answer_timer, self._silence_timer):
            if timer is not None:
                timer.cancel()
        self._answer_timer = self._silence_timer = None
        self._silent_looks = 0

    def _end(self, end: Closed | MooringError) -> None:
        if self._ended.done():
            return
        self._ended.set_result(end)
        error = end if isinstance(end, MooringError) else _was_closed(end)
        # Nobody can say what became of calls that have no answer; those that weren't sent didn't
        # happen.
        for calls in (self._in_flight, self._waiting):
            while calls:
                _fail(calls.popleft()._answer, error)
        while self._pings:
            _fail(self._pings.popleft()[2], error)
        while self._event_waiters:
            waiter = self._event_waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
        self._stop_timers()
        if self._coming_back is not None:
            self._coming_back.cancel()
        link, self._link = self._link, None
        self._is_attached = False
        if link is not None:
            if not link.opened.done():
                link.opened.set_exception(error)
            if isinstance(end, Closed):
                link.close()
            else:
                link.abort()

    def _why(self) -> str:
        if not self._ended.done():
            return f"{'detach' if self._goodbye == CloseReason.DETACHED else 'close'}() was called"
        end = self._ended.result()
        return str(end) if isinstance(end, MooringError) else name_of(CloseReason, end.reason)

    def _tell(self, callback: Callable[..., None] | None, *what: Any) -> None:
        if callback is not None:
            try:
                callback(*what)
            except Exception as e:  # the user's, not ours: it must not end the session
                context = {"message": f"{callback} failed", "exception": e}
                self._loop.call_exception_handler(context)


def _has_sequence(message: Any) -> bool:
    return isinstance(message, (Result, Event)) or (isinstance(message, Error) and message.id != 0)


def _outlives(error: MooringError) -> bool:
    """Whether a kept session is there after this, as far as its client knows."""
    match error.code:
        case ErrorCode.CONNECT_FAILED | ErrorCode.CONNECTION_LOST | ErrorCode.TIMEOUT:
            return True
        case ErrorCode.MALFORMED_FRAME:
            return True  # a frame that isn't whole is what the server sees of a broken connection
        case ErrorCode.SESSION_EXPIRED:
            return False
    return error.code >= ErrorCode.INTERNAL and error.retryable


def _checked(value: Value) -> Value:
    encode(value)  # fails here, if it does, and not when the call's turn comes
    return value


def _violation(what: str) -> SessionError:
    return SessionError(ErrorCode.PROTOCOL_VIOLATION, f"the server sent {what}")


def _lost(why: str) -> SessionError:
    return SessionError(ErrorCode.CONNECTION_LOST, why, True)


def _was_closed(closed: Closed) -> SessionError:
    reason = name_of(CloseReason, closed.reason)
    return SessionError(ErrorCode.SESSION_CLOSED, f"the session was closed: {reason}", True)


def _state_lost(how: str) -> SessionError:
    text = f"the server goes on with an older state of the session than it had told of: {how}"
    return SessionError(ErrorCode.STATE_LOST, text)


def _fail(future: asyncio.Future[Any], error: MooringError) -> None:
    if not future.done():
        future.set_exception(error)


def _retrieved(future: asyncio.Future[Any]) -> None:
    """Keeps asyncio from complaining about failures that nobody waits for."""
    if not future.cancelled():
        future.exception()


# --- The same without asyncio -----------------------------------------------------------------


class _Background:
    """The event loop that all `Session`s of the process share, on a thread of its own."""

    _lock = threading.Lock()
    _loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def loop(cls) -> asyncio.AbstractEventLoop:
        with cls._lock:
            if cls._loop is None:
                cls._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=cls._loop.run_forever, name="mooring", daemon=True)
                thread.start()
            return cls._loop

    @classmethod
    def run(cls, coroutine: Any) -> Any:
        """Runs it there, and waits here."""
        future = asyncio.run_coroutine_threadsafe(coroutine, cls.loop())
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise SessionError(ErrorCode.SESSION_CLOSED, "cancelled") from None
        except BaseException:
            future.cancel()  # a KeyboardInterrupt here must not leave it running there
            raise


class SubmittedCall:
    """A call of a `Session` whose answer will come: `result()` waits for it."""

    def __init__(self, pending: PendingCall) -> None:
        self._pending = pending

    @property
    def id(self) -> int:
        return self._pending.id

    def result(self) -> Result:
        """The answer; raises as `Session.call`."""
        return _Background.run(self._pending._wait())

    def cancel(self) -> None:
        _Background.run(_later(self._pending.cancel))


async def _later(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return function(*arguments, **named)


class Session:
    """A session for programs without asyncio. May be used by several threads.

    Methods do what those of `AsyncSession` of the same name do. `on_event` and the others are
    called on the thread that all sessions share: they must be quick, and call no session.
    """

    def __init__(self, session: AsyncSession) -> None:
        """Use `open`."""
        self._session = session

    @classmethod
    def open(cls, address: str, module: str, **named: Any) -> Session:
        """As `AsyncSession.open`, with the same named parameters."""
        return cls(_Background.run(AsyncSession.open(address, module, **named)))

    def call(self, function: str | int, *arguments: int | float | Value, **named: Any) -> Result:
        return _Background.run(self._session.call(function, *arguments, **named))

    def submit(
        self, function: str | int, *arguments: int | float | Value, **named: Any
    ) -> SubmittedCall:
        submit = self._session.submit
        return SubmittedCall(_Background.run(_later(submit, function, *arguments, **named)))

    def events(self, timeout: float | None = None) -> Iterator[bytes]:
        """The events, until the session ends, or for `timeout` seconds none comes."""
        while (event := self.next_event(timeout)) is not None:
            yield event

    def next_event(self, timeout: float | None = None) -> bytes | None:
        return _Background.run(self._session.next_event(timeout))

    def ping(self) -> float:
        return _Background.run(self._session.ping())

    def close(self) -> int:
        return _Background.run(self._session.close())

    def detach(self) -> int:
        return _Background.run(self._session.detach())

    def wait_ended(self, timeout: float | None = None) -> int:
        return _Background.run(self._session.wait_ended(timeout))

    def abort(self) -> None:
        _Background.run(_later(self._session.abort))

    @property
    def opened(self) -> Opened:
        return self._session.opened

    @property
    def id(self) -> str:
        return self._session.id

    @property
    def exports(self) -> list[Export]:
        return self._session.exports

    @property
    def limits(self) -> Limits:
        return self._session.limits

    @property
    def kept(self) -> Kept | None:
        return self._session.kept

    @property
    def received(self) -> int:
        return self._session.received

    @property
    def go_away(self) -> GoAway | None:
        return self._session.go_away

    @property
    def is_open(self) -> bool:
        return self._session.is_open

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self.abort()
        elif self.is_open:
            self.close()


# --- From a shell -----------------------------------------------------------------------------


_SIGNED = re.compile("-([0-9.].*|inf|infinity|nan(:.*)?)", re.IGNORECASE)


def _sorted(words: list[str]) -> list[str]:
    """Options first, then the others behind a `--`: '-inf' isn't an option to argparse then."""
    options, others = [], []
    rest = iter(words)
    for word in rest:
        if word == "--":
            others.extend(rest)
        elif not word.startswith("-") or _SIGNED.fullmatch(word) or word == "-":
            others.append(word)
        else:
            options.append(word)
            if "=" not in word and word not in ("--tls", "--help", "-h"):
                options.extend(value for value in [next(rest, None)] if value is not None)
    return [*options, "--", *others]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mooring.py", description="Opens a session on a Mooring server and makes one call."
    )
    parser.add_argument("address", metavar="HOST:PORT")
    parser.add_argument("module", metavar="MODULE", help="NAME, NAME@sha256:HEX or sha256:HEX")
    parser.add_argument("function", metavar="FUNCTION", nargs="?", help="without: lists them")
    parser.add_argument("arguments", metavar="NUMBER", nargs="*")
    parser.add_argument("--input", metavar="TEXT|-", help="bytes for the guest; - is stdin")
    parser.add_argument("--config", metavar="KEY=VALUE", action="append", default=[])
    parser.add_argument("--token", default="", help="who asks, for servers that want to know")
    parser.add_argument("--tls", action="store_true", help="TLS, with the system's authorities")
    parser.add_argument("--ca", metavar="FILE", help="TLS, with these authorities")
    parser.add_argument("--cert", metavar="FILE", help="this client's certificate")
    parser.add_argument("--key", metavar="FILE", help="its key, if it isn't in the same file")
    return parser


def _values(session: Session, arguments: argparse.Namespace) -> list[Value]:
    """The arguments in the types of the function's parameters; if they are too many, as i64: the
    server says what is wrong."""
    name = arguments.function
    types = next((export.parameters for export in session.exports if export.name == name), [])
    words = arguments.arguments
    return [
        Value.parse(types[i] if i < len(types) else ValueType.I64, word)
        for i, word in enumerate(words)
    ]


def _shown(value: Value) -> str:
    """A NaN with its payload, unless that is the canonical one's."""
    number = value.number
    if not math.isnan(number):
        return str(number)
    fraction = 23 if value.f32 is not None else 52
    payload = value.bits & (1 << fraction) - 1
    sign = "-" if value.bits >> (31 if fraction == 23 else 63) else ""
    return f"{sign}nan" if payload == 1 << fraction - 1 else f"{sign}nan:{payload:#x}"


def main(words: list[str] | None = None) -> int:
    """The command line: 0, or 1 with a line on stderr."""
    arguments = _parser().parse_args(_sorted(sys.argv[1:] if words is None else words))
    context = None
    if arguments.tls or arguments.ca or arguments.cert:
        context = tls(arguments.ca, arguments.cert, arguments.key)
    given = arguments.input
    data = sys.stdin.buffer.read() if given == "-" else (given or "").encode()
    try:
        with Session.open(
            arguments.address,
            arguments.module,
            config=dict(entry.partition("=")[::2] for entry in arguments.config),
            token=arguments.token,
            tls=context,
            on_event=lambda payload: print(f"event: {payload!r}", file=sys.stderr),
        ) as session:
            if arguments.function is None:
                for export in session.exports:
                    print(export)
                return 0
            result = session.call(
                arguments.function, *_values(session, arguments), input=data
            )
            for value in result.values:
                print(_shown(value))
            sys.stdout.flush()
            sys.stdout.buffer.write(result.output)
            sys.stdout.buffer.flush()
            return 0
    except (MooringError, ValueError, OSError) as e:
        # What a guest says may hold anything: nothing of it moves the cursor.
        line = "".join(c if c.isprintable() else "?" for c in str(e))
        print(f"mooring.py: {line}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
