"""Serve the built book on this machine, and print its address.

python book/tools/serve_book.py [--port 8000]
"""

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from paths import SITE


class QuietHandler(SimpleHTTPRequestHandler):
    """Does not print every request."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def make_server(site: Path, port: int) -> ThreadingHTTPServer:
    """A server for the folder ``site``, reachable from this machine only; port 0 takes a free one.

    Raises:
        FileNotFoundError: if the book has not been built.
        OSError: if the port is taken.
    """
    if not (site / "index.html").exists():
        raise FileNotFoundError(f"{site} holds no book yet: run `make book` first.")
    return ThreadingHTTPServer(("127.0.0.1", port), partial(QuietHandler, directory=str(site)))


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the built book on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    port = parser.parse_args().port
    try:
        server = make_server(SITE, port)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError:
        server = make_server(SITE, 0)
        print(f"Port {port} is taken.")
    with server:
        print(
            f"The book is at http://127.0.0.1:{server.server_port}/ (Ctrl-C stops it)", flush=True
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
