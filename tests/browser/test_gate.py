"""The door in front of the test server."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.browser.gate import DOOR, Door


def test_close__somebody_inside__waits_and_turns_the_next_away() -> None:
    door, inside, go, closed = Door(), threading.Event(), threading.Event(), threading.Event()

    def visit() -> None:
        with door.passing() as let_in:
            assert let_in
            inside.set()
            assert go.wait(10)

    def shut() -> None:
        door.close()
        closed.set()

    visitor, porter = threading.Thread(target=visit), threading.Thread(target=shut)
    visitor.start()
    assert inside.wait(10)
    porter.start()
    assert not closed.wait(0.2)
    with door.passing() as let_in:
        assert not let_in
    go.set()
    assert closed.wait(10)
    visitor.join()
    porter.join()
    door.open()
    with door.passing() as let_in:
        assert let_in


@pytest.mark.django_db(transaction=True)
def test_test_server__door_closed__answers_503(live_server: Any, closing_time: None) -> None:
    where = f"{live_server.url}/accounts/login/"
    with urllib.request.urlopen(where) as answer:
        assert answer.status == 200
    DOOR.close()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(where)
    assert refused.value.code == 503
    refused.value.close()
    DOOR.open()
    with urllib.request.urlopen(where) as answer:
        assert answer.status == 200
