"""A web server on this machine that does wrong, in ways that can be asked for."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time

GIVE_UP = 20.0  # seconds after which a server that stalls ends by itself
WEB_PAGE = b"<!DOCTYPE html>\n<html><title>Sign in to the network</title></html>\n"


class MisbehavingServer:
    """Serve `payload` at ``url("whole")``, and misbehave at the other addresses.

    ``url("cut_with_length")`` is served by the method ``cut_with_length`` below, and so
    on; ``requests`` lists what was asked for, in order.
    """

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.requests: list[str] = []
        self.half_sent = threading.Event()  # "held" and "together" reached the middle
        self.release = threading.Event()  # lets the servers that stall go on
        self.together_count = 4
        self._barrier = threading.Barrier(self.together_count)

    def __enter__(self) -> MisbehavingServer:
        stage = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                behavior = self.path.split("/")[1]
                stage.requests.append(behavior)
                with contextlib.suppress(ConnectionError):  # the client went away
                    getattr(stage, behavior)(self)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                """Keep quiet: clients leave in the middle here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving: from now on connections are refused."""
        self.release.set()
        self._barrier.abort()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def url(self, behavior: str, name: str = "sample.bin") -> str:
        assert hasattr(self, behavior), behavior
        return f"http://127.0.0.1:{self.port}/{behavior}/{name}"

    def _send(
        self,
        request: http.server.BaseHTTPRequestHandler,
        body: bytes,
        status: int = 200,
        length: int | None = None,
        **headers: str,
    ) -> None:
        request.send_response(status)
        if length is not None:
            request.send_header("Content-Length", str(length))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)
        request.wfile.flush()

    # What can be asked for.

    def whole(self, request) -> None:
        self._send(request, self.payload, length=len(self.payload))

    def cut_with_length(self, request) -> None:
        half = self.payload[: len(self.payload) // 2]
        self._send(request, half, length=len(self.payload))

    def cut_without_length(self, request) -> None:
        self._send(request, self.payload[: len(self.payload) // 2])

    def wrong_bytes(self, request) -> None:
        middle = len(self.payload) // 2
        body = bytearray(self.payload)
        body[middle] ^= 1  # one bit
        self._send(request, bytes(body), length=len(body))

    def web_page(self, request) -> None:
        self._send(request, WEB_PAGE, length=len(WEB_PAGE), Content_Type="text/html")

    def missing(self, request) -> None:
        self._send(request, WEB_PAGE, status=404, length=len(WEB_PAGE))

    def broken(self, request) -> None:
        self._send(request, b"oops", status=500, length=4)

    def broken_once(self, request) -> None:
        if self.requests.count("broken_once") == 1:
            self.broken(request)
        else:
            self.whole(request)

    def silent(self, request) -> None:
        """Accept the connection and never answer."""
        self.release.wait(GIVE_UP)

    def held(self, request) -> None:
        """Send one half, and the other half when released."""
        middle = len(self.payload) // 2
        self._send(request, self.payload[:middle], length=len(self.payload))
        self.half_sent.set()
        self.release.wait(GIVE_UP)
        request.wfile.write(self.payload[middle:])

    def together(self, request) -> None:
        """Send one half, and the other half when four clients have got the first."""
        middle = len(self.payload) // 2
        self._send(request, self.payload[:middle], length=len(self.payload))
        with contextlib.suppress(threading.BrokenBarrierError):
            self._barrier.wait(GIVE_UP)
            self.half_sent.set()
        request.wfile.write(self.payload[middle:])

    def dripping(self, request) -> None:
        """Send a byte now and then, so that no silence is long."""
        self._send(request, b"", length=len(self.payload))
        self._drip(request, self.payload)

    def dripping_header(self, request) -> None:
        request.wfile.write(b"HTTP/1.0 200 OK\r\nX-Endless: ")
        self._drip(request, b"x" * 10_000)

    def _drip(self, request, body: bytes) -> None:
        end = time.monotonic() + GIVE_UP
        for byte in body:
            if self.release.wait(0.02) or time.monotonic() > end:
                return
            request.wfile.write(bytes([byte]))
            request.wfile.flush()

    def steady(self, request) -> None:
        """Send all in 15 pieces, over 1.5 seconds."""
        self._send(request, b"", length=len(self.payload))
        step = -(-len(self.payload) // 15)
        for start in range(0, len(self.payload), step):
            request.wfile.write(self.payload[start : start + step])
            request.wfile.flush()
            self.release.wait(0.1)

    def endless(self, request) -> None:
        """Send more than the file, and go on and on."""
        self._send(request, self.payload)
        while not self.release.is_set():
            request.wfile.write(self.payload)

    def declared_as_encoding(self, request) -> None:
        """Serve a .gz file as if its compression were one of the transfer."""
        self._send(
            request,
            self.payload,
            length=len(self.payload),
            Content_Encoding="x-gzip",
        )
