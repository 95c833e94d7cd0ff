"""Calls to addresses that somebody entered, against real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from permissions_app.domain.outbound import Refused
from permissions_app.services import outbound
from permissions_app.services.outbound import Failed, post
from tests.web_server import WebServer


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


def send(url: str, *trusted: str) -> None:
    post(url=url, body=b'{"a":1}', headers={"X-Sign": "s"}, trusted_hosts=trusted)


def test_post__trusted_host__body_and_headers_arrive(server: WebServer) -> None:
    send(server.url, server.host)
    ((path, headers, body),) = server.posts
    assert (path, body) == ("/hook", b'{"a":1}')
    assert headers["X-Sign"] == "s"
    assert headers["Host"] == server.host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.1"])
def test_post__private_host_by_any_name__never_called(server: WebServer, host: str) -> None:
    with pytest.raises((Refused, Failed)):
        send(f"https://{host}:{server.port}/hook")
    with pytest.raises(Refused):
        send(f"http://{host}:{server.port}/hook")
    assert server.posts == []


def test_post__name_that_changes_its_mind__goes_to_the_number_that_was_checked(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked once. Whoever answers otherwise the second time is not asked."""
    asked = []
    real = socket.getaddrinfo

    def answers(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *more, **options)
        asked.append(host)
        number = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    name = f"rebinding.example:{server.port}"
    send(f"http://{name}/hook", name)
    assert asked == ["rebinding.example"]
    assert len(server.posts) == 1


def test_post__name_with_one_private_number__never_called(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*_: Any, **__: Any) -> Any:
        numbers = ("93.184.216.34", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, 443)) for n in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(Refused, match="private network"):
        send("https://two.example/hook")
    assert server.posts == []


def test_post__redirect_to_somewhere_else__not_followed() -> None:
    with WebServer() as inner, WebServer(status=302, location=inner.url) as outer:
        with pytest.raises(Failed, match="moved"):
            send(outer.url, outer.host)
        assert len(outer.posts) == 1
        assert inner.posts == []


def test_post__answer_is_no__says_the_number() -> None:
    with WebServer(status=503) as running, pytest.raises(Failed, match="503"):
        send(running.url, running.host)


def test_post__nobody_there__failed() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(Failed, match="could not be reached"):
        send(f"http://{host}/", host)


def test_post__silence__given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "SECONDS", 0.2)
    with WebServer(silent=True) as running, pytest.raises(Failed, match="in time"):
        send(running.url, running.host)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_post__never_comes_to_an_end__cut_off(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the middle of the greeting of a secure line."""
    monkeypatch.setattr(outbound, "SECONDS", 30)
    monkeypatch.setattr(outbound, "SECONDS_IN_ALL", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Failed):
            send(f"{scheme}://{host}/hook", host)


def test_post__secure_host_without_a_certificate__failed(server: WebServer) -> None:
    with pytest.raises(Failed):
        send(f"https://{server.host}/hook", server.host)
    assert server.posts == []
