"""A server that gives the same answer to whatever is asked: for what is no model server, or answers as none should."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def odd_server(status: int, body: bytes, *headers: tuple[str, str], prefix: str = "/v1") -> Iterator[str]:
    """Gives its base address. An empty body with status 0 breaks the connection."""

    class Odd(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not status:
                return
            self.send_response(status)
            for header in headers:
                self.send_header(*header)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
