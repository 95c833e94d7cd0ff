"""Handing a segment over: who may, what is said before, and files that read back as they should."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.domain import hand_off as rules
from campaigns.models import Segment
from campaigns.selectors import hand_off
from permissions_app.models import AuditEntry, Device, DeviceAddress
from permissions_app.selectors import raw
from tests.campaigns.domain.test_segments import NOW, denied, device
from tests.campaigns.services.test_segments import put
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of

TOKEN = "ab" * 32


@pytest.fixture
def at(shop: Shop) -> str:
    """Where the segment is handed over: two devices of one person, one each of two, three that nobody can name."""
    for key, external_id in (
        ("phone", "customer-42"),
        ("tablet", "customer-42"),
        ("zoe", "Zoë"),
        ("rogue", "=cmd|'/C calc'!A0"),
    ):
        reached(shop, key, external_id)
    reached(shop, "token-only", "", token=TOKEN)
    reached(shop, "signed-out", "")
    put(shop.app, "silent", denied(3))
    put(shop.app, "not-in-it", device())
    DeviceAddress.objects.create(
        device=Device.objects.get(key="not-in-it"), app_id=shop.app.pk, external_id="somebody-else"
    )
    return f"{shop.at}segments/kept/hand-off/"


def reached(shop: Shop, key: str, external_id: str, token: str = "", **facts: Any) -> None:
    """A device of somebody who is denied, and how to reach it."""
    DeviceAddress.objects.create(
        device_id=put(shop.app, key, replace_facts(denied(3), facts)),
        app_id=shop.app.pk,
        external_id=external_id,
        push_token=token,
        token_kind="apns" if token else "",
    )


def replace_facts(facts: Any, changes: dict[str, Any]) -> Any:
    """The facts with some of them changed."""
    for name, value in changes.items():
        setattr(facts, name, value)
    return facts


def lines(answer: Any) -> list[list[str]]:
    """A streamed file, read back."""
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.getvalue().decode(), newline="")))


def test_page__viewer__says_who_is_reached_and_offers_no_file(shop: Shop, at: str) -> None:
    page = client_of(shop.cast.carol).get(at).content.decode()
    words = " ".join(page.split())
    assert "people with an id of yours, on 4 of 7 devices" in words
    assert "The other 3 told no id" in words
    assert "Notifications are off on all of these devices" in words
    assert "editors download them" in words
    assert f'href="{at}braze"' not in page


def test_page__editor__a_file_for_each(shop: Shop, at: str) -> None:
    page = client_of(shop.cast.bob).get(at)
    for sender in rules.SENDERS:
        assert f'href="{at}{sender}"' in page.content.decode()
    offers = {it.sender.key: it for it in page.context["offers"]}
    assert [(it.lines, it.unreached, it.unwritable) for it in offers.values()] == [
        (1, 3, 2),
        (2, 3, 1),
        (2, 3, 1),
        (1, 6, 0),
    ]


@pytest.mark.parametrize(
    ("sender", "wanted"),
    [
        ("onesignal", [["external_id", "oneask_kept"], ["customer-42", "DAY"]]),
        ("braze", [["external_id"], ["Zoë"], ["customer-42"]]),
        ("airship", [["named_user", "Zoë"], ["named_user", "customer-42"]]),
        (
            "tokens",
            [
                ["device", "platform", "status", "external_id", "token_kind", "push_token"],
                ["token-only", "ios", "denied", "", "apns", TOKEN],
            ],
        ),
    ],
)
def test_file__for_a_sender__its_first_line_and_each_person_once(
    shop: Shop, at: str, sender: str, wanted: list[list[str]]
) -> None:
    answer = client_of(shop.cast.bob).get(at + sender)
    day = timezone.now().date().isoformat()
    assert lines(answer) == [[text.replace("DAY", day) for text in row] for row in wanted]
    assert f'filename="shop-kept-{sender}.csv"' in answer["Content-Disposition"]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_file__each_download__stands_in_the_trail_without_naming_anybody(
    shop: Shop, at: str
) -> None:
    client_of(shop.cast.bob).get(at + "braze").getvalue()
    entry = AuditEntry.objects.get(action="segment.handed_over")
    assert (entry.actor, entry.subject, entry.app) == (shop.cast.bob, "Kept", shop.app)
    assert entry.changes == {"key": "kept", "for": "Braze", "lines": 2}


@pytest.mark.parametrize("person", ["carol", "rita"])
def test_file__weak_role__403_and_no_trail(shop: Shop, at: str, person: str) -> None:
    client = client_of(getattr(shop.cast, person))
    assert client.get(at + "braze").status_code == 403
    assert not AuditEntry.objects.filter(action="segment.handed_over").exists()


@pytest.mark.parametrize("path", ["", "braze"])
def test_outsider_and_wrong_method(shop: Shop, at: str, path: str) -> None:
    assert client_of(shop.cast.mallory).get(at + path).status_code == 404
    assert client_of(shop.cast.alice).post(at + path).status_code == 405
    assert client_of(None).get(at + path).status_code == 302


@pytest.mark.parametrize("path", ["pigeon", "tokens-2"])
def test_file__unknown_sender__404(shop: Shop, at: str, path: str) -> None:
    assert client_of(shop.cast.alice).get(at + path).status_code == 404


def test_conditions_that_cannot_be_read__404(shop: Shop, at: str) -> None:
    Segment.objects.filter(key="kept").update(document={"fact": "gone"})
    assert client_of(shop.cast.alice).get(at).status_code == 404
    assert client_of(shop.cast.alice).get(at + "braze").status_code == 404


def test_tokens__of_a_removed_app__are_not_handed_over(shop: Shop, at: str) -> None:
    reached(shop, "gone", "customer-9", token=TOKEN, removed_at=NOW)
    told = lines(client_of(shop.cast.bob).get(at + "tokens"))
    assert [row[0] for row in told] == ["device", "token-only"]
    assert ["customer-9"] in lines(client_of(shop.cast.bob).get(at + "braze"))


def test_plain_file_and_members__hold_no_token_and_no_id(shop: Shop, at: str) -> None:
    client = client_of(shop.cast.bob)
    for path in ("members.csv", "members/", ""):
        told = client.get(f"{shop.at}segments/kept/{path}").getvalue().decode()
        assert TOKEN not in told
        assert "customer-42" not in told


def test_many_people__more_than_one_file__a_zip_of_numbered_files(
    shop: Shop, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        reached(shop, f"more-{number}", f"person-{number}")
    small = replace(rules.SENDERS["onesignal"], most_rows=4)
    monkeypatch.setitem(rules.SENDERS, "onesignal", small)
    page = client_of(shop.cast.bob).get(at)
    assert "several files in a ZIP" in page.content.decode()
    answer = client_of(shop.cast.bob).get(at + "onesignal")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"shop-kept-onesignal-{number}.csv" for number in (1, 2, 3)]
        read = [archive.read(name).decode().splitlines() for name in archive.namelist()]
    assert {file[0] for file in read} == {"external_id,oneask_kept"}
    people = [line.partition(",")[0] for file in read for line in file[1:]]
    assert people == sorted(["customer-42", *(f"person-{number}" for number in range(7))])


def test_people__while_they_are_sent__a_piece_at_a_time_and_each_once(
    shop: Shop, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        reached(shop, f"more-{number}", f"person-{number}")
    asked = 0
    run = raw.execute

    def counted(statement: str, parameters: Any = None) -> Any:
        nonlocal asked
        asked += statement.lstrip().startswith("SELECT DISTINCT")
        return run(statement, parameters)

    monkeypatch.setattr(raw, "execute", counted)
    monkeypatch.setattr(hand_off.people, "__kwdefaults__", {"chunk": 4})
    told = lines(client_of(shop.cast.bob).get(at + "braze"))
    assert len(told) == 1 + 2 + 9
    assert len({row[0] for row in told}) == len(told)
    assert asked == 4


@pytest.mark.django_db
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.one_of(
        st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1),
        st.from_regex(r"[=+@-][A-Za-z0-9._:@+/=()|!ä-]{0,6}", fullmatch=True),
    )
)
def test_left_out__python_and_the_database__say_the_same(db: None, text: str) -> None:
    row = raw.execute(
        """SELECT (t COLLATE "C") ~ %s, (t COLLATE "C") ~ %s FROM (SELECT %s::text) AS s(t)""",
        (rules.RUNS, rules.BEYOND_ASCII, text),
    ).fetchone()
    assert row is not None
    assert rules.SENDERS["braze"].takes(text) is not row[0]
    assert rules.SENDERS["onesignal"].takes(text) is not (row[0] or row[1])
