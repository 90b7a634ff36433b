"""A small application on its own port: tells what it was asked, is slow where wanted, and has one answer ready."""

import json
import os
import socket
import sys
import threading
import time

from moderation.foundation import incoming, wsgi
from moderation.foundation.wsgi import serve_wsgi

LET = threading.Event()


def echo(environ, start_response):
    """Tell the request; /slow waits until it is let, /fails does."""
    if environ["PATH_INFO"] == "/fails":
        raise ValueError("on purpose")
    if environ["PATH_INFO"] == "/slow":
        # In one piece: print would let another thread write between a word and its end of line.
        os.write(1, b"slow\n")
        LET.wait()
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    told["body"] = environ["wsgi.input"].read().decode("latin-1")
    start_response("200 OK", [("Content-Type", "application/json")])
    return iter([json.dumps(told).encode()])


def at_once(method, path, query, header):
    """Have one address ready, and only for who brings the word."""
    if path == "/let":
        LET.set()
    if path == "/ready" and header("x-word") == "please":
        return 200, [("X-Query", query)], method.encode()
    return None


def ask_late(ask=incoming.when_there):
    """Let every body be there before anybody asks to be told of it, as it happens now and then."""

    def late(body, call):
        time.sleep(0.1)
        ask(body, call)

    incoming.when_there = wsgi.when_there = late


if __name__ == "__main__":
    if "late" in sys.argv:
        ask_late()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        serve_wsgi(echo, listener, at_once=at_once, threads=int(sys.argv[1]), backlog=64)
    # As each process of the service ends (foundation/process.py): threads that wait for work are not waited for.
    os._exit(0)
