"""Setting up: ports, locks, what may not be committed, and a server that comes back."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from config.local import assets, commands, places, serve
from config.local.postgres import Postgres
from config.static_files import CLIENT
from tests.live import Live

LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "package-lock.json",
    "package.json",
    ".npmrc",
]


def test_port__taken__names_the_port_and_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            serve.refuse_taken_port("127.0.0.1", port)
    assert f"port {port} is taken; try: PORT={port + 1} make run" in str(caught.value)


@pytest.mark.parametrize("name", LOCKS)
def test_lock__every_file__names_no_package_host(name: str) -> None:
    content = (places.ROOT / name).read_text()
    if name == "package-lock.json":
        content = re.sub(r'"funding": (\{.*?\}|\[.*?\])', "", content, flags=re.S)
    assert not re.search(r"https?://|index-url|find-links|\"resolved\"", content)


def test_lock__every_python_package__is_hashed() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=[a-z0-9])", (places.ROOT / name).read_text())
        assert all("--hash=sha256:" in entry for entry in entries)


def test_lock__browser_packages__are_permissive() -> None:
    packages = json.loads((places.ROOT / "package-lock.json").read_text())["packages"]
    runtime = {entry["license"] for entry in packages.values() if not entry.get("dev")}
    assert runtime <= {"MIT", "Apache-2.0", "BSD-3-Clause", "ISC"}


def test_repository__committed_files__hold_nothing_of_others() -> None:
    if shutil.which("git") is None or not (places.ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=places.ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, listed):
        assert not re.search(
            r"(^|/)(node_modules|vendor|staticfiles|\.venv)/|\.min\.(js|css)$", name
        )


def test_assets__vendored_files__are_there_and_point_nowhere() -> None:
    assets.install(dev=True)
    for source in assets.FILES:
        content = (assets.VENDOR / Path(source).name).read_text(encoding="utf-8")
        assert len(content) > 10_000
        assert "sourceMappingURL=" not in content


def test_postgres__killed_and_stale_pid_file__comes_back_with_its_data() -> None:
    import psycopg

    server = Postgres(places.postgres_base() / "test-pg-0", durable=False)
    try:
        assert server.start()
        assert not server.start()
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        assert server.pid is None
        (server.data_dir / "postmaster.pid").write_text("1\n")
        assert server.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    finally:
        from config.local import parts

        parts.remove(server)


def test_commands__each__is_one_line_of_this_interpreter() -> None:
    for name in commands.COMMANDS:
        assert commands.argv(name)[1] == "-m"


def test_live__health__answers(live: Live) -> None:
    assert live.healthy()
    assert all(process.poll() is None for process in live.processes.values())


def test_live__pages__carry_the_policy(live: Live) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request("GET", "/accounts/login/")
    response = connection.getresponse()
    response.read()
    assert response.status == 200
    connection.close()
    policy = response.getheader("Content-Security-Policy") or ""
    assert "script-src 'self'" in policy.split("; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", sorted(CLIENT))
def test_live__client__is_served_to_any_page_under_its_plain_name(live: Live, name: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    connection.request("GET", f"/static/{name}", headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    body = gzip.decompress(response.read())
    connection.close()
    assert response.status == 200
    assert body == (places.ROOT / "static" / name).read_bytes()
    assert response.getheader("Access-Control-Allow-Origin") == "*"
    if name.endswith(".js"):  # a module of another type is not run
        assert (response.getheader("Content-Type") or "").startswith("text/javascript")
