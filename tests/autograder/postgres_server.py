"""A PostgreSQL server of one's own, in a folder that goes away with it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp

import psycopg

USER = "grader"
PASSWORD = "s3cret-and/odd@"
_IN_A_URL = "s3cret-and%2Fodd%40"
#: Nothing has to survive a power failure here.
_FAST = ("fsync=off", "full_page_writes=off")


def program(name: str) -> Path:
    """One of PostgreSQL's programs; Debian keeps them beside the server, not on the PATH."""
    there = [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if on_path := shutil.which("postgres"):
        there.append(Path(on_path).resolve())
    if not there:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    return max(there).with_name(name)


class PostgresServer:
    """Runs until ``end``, and no longer than this process; root has to run it as ``postgres``."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="postgres-"))
        self._data = self.folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        password = self.folder / "password"
        password.write_text(PASSWORD)
        as_whom: list[str] = []
        if os.geteuid() == 0:
            as_whom = ["--reuid=postgres", "--regid=postgres", "--init-groups"]
            for path in (self.folder, password):
                shutil.chown(path, "postgres", "postgres")
        self._within = ["setpriv", *as_whom, "--pdeathsig=QUIT"]
        subprocess.run(
            [
                *(*self._within, program("initdb"), "--pgdata", self._data, "--no-sync"),
                *("--auth=scram-sha-256", f"--username={USER}", f"--pwfile={password}"),
                *("--encoding=UTF8", "--locale=C"),
            ],
            cwd=self.folder,
            check=True,
            capture_output=True,
            timeout=120,
        )

    def start(self) -> None:
        """Start it, or start it again; waits until it answers."""
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", *_FAST)
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *(*self._within, program("postgres"), "-D", self._data, "-k", self.folder),
                    *(word for setting in settings for word in ("-c", setting)),
                ],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    said = (self.folder / "log").read_text()
                    raise RuntimeError(f"PostgreSQL does not start: {said}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """As when the machine is switched off: whoever is at work in it is cut off."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(60)
        self._server = None

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection that commits each statement."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=10)

    def url(self, database: str, password: str = _IN_A_URL) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def copy(self, database: str, name: str) -> str:
        """A database like another one, that nobody is connected to; gives its address."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {database}")
        return self.url(name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
