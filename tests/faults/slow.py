"""Slow clients, as a process of their own: python slow.py PORT COUNT [AUTHORITY]; says "ready", ends with its input.

A third of them never end their headers, a third their body, and a third read nothing of what they ask for.
"""

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Callable

HEADERS = b"GET /api/v1/thread?site=blog&page=/her HTTP/1.1\r\nHost: comments.example\r\nX-Slow: "
BODY = (
    b"POST /api/v1/comments HTTP/1.1\r\nHost: comments.example\r\nContent-Type: application/json\r\n"
    b"Content-Length: 4000\r\n\r\n{"
)
READ = b"GET /api/v1/thread?site=blog&page=/her HTTP/1.1\r\nHost: comments.example\r\n\r\n" * 20
KINDS = (HEADERS, BODY, READ)


async def one(number: int, port: int, tls: ssl.SSLContext | None, begun: Callable[[int], None]) -> None:
    """Be one slow client; whenever it is cut off it comes again."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await be_slow(number, port, tls, begun)
        await asyncio.sleep(0.5)


async def be_slow(number: int, port: int, tls: ssl.SSLContext | None, begun: Callable[[int], None]) -> None:
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    # From several addresses, as many people would.
    plain.bind((f"127.0.2.{number % 200 + 1}", 0))
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    name = "comments.example" if tls else None
    reader, writer = await asyncio.open_connection(sock=plain, ssl=tls, server_hostname=name, limit=1024)
    try:
        writer.write(KINDS[number % 3])
        begun(number)
        while not reader.at_eof():
            await asyncio.sleep(2)
            if number % 3 != 2:
                writer.write(b"x")
                await writer.drain()
    finally:
        writer.close()


async def main(port: int, count: int, authority: str | None) -> None:
    tls = ssl.create_default_context(cafile=authority) if authority else None
    enough, missing = asyncio.Event(), set(range(count))

    def begun(number: int) -> None:
        missing.discard(number)
        if not missing:
            enough.set()

    tasks = [asyncio.create_task(one(number, port, tls, begun)) for number in range(count)]
    await enough.wait()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None))
