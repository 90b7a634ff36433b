"""The service as a whole: it starts, refuses to start twice, survives its own processes, and ends cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from moderation.foundation.database import Database
from tests import make
from tests.cli.serving import free_port, is_alive, moderation, resident, serving, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# At rest; use adds a third to the web process.
BAR = 100


def processes(service):
    return [service.process.pid, service.started("web-1")[-1], service.started("work")[-1]]


def test_it_tells_how_to_set_it_up_and_ends_with_status_0(tmp_path):
    with serving(tmp_path / "data") as service:
        link = until(lambda: [line for line in service.log if line.startswith("Set up: ")])[0]
        assert re.match(rf"Set up: http://localhost:{service.port}/setup/[\w-]{{43}} ", link)
        assert oct((tmp_path / "data").stat().st_mode)[-3:] == "700"
        pids = processes(service)
        assert service.stop() == 0
        assert not any(map(is_alive, pids))
    assert not [line for line in service.log if '"level": "error"' in line]


def test_a_second_start_with_the_same_data_is_refused_by_name(tmp_path):
    with serving(tmp_path / "data") as service:
        second = moderation("serve", data=tmp_path / "data", port=free_port())
        assert second.returncode == 2
        assert f"already running (process {service.process.pid})" in second.stderr
        assert second.stderr.count("\n") == 1
        assert service.is_ready()


def test_a_port_that_is_taken_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = moderation("serve", data=tmp_path / "data", port=port)
    assert refused.returncode == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in refused.stderr
    assert not (tmp_path / "data" / "moderation.db").exists()


def test_two_services_do_not_share_a_port_silently(tmp_path):
    with serving(tmp_path / "one") as service:
        second = moderation("serve", data=tmp_path / "two", port=service.port)
    assert second.returncode == 2
    assert "cannot be used" in second.stderr


def test_settings_that_cannot_be_used_end_it_with_a_sentence(tmp_path):
    refused = moderation("serve", data=tmp_path / "data", port=free_port(), secret="short")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "MODERATION_SECRET is too short: at least 32 characters."


def test_no_thread_keeps_what_it_has_freed_unless_the_owner_says_otherwise(tmp_path):
    for given, found in ({}, "glibc.malloc.tcache_count=0"), ({"GLIBC_TUNABLES": "glibc.cpu.x=1"}, "glibc.cpu.x=1"):
        with serving(tmp_path / "data", variables=given) as service:
            for pid in processes(service):
                variables = Path(f"/proc/{pid}/environ").read_text(encoding="ascii", errors="replace").split("\0")
                assert f"GLIBC_TUNABLES={found}" in variables
            assert service.stop() == 0


def test_what_few_processes_need_is_not_loaded_before_it_is_needed():
    rare = (
        "granian pydantic fido2 segno smtplib mailbox alembic redis psycopg sqlalchemy.dialects.postgresql PIL pygments"
    )
    code = f"import sys, moderation.cli.serve; print(*(set({rare.split()!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""


def test_killed_processes_come_back_within_two_seconds(tmp_path):
    with serving(tmp_path / "data") as service:
        # Resident memory counts what the processes share in each of them.
        for name, pid in zip(("supervisor", "web", "worker"), processes(service), strict=True):
            print(f"{name}: {resident(pid):.0f} MB")
            assert resident(pid) < BAR
        for name in ("web-1", "work"):
            former = service.started(name)
            os.kill(former[-1], signal.SIGKILL)
            began = time.monotonic()
            until(lambda name=name, former=former: len(service.started(name)) > len(former))
            assert service.ask()[0] == 200
            print(f"{name} was back after {(time.monotonic() - began) * 1000:.0f} ms")
            assert time.monotonic() - began < 2


def test_a_connection_that_is_made_while_the_web_process_is_dead_is_answered(tmp_path):
    with serving(tmp_path / "data") as service:
        os.kill(service.started("web-1")[-1], signal.SIGKILL)
        assert service.ask()[0] == 200


def test_when_the_parent_is_killed_nobody_is_left_and_it_can_start_again(tmp_path):
    with serving(tmp_path / "data") as service:
        pids = processes(service)
        service.process.kill()
        until(lambda: not any(map(is_alive, pids)), 5)
        with serving(tmp_path / "data", port=service.port) as again:
            assert again.is_ready()


def test_a_request_that_is_under_way_is_answered_before_the_end(tmp_path):
    with serving(tmp_path / "data") as service:
        body = b'{"site": "no-such-site", "body": "Hello"}'
        head = f"POST /api/v1/preview HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        with socket.create_connection(("localhost", service.port)) as client:
            client.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body[:10])
            until(lambda: service.is_ready())
            service.process.send_signal(signal.SIGTERM)
            until(lambda: not is_alive(service.started("work")[-1]))
            client.sendall(body[10:])
            assert b" 404 " in client.recv(200)
        assert service.process.wait(15) == 0


def test_a_comment_leads_to_a_mail_within_seconds(tmp_path, sqlite_url):
    database = Database(sqlite_url)
    with database.transaction() as db:
        make.site(db, key="blog", guest_email_confirmed=True)
    database.close()
    with serving(tmp_path / "data", database_url=sqlite_url) as service:
        page = {"key": "/her", "url": f"{make.BLOG}/her", "title": "Her"}
        guest = {"name": "Ann", "email": "ann@example.org"}
        body = {"site": "blog", "page": page, "body": "Hello", "guest": guest}
        began = time.monotonic()
        status, answer = service.ask("/api/v1/comments", body=body)
        assert status == 201, (answer, service.log)
        folder = tmp_path / "data" / "mail"
        (file,) = until(lambda: list(folder.glob("new/*")))
        print(f"the mail was there after {(time.monotonic() - began) * 1000:.0f} ms")
    assert b"ann@example.org" in file.read_bytes()
    assert not [line for line in service.log if "ann@example.org" in line or "Hello" in line]
