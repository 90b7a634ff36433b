"""A service begins anew once, with what the C library reads from the environment alone, or goes on as it is."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library reads it")

CODE = """
import os, sys
sys.stdout.write("begun ")
sys.stdout.flush()
from moderation.foundation.memory import start_small
start_small()
print(os.environ.get("GLIBC_TUNABLES"), *sys.argv[1:])
"""
OURS = "glibc.malloc.tcache_count=0"


def begin(*words, code=CODE, **variables):
    given = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"} | variables
    command = [sys.executable, *words, "-c", code, "a word", ""]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=True, timeout=60).stdout


def test_it_begins_anew_once_with_the_same_words():
    assert begin() == f"begun begun {OURS} a word \n"
    assert begin("-X", "utf8", "-W", "error") == f"begun begun {OURS} a word \n"


def test_what_the_owner_has_set_stays():
    assert begin(GLIBC_TUNABLES="glibc.cpu.x=1") == "begun glibc.cpu.x=1 a word \n"


def test_it_goes_on_where_it_cannot_begin_anew():
    cleaned = "import os; os.execve = lambda file, words, given: os.execv(file, words)\n" + CODE
    assert begin(code=cleaned) == "begun begun None a word \n"
    gone = "import sys; sys.executable = '/nowhere/python'\n" + CODE
    assert begin(code=gone) == "begun None a word \n"
    nameless = "import sys; sys.executable = ''\n" + CODE
    assert begin(code=nameless) == "begun None a word \n"
