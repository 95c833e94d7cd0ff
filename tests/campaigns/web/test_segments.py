"""The pages of segments: who may do what, the builder without a script, files that a spreadsheet does not run."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from campaigns.domain.segments import parse
from campaigns.models import Segment, SegmentDay
from campaigns.selectors import segments as reading
from campaigns.web.segments.rows import from_document, from_post, press, read, walk
from permissions_app.models import AuditEntry
from permissions_app.selectors.days import day_number, today
from tests.campaigns.domain.test_segments import DENIED, denied, device
from tests.campaigns.services.test_segments import put
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_segment, make_soft_ask, republish

NEVER = {"fact": "never", "ever": True}


def form(document: Any, **more: Any) -> QueryDict:
    """What the builder sends for a document."""
    data = QueryDict(mutable=True)
    for row in walk(from_document(document)):
        data.appendlist("part", row.path)
        data[f"{row.path}:kind"] = "group" if row.joint else row.kind
        if row.joint:
            data[f"{row.path}:joint"] = row.joint
        for name, texts in row.typed.items():
            data.setlist(f"{row.path}:{name}", texts)
    for name, value in more.items():
        data[name.replace("__", ":").replace("_at_", ".")] = value
    return data


def sent(data: QueryDict) -> dict[str, Any]:
    """A form as the test client sends it, with every value of a field."""
    return dict(data.lists())


DOCUMENTS = [
    {"all": [DENIED, NEVER]},
    {
        "any": [
            {"fact": "denied", "more_than_days_ago": 30},
            {"fact": "country", "in": ["DE", "AT"]},
        ]
    },
    {"not": {"any": [DENIED]}},
    {
        "all": [
            {"not": {"any": [DENIED, NEVER]}},
            {"any": [{"fact": "saw", "in": ["s1", "s1.2.a"]}]},
        ]
    },
    {"all": [{"moment": "order_placed", "at_least": 2, "in_last_days": 14, "since_no": True}]},
    {"all": [{"fact": "interruptions", "at_least": 3, "in_last_days": 30}]},
    {"all": [{"fact": "sessions", "at_least": 2, "at_most": 9}]},
    {"all": [{"fact": "app_version", "below": "4.2"}, {"fact": "app_version", "in": ["4.1"]}]},
    {"all": [{"fact": "first_seen", "from": "2026-11-01", "to": "2026-11-30"}]},
    {"all": [{"fact": "recovered", "ever": False}, {"fact": "embargoed_until", "ahead": True}]},
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_rows__document_to_form_and_back__says_the_same(document: Any) -> None:
    found = read(from_post(form(document)))
    assert not found.faults
    assert found.document == document


def test_rows__condition_alone_or_a_negated_one__becomes_a_group() -> None:
    assert read(from_post(form(DENIED))).document == {"all": [DENIED]}
    assert read(from_post(form({"not": DENIED}))).document == {"not": {"any": [DENIED]}}


def test_press__add_group_remove__changes_the_tree() -> None:
    root = from_post(form({"all": [DENIED]}))
    root = press(root, "group:r", chosen={})
    root = press(root, "add:r.1", chosen={"r.1": "never"})
    root = press(root, "remove:r.0", chosen={})
    assert [row.path for row in walk(root)] == ["r", "r.0", "r.0.0"]
    root = press(root, "add:r", chosen={"r": "colour"})
    assert len(list(walk(root))) == 3
    assert press(root, "remove:r", chosen={}) is root


def test_read__unfinished_condition__is_told_and_left_out_of_the_count() -> None:
    data = form({"all": [DENIED, {"fact": "sessions", "at_least": 2}]})
    data["r.1:at_least"] = "many"
    found = read(from_post(data))
    assert found.faults == {"r.1": "Sessions: give a whole number from 0 to 32767."}
    assert found.finished == {"all": [DENIED]}


def test_list__own_and_standing_segments__with_their_counts(shop: Shop) -> None:
    put(shop.app, "d1", denied(2))
    page = client_of(shop.cast.carol).get(f"{shop.at}segments/").content.decode()
    assert "Kept" in page
    assert "Fresh denials" in page
    assert "1 devices, counted just now in " in page


def test_new__viewer__may_count_and_not_save(shop: Shop) -> None:
    put(shop.app, "d1", denied(2))
    client = client_of(shop.cast.carol)
    address = f"{shop.at}segments/new/?from=funnel&platform=ios&place=denied"
    page = client.get(address)
    assert page.status_code == 200
    assert ">1</span> of 1 devices" in page.content.decode()
    told = form({"all": [DENIED]}, name="Mine", do="save")
    assert client.post(f"{shop.at}segments/new/", sent(told)).status_code == 403
    assert Segment.objects.count() == 1


def test_new__save__leads_to_the_segment_and_leaves_a_trail(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    told = form({"all": [DENIED, NEVER]}, name="Said never", do="save")
    answer = client.post(f"{shop.at}segments/new/", sent(told))
    assert answer.status_code == 302
    assert answer["Location"] == f"{shop.at}segments/said-never/"
    assert Segment.objects.get(key="said-never").document == {"all": [DENIED, NEVER]}
    assert AuditEntry.objects.filter(action="segment.created", actor=shop.cast.bob).exists()


def test_new__save_with_faults__422_and_what_was_typed_stays(shop: Shop) -> None:
    told = form({"all": [DENIED, {"fact": "sessions", "at_least": 2}]}, name="Mine", do="save")
    told["r.1:at_least"] = "many"
    answer = client_of(shop.cast.bob).post(f"{shop.at}segments/new/", sent(told))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Sessions: give a whole number from 0 to 32767." in page
    assert 'value="many"' in page
    assert 'value="Mine"' in page


@pytest.mark.parametrize("htmx", [False, True])
def test_builder__button_without_and_with_htmx__adds_the_condition(shop: Shop, htmx: bool) -> None:
    told = form({"all": [DENIED]}, do="add:r")
    told["r:new"] = "moment"
    headers = {"HX-Request": "true"} if htmx else {}
    answer = client_of(shop.cast.bob).post(f"{shop.at}segments/new/", sent(told), headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert ("<html" in page) is not htmx
    assert 'name="r.1:moment"' in page
    assert Segment.objects.count() == 1


def test_count__of_what_is_written__says_how_many_and_in_which_time(shop: Shop) -> None:
    put(shop.app, "d1", denied(2))
    put(shop.app, "d2", device())
    answer = client_of(shop.cast.carol).post(
        f"{shop.at}segments/count/", sent(form({"all": [DENIED]}))
    )
    page = answer.content.decode()
    assert ">1</span> of 2 devices" in page
    assert " ms</p>" in page


def test_edit__stale_version__409_and_nothing_overwritten(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    where = f"{shop.at}segments/kept/edit/"
    first = form({"all": [NEVER]}, name="Kept", version="1", do="save")
    assert client.post(where, sent(first)).status_code == 302
    second = form({"all": [DENIED]}, name="Mine", version="1", do="save")
    answer = client.post(where, sent(second))
    assert answer.status_code == 409
    assert "said never ask again" in answer.content.decode()
    assert Segment.objects.get().document == {"all": [NEVER]}


def test_edit__segment_that_every_app_has__404(shop: Shop) -> None:
    assert client_of(shop.cast.bob).get(f"{shop.at}segments/never/edit/").status_code == 404


@pytest.mark.parametrize("path", ["segments/kept/edit/", "segments/kept/delete/"])
def test_write__viewer_and_reviewer__403(shop: Shop, path: str) -> None:
    for person in (shop.cast.carol, shop.cast.rita):
        assert client_of(person).post(shop.at + path, {"do": "save"}).status_code == 403
    assert Segment.objects.count() == 1


def test_delete__segment__is_gone(shop: Shop) -> None:
    answer = client_of(shop.cast.bob).post(f"{shop.at}segments/kept/delete/")
    assert answer["Location"] == f"{shop.at}segments/"
    assert not Segment.objects.exists()


def test_segment__page__shows_size_way_and_recovery_with_files(shop: Shop) -> None:
    put(shop.app, "d1", denied(40))
    day = day_number(today(timezone.now()))
    for ago, size in ((1, 4), (0, 5)):
        SegmentDay.objects.create(
            app=shop.app, key="kept", day=day - ago, version=1, size=size, entered=2, left=1
        )
    client = client_of(shop.cast.carol)
    page = client.get(f"{shop.at}segments/kept/").content.decode()
    for words in ("Size over time", "The way of these people", "Settings recovery"):
        assert words in page
    sizes = client.get(f"{shop.at}segments/kept/?csv=size")
    rows = list(csv.reader(io.StringIO(sizes.getvalue().decode())))
    assert [row[1:] for row in rows] == [
        ["devices", "entered", "left"],
        ["5", "2", "1"],
        ["4", "2", "1"],
    ]
    assert client.get(f"{shop.at}segments/kept/?csv=nothing").status_code == 404


def test_members__more_than_a_page__lead_on_and_to_each_device(shop: Shop) -> None:
    for number in range(reading.MEMBERS_A_PAGE + 2):
        put(shop.app, f"d{number:03}", denied(2))
    client = client_of(shop.cast.carol)
    first = client.get(f"{shop.at}segments/kept/members/")
    page = first.content.decode()
    assert page.count('<th scope="row">') == reading.MEMBERS_A_PAGE
    assert f'href="{shop.at}devices/d000/"' in page
    after = first.context["next"]
    rest = client.get(f"{shop.at}segments/kept/members/?after={after}").content.decode()
    assert rest.count('<th scope="row">') == 2
    assert "Next page" not in rest
    assert client.get(f"{shop.at}segments/kept/members/?after=x").status_code == 200


def test_file__hostile_key__is_no_formula_and_comes_in_pieces(shop: Shop) -> None:
    put(shop.app, "=HYPERLINK(1)", denied(2))
    put(shop.app, "plain", denied(2))
    answer = client_of(shop.cast.carol).get(f"{shop.at}segments/kept/members.csv")
    assert answer.streaming
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [row["device"] for row in rows] == ["'=HYPERLINK(1)", "plain"]
    assert rows[1]["status"] == "denied"
    assert "shop-kept.csv" in answer["Content-Disposition"]


def test_file__while_it_is_sent__reads_a_chunk_at_a_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        put(shop.app, f"d{number}", denied(2))
    node = parse({"all": [DENIED]})
    day = day_number(today(timezone.now()))
    asked: list[int] = []
    real = reading.members

    def counted(**told: Any) -> Any:
        asked.append(told["after"])
        return real(**told)

    monkeypatch.setattr(reading, "members", counted)
    members = reading.every_member(app_id=shop.app.pk, node=node, today=day, chunk=2)
    assert asked == []
    next(members)
    assert len(asked) == 1
    next(members)
    assert len(asked) == 1
    assert len(list(members)) == 3
    assert len(asked) == 3


def test_segment__conditions_that_cannot_be_read__the_pages_say_so(shop: Shop) -> None:
    segment = make_segment(shop.app, name="Broken")
    Segment.objects.filter(pk=segment.pk).update(document={"fact": "gone"})
    client = client_of(shop.cast.carol)
    assert "cannot be read" in client.get(f"{shop.at}segments/").content.decode()
    assert "cannot be read" in client.get(f"{shop.at}segments/broken/").content.decode()
    assert client.get(f"{shop.at}segments/broken/members.csv").status_code == 404


def test_pages__audience_of_a_live_campaign__name_it_and_warn_before_a_change(shop: Shop) -> None:
    republish(make_soft_ask(shop.app, shop.moment, name="Told", status="live"), segment="kept")
    client = client_of(shop.cast.bob)
    for path in ("segments/", "segments/kept/"):
        page = client.get(shop.at + path).content.decode()
        assert ">Told</a>" in page
    assert "“Told” is live with this audience" in (
        client.get(f"{shop.at}segments/kept/edit/").content.decode()
    )
    answer = client.post(f"{shop.at}segments/kept/delete/", follow=True)
    assert "It is the audience of “Told”" in answer.content.decode()
    assert Segment.objects.filter(key="kept").exists()
