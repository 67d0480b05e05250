"""A real Redis for tests: one process, in memory, reached through a socket in a directory of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENCE = 60.0  # Seconds after which a server that does not start never will.


_DUMP = """
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  local values
  if kind == 'string' then values = {redis.call('GET', key)}
  elseif kind == 'hash' then values = redis.call('HGETALL', key)
  elseif kind == 'set' then values = redis.call('SMEMBERS', key)
  else values = redis.call('ZRANGE', key, 0, -1) end
  all[#all + 1] = key .. '=' .. table.concat(values, ' ')
end
return table.concat(all, ' ')
"""


class RedisServer:
    """A Redis that can be stopped and started again; it keeps nothing when it stops.

    Args:
        directory: Where its socket is.
    """

    def __init__(self, directory: Path) -> None:
        self._socket = directory / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        options = {"port": "0", "unixsocket": str(self._socket), "save": "", "appendonly": "no", "loglevel": "warning"}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen([_program(), *words], stdout=subprocess.DEVNULL, cwd=self._socket.parent)
        end = time.monotonic() + PATIENCE
        while not self._socket.exists():
            assert self._process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.01)

    def empty(self) -> None:
        """Forget everything."""
        assert self._command("FLUSHALL") == "OK"

    def dump(self) -> str:
        """Return all that is remembered, in one text."""
        return self._command("EVAL", _DUMP, "0")

    def clients(self) -> int:
        """Return how many connections are open, beside the one that asks."""
        return len(self._command("CLIENT", "LIST").splitlines()) - 1

    def scripts_run(self) -> int:
        """Return how many scripts were run since the start; those that had to be taught first count once."""
        found = re.findall(r"cmdstat_evalsha:calls=(\d+),.*failed_calls=(\d+)", self._command("INFO", "commandstats"))
        return sum(int(calls) - int(failed) for calls, failed in found)

    def _command(self, *words: str) -> str:
        """Run a command, and return its reply, which is a text."""
        with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as replies:
            connection.settimeout(PATIENCE)
            connection.connect(str(self._socket))
            parts = [f"*{len(words)}", *(part for word in words for part in (f"${len(word)}", word))]
            connection.sendall("\r\n".join([*parts, ""]).encode())
            head = replies.readline().decode().strip()
            assert head[0] in "+$", head
            return head[1:] if head[0] == "+" else replies.read(int(head[1:])).decode("latin-1")

    def stop(self) -> None:
        """Kill it, as a machine that fails would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._socket.unlink(missing_ok=True)
            self._process = None


@contextmanager
def redis_server() -> Generator[RedisServer]:
    """Run a Redis; where there is none, skip the test, or fail it where all programs have to be there."""
    _program()
    directory = Path(tempfile.mkdtemp(prefix="safelight-"))  # A socket's path has to be short.
    server = RedisServer(directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


def _program() -> str:
    found = shutil.which("redis-server")
    if found is None:
        text = "redis-server is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    return found
