#!/usr/bin/env python3
"""Mooring by gRPC: ``example.py HOST:PORT [--ca FILE] [--token-file FILE]`` tells ../scenario.txt.

What it knows of Mooring is what is generated from the .proto files; ../README.md says how.
"""

import argparse
import pathlib
import queue
import re

import grpc

from health.v1 import health_pb2, health_pb2_grpc
from mooring.v1 import service_pb2_grpc
from mooring.v1.mooring_pb2 import Call, ClientMessage, Close, CloseReason, ErrorCode
from mooring.v1.mooring_pb2 import Keep, Open, Resume, Value


class Session:
    """One stream. Its instance is its own, and lives and keeps its state as long as the stream."""

    def __init__(self, stub, opening, deadline_s=None):
        self.last_id = 0
        # gRPC takes a request whenever the stream has room for one, until it takes None.
        self.requests = queue.SimpleQueue()
        self.answers = stub.Session(iter(self.requests.get, None), timeout=deadline_s)
        self.send(open=opening)

    def send(self, **message):
        self.requests.put(ClientMessage(**message))

    def send_call(self, function, *numbers, text=""):
        """Doesn't wait: calls are answered in the order in which they are sent."""
        self.last_id += 1
        arguments = [Value(i64=number) for number in numbers]
        call = Call(id=self.last_id, name=function, arguments=arguments, input=text.encode())
        self.send(call=call)

    def receive(self):
        return next(self.answers)

    def call(self, function, *numbers, text=""):
        self.send_call(function, *numbers, text=text)
        return outcome(self.receive())

    def half_close(self):
        self.requests.put(None)

    def cancel(self):
        self.answers.cancel()

    def end(self):
        """Reads on to the end: why the session is over, if the server says so, and the status."""
        words = []
        try:
            for message in self.answers:
                if message.HasField("closed"):
                    words.append(CloseReason.Name(message.closed.reason) + ", then ")
                elif message.HasField("error") and message.error.id == 0:
                    words.append(ErrorCode.Name(message.error.code) + ", then ")
        except grpc.RpcError:
            pass  # Its code is the status.
        self.half_close()  # Nobody waits for another request.
        return "".join(words) + self.answers.code().name


