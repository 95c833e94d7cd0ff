"""Which addresses may be called."""

from __future__ import annotations

import pytest

from permissions_app.domain.outbound import Refused, Target, check_numbers, is_public, read_target


def target(url: str, *trusted: str) -> Target:
    return read_target(url=url, trusted_hosts=trusted)


def test_target__https__taken_apart() -> None:
    found = target("https://Hooks.Example.COM./a/b?c=d#e")
    assert (found.secure, found.host, found.port, found.path, found.trusted) == (
        True,
        "hooks.example.com",
        443,
        "/a/b?c=d",
        False,
    )
    assert found.authority == "hooks.example.com"
    assert target("https://example.com:8443").authority == "example.com:8443"
    assert target("https://[2606:2800:220:1::1]/").authority == "[2606:2800:220:1::1]"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://exam ple.com/",
        "https://example.com/\r\nHost: other",
        "https://example.com/\t",
        "https://exämple.com/",
        "https://[::1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://example.com/" + "a" * 500,
    ],
)
def test_target__no_address_that_is_called__refused(url: str) -> None:
    with pytest.raises(Refused):
        target(url)


def test_target__host_that_the_operator_named__http_too_but_only_that_port() -> None:
    assert target("http://chat.internal/hook", "chat.internal").trusted
    assert target("http://chat.internal:8065/hook", "chat.internal:8065").trusted
    with pytest.raises(Refused):
        target("http://chat.internal:9000/hook", "chat.internal:8065")
    with pytest.raises(Refused):
        target("http://chat.internal.evil.example/", "chat.internal")


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:db8::1",
        "",
        "localhost",
        "0x7f000001",
    ],
)
def test_public__private_reserved_or_carrying_such__no(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize(
    "number", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "2002:808:808::1"]
)
def test_public__open_internet__yes(number: str) -> None:
    assert is_public(number)


def test_numbers__one_of_them_private__refused_as_a_whole() -> None:
    found = target("https://example.com/")
    assert check_numbers(target=found, numbers=["8.8.8.8", "8.8.8.8"]) == ("8.8.8.8",)
    for numbers in (["8.8.8.8", "127.0.0.1"], ["::1"], []):
        with pytest.raises(Refused):
            check_numbers(target=found, numbers=numbers)


def test_numbers__trusted_host__may_be_private() -> None:
    found = target("http://chat.internal/", "chat.internal")
    assert check_numbers(target=found, numbers=["10.0.0.7"]) == ("10.0.0.7",)
