#!/usr/bin/env python3
"""A balancer that knows nothing of Mooring: ``balancer.py PORT NODE_PORT...``. Each connection goes to the next node, in
turn, that accepts one. Each is told on stdout: ``connection NUMBER NODE_PORT``. Everything is on loopback. For the
example only: in production take HAProxy, or whatever is there, in its mode for plain TCP."""

import asyncio
import sys

HOST = "127.0.0.1"
port, *nodes = map(int, sys.argv[1:])
turn = number = 0


async def pump(reader, writer):
    """One direction, to its end; the other may go on."""
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def connect():
    """To the next node that accepts; none may."""
    global turn, number
    for _ in nodes:
        node = nodes[turn % len(nodes)]
        turn += 1
        try:
            there = await asyncio.open_connection(HOST, node)
        except OSError:
            continue
        number += 1
        print("connection", number, node, flush=True)
        return there
    raise ConnectionRefusedError("no node accepts a connection")


async def serve(reader, writer):
    there = None
    try:
        there = await connect()
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        there[1].close()
        writer.close()
    except OSError:  # Whoever is left is to notice.
        writer.transport.abort()
        if there:
            there[1].transport.abort()


async def main():
    server = await asyncio.start_server(serve, HOST, port)
    await server.serve_forever()


asyncio.run(main())