class Example:
    """What is told of sessions; each method has its part."""

    def __init__(self, channel, token):
        self.health = health_pb2_grpc.HealthStub(channel)
        self.stub = service_pb2_grpc.MooringStub(channel)
        self.token = token

    def start(self, module, deadline_s=None, **opening):
        opening = Open(protocol_version=1, module=module, auth_token=self.token, **opening)
        return Session(self.stub, opening, deadline_s)

    def open(self, module, deadline_s=None, **opening):
        """The session, and what the server says of it."""
        session = self.start(module, deadline_s, **opening)
        answer = session.receive()
        if not answer.HasField("opened"):
            raise SystemExit(f"example: the session isn't opened: {outcome(answer)}")
        return session, answer.opened

    def run(self):
        print("health")
        self.tell_health()
        print("a session")
        session, opened = self.open("counter")
        print("  opened:", ", ".join(export.name for export in opened.exports))
        print("  add(5):", session.call("add", 5))
        print("  add(37):", session.call("add", 37))
        print("  100 times add(1), sent at once:", add_100_times(session))
        print("another on the same connection")
        another, _ = self.open("counter")
        print("  add(1):", another.call("add", 1))
        print("  get() of the first:", session.call("get"))
        print("calls that fail")
        self.tell_failures()
        print("events")
        self.tell_events()
        print("endings")
        session.half_close()
        print("  the requests end:", session.end())
        another.send(close=Close())
        print("  close:", another.end())
        self.tell_endings()
        print("a kept session")
        self.tell_kept()
        print("a stream that isn't read")
        self.tell_unread()

    def tell_health(self):
        for service, name in ("", "the server"), ("mooring.v1.Mooring",) * 2, ("nobody",) * 2:
            print(f"  {name}: {self.check(service)}")

    def check(self, service):
        try:
            answer = self.health.Check(health_pb2.HealthCheckRequest(service=service))
        except grpc.RpcError as e:
            return e.code().name
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

    def tell_failures(self):
        """A call that fails has done nothing, and the session goes on."""
        session, _ = self.open("kv")
        print("  get(anchor):", session.call("get", text="anchor"))
        print("  put(anchor=let go):", session.call("put", text="anchor=let go"))
        print("  get(anchor):", session.call("get", text="anchor"))
        print("  add(1):", session.call("add", 1))
        session.cancel()

    def tell_events(self):
        """Nothing is called: the guest speaks when its timer is up."""
        session, _ = self.open("ticker", config={"interval_ms": "10"})
        for _ in range(3):
            payload = session.receive().event.payload.decode()
            print("  tick", re.search(r"\d+", payload).group())
        session.cancel()

    def tell_endings(self):
        print("  a module that isn't there:", self.start("nobody").end())
        print("  a setting that isn't there:", self.start("kv", config={"colour": "red"}).end())
        twice, _ = self.open("counter")
        twice.send(open=Open(protocol_version=1, module="counter"))
        print("  opened twice:", twice.end())
        brief, _ = self.open("counter", deadline_s=2)
        print("  a deadline:", brief.end())
        cancelled, _ = self.open("counter")
        cancelled.cancel()
        print("  cancelled:", cancelled.end())

    def tell_kept(self):
        """It outlives its stream, and whoever has its token goes on with it."""
        session, opened = self.open("counter", keep=Keep(ttl_ms=60_000))
        session.send_call("add", 5)
        answer = session.receive()
        print("  add(5):", outcome(answer))
        session.cancel()
        print("  its stream is lost:", session.end())
        where = Resume(token=opened.kept.token, received=answer.result.sequence)
        again, opened = self.open("", resume=where)
        again.last_id = opened.kept.committed_id
        print("  get() by another stream:", again.call("get"))
        again.send(close=Close())
        again.end()

    def tell_unread(self):
        """Its calls wait, and none of another stream's does."""
        unread, _ = self.open("echo")
        for _ in range(500):
            unread.send_call("echo", text="x" * 20_000)
        beside, _ = self.open("counter")
        neighbour = add_100_times(beside)
        print("  500 times echo:", "all are sent" if unread.requests.empty() else "held back")
        print("  100 times add(1) beside it:", neighbour)
        answers = sum(len(unread.receive().result.output) == 20_000 for _ in range(500))
        print(f"  read at last: {answers} answers")
        unread.cancel()
        beside.cancel()


def add_100_times(session):
    for _ in range(100):
        session.send_call("add", 1)
    sums = [session.receive().result.values[0].i64 for _ in range(100)]
    in_order = sums == list(range(sums[0], sums[0] + 100))
    return f"{sums[0]} to {sums[-1]}, {'in order' if in_order else 'and not in order'}"


def outcome(answer):
    """What a call returned, put out, or failed with."""
    if answer.HasField("error"):
        return f"{ErrorCode.Name(answer.error.code)}: {answer.error.message}"
    if answer.result.values:
        return answer.result.values[0].i64
    return answer.result.output.decode() or "done"


def main():
    parser = argparse.ArgumentParser(description="Tells how sessions go by gRPC.")
    parser.add_argument("server", metavar="HOST:PORT")
    parser.add_argument("--ca", type=pathlib.Path, help="TLS; whose certificates are trusted")
    parser.add_argument("--token-file", type=pathlib.Path, help="says who asks")
    args = parser.parse_args()
    token = args.token_file.read_text().strip() if args.token_file else ""
    if args.ca:
        credentials = grpc.ssl_channel_credentials(args.ca.read_bytes())
        channel = grpc.secure_channel(args.server, credentials)
    else:
        channel = grpc.insecure_channel(args.server)
    with channel:
        try:
            Example(channel, token).run()
        except grpc.RpcError as e:
            raise SystemExit(f"example: {e.code().name}: {e.details()}") from e


if __name__ == "__main__":
    main()
