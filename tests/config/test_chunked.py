"""A body sent in chunks, as Kotlin clients do, arrives whole under the production web server."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

from config.local import commands
from tests.live import free_port

APPLICATION = """
def application(environ, start_response):
    body = environ["wsgi.input"].read()
    marked = bool(environ.get("wsgi.input_terminated"))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{len(body)} {marked} {environ.get('CONTENT_LENGTH')}".encode()]
"""


def test_chunked_body__under_granian__is_readable_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "chunked_probe.py").write_text(APPLICATION)
    port = free_port()
    line = commands.argv("web")
    line[line.index("config.wsgi:application")] = "chunked_probe:application"
    line[line.index("--port") + 1] = str(port)
    line[line.index("--workers") + 1] = "1"
    server = subprocess.Popen(
        line, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, start_new_session=True
    )
    try:
        answer = _post_in_chunks(port)
    finally:
        server.terminate()
        server.wait(15)
    assert answer.startswith("9000 True"), answer


def _post_in_chunks(port: int) -> str:
    deadline = time.monotonic() + 20
    while True:
        try:
            client = socket.create_connection(("127.0.0.1", port), timeout=5)
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    with client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        for _ in range(3):
            client.sendall(b"bb8\r\n" + b"x" * 3000 + b"\r\n")
        client.sendall(b"0\r\n\r\n")
        received = b""
        while part := client.recv(65536):
            received += part
    return received.split(b"\r\n\r\n", 1)[1].decode()
