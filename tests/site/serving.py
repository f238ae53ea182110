"""A local server that sends the strict policy under which every page must work."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'"
)


class Handler(SimpleHTTPRequestHandler):
    """Serves files with the policy, and writes no log."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".css": "text/css",  # some Windows registries say otherwise
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Takes it calmly when a browser closes a connection early."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # the browser reports a request that failed


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """Serve a folder on this machine only; yields the address of its root."""
    handler = functools.partial(Handler, directory=str(site))
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
