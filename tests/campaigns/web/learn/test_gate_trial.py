"""Setting up a gate trial from the timing page, and its results there."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.domain.drafts import GateVariant
from campaigns.models import Campaign
from tests.factories import (
    Cast,
    client_of,
    make_cast,
    make_moment,
    make_rollups,
    make_soft_ask,
    republish,
)

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/timing/"
TRIAL = (GateVariant(key="early", min_screens=2), GateVariant(key="late", min_screens=7))


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def ask(cast: Cast) -> Campaign:
    return make_soft_ask(cast.app, make_moment(cast.app), name="Shipping news", status="live")


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")


def send(cast: Cast, person: str = "bob", **fields: object):
    told = {"gate": "screens", "early": "2", "late": "7", **fields}
    return client_of(getattr(cast, person)).post(PATH, told)


def published(campaign: Campaign) -> int:
    """The number of its published revision."""
    assert campaign.published is not None
    return campaign.published.number


def count(cast: Cast, ask: Campaign, revision: int, **arms: tuple[int, int]) -> None:
    """arm -> (devices, authorised)."""
    day = timezone.now().date() - timedelta(days=5)
    cells = []
    for arm, (n, yes) in arms.items():
        key = f"t{ask.pk}.{revision}.{arm}"
        cells.append(("trial", day, "ios", key, "saA", 0, yes))
        cells.append(("trial", day, "ios", key, "sD", 0, 10))
        cells.append(("trial", day, "ios", key, "W", 0, n - yes - 10))
    make_rollups(cast.app, cells)


def test_form__bob__the_trial_is_a_draft_and_nothing_is_live(cast: Cast, ask: Campaign) -> None:
    response = send(cast, campaign=ask.pk)
    assert (response.status_code, response["Location"]) == (
        302,
        f"/w/acme/shop/soft-asks/{ask.pk}/",
    )
    ask.refresh_from_db()
    arms = [(arm["key"], arm["min_screens"]) for arm in ask.content["gate_trial"]]
    assert arms == [("early", 2), ("late", 7)]
    assert ask.published is not None
    assert ask.published.content["gate_trial"] == []
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Gates of “Shipping news” causal, randomised CSV A draft: nobody draws an arm" in text
    assert "After 2 screens 50 % 0" in text


def test_form__sessions_from_the_first_on__the_first_session_is_allowed(cast, ask) -> None:
    send(cast, campaign=ask.pk, gate="sessions", early="1", late="4")
    ask.refresh_from_db()
    early, late = ask.content["gate_trial"]
    assert (early["min_sessions"], early["allow_first_session"]) == (1, True)
    assert (late["min_sessions"], late["allow_first_session"]) == (4, False)


def test_form__times__the_other_gates_are_the_soft_asks_own(cast, ask) -> None:
    republish(ask, min_screens=3)
    send(cast, campaign=ask.pk, gate="times", early="1", late="3")
    ask.refresh_from_db()
    assert [arm["min_times_reached"] for arm in ask.content["gate_trial"]] == [1, 3]
    assert {arm["min_screens"] for arm in ask.content["gate_trial"]} == {3}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"early": "7", "late": "7"}, "must wait for more than the early one"),
        ({"early": "-1"}, "Write a whole number, like 3."),
        ({"late": "many"}, "Write a whole number, like 3."),
        ({"late": "99999"}, "from 0 to 10000"),
        ({"campaign": ""}, "Choose a soft ask."),
        ({"campaign": "999999"}, "Choose a soft ask."),
        ({"gate": "moon"}, "Choose what is tried out."),
    ],
)
def test_form__what_cannot_be_followed__is_said_and_nothing_typed_is_lost(cast, ask, fields, said):
    response = send(cast, **{"campaign": ask.pk, **fields})
    assert response.status_code == 422
    assert said in text_of(response)
    assert f'value="{fields.get("early", "2")}"' in response.content.decode()
    ask.refresh_from_db()
    assert ask.content["gate_trial"] == []


def test_form__soft_ask_of_another_app__cannot_be_chosen(cast: Cast, ask: Campaign) -> None:
    other = make_soft_ask(cast.mallorys_app, make_moment(cast.mallorys_app))
    assert send(cast, campaign=other.pk).status_code == 422
    assert send(cast, end=other.pk).status_code == 404


def test_end__the_draft_has_no_trial_any_more_and_what_is_live_stays(cast, ask) -> None:
    republish(ask, gate_trial=TRIAL)
    assert client_of(cast.bob).post(PATH, {"end": ask.pk}).status_code == 302
    ask.refresh_from_db()
    assert ask.content["gate_trial"] == []
    assert ask.published is not None
    assert len(ask.published.content["gate_trial"]) == 2


def test_results__running__arms_interval_difference_and_verdict(cast: Cast, ask: Campaign) -> None:
    live = published(republish(ask, gate_trial=TRIAL))
    count(cast, ask, live, early=(2500, 900), late=(2500, 600))
    count(cast, ask, 1, early=(5000, 1))  # a revision without a trial
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Running. Chance drew the gates" in text
    assert re.search(r"After 2 screens 50 % 2 500 910 900 36.0 % .{5,20} –", text)
    assert re.search(r"After 7 screens 50 % 2 500 610 600 24.0 % .{5,20} −12.0 points −\d", text)
    assert (
        "Enough evidence for “after 2 screens”: it leads “after 7 screens” by 12.0 points" in text
    )


def test_results__arms_of_uneven_size__no_winner(cast: Cast, ask: Campaign) -> None:
    live = published(republish(ask, gate_trial=TRIAL))
    count(cast, ask, live, early=(3000, 900), late=(2000, 600))
    assert "No winner can be named" in text_of(client_of(cast.carol).get(PATH))


def test_results__new_words_same_gates__one_trial__other_gates__another(cast, ask) -> None:
    first = published(republish(ask, gate_trial=TRIAL))
    second = published(republish(ask, holdout=0.2))
    count(cast, ask, first, early=(300, 90), late=(300, 60))
    count(cast, ask, second, early=(300, 90), late=(300, 60))
    text = text_of(client_of(cast.carol).get(PATH))
    assert "After 2 screens 50 % 600" in text
    republish(ask, gate_trial=(TRIAL[0], GateVariant(key="late", min_screens=9)))
    text = text_of(client_of(cast.carol).get(PATH))
    assert "After 2 screens 50 % 0" in text
    assert "Not enough data" in text


def test_results__ended__the_last_trial_stays_to_be_read(cast: Cast, ask: Campaign) -> None:
    live = published(republish(ask, gate_trial=TRIAL))
    count(cast, ask, live, early=(300, 90), late=(300, 60))
    republish(ask, gate_trial=())
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Over: the soft ask’s own gates hold again." in text
    assert "After 7 screens 50 % 300" in text


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_file__of_a_trial(cast: Cast, ask: Campaign) -> None:
    live = published(republish(ask, gate_trial=TRIAL))
    count(cast, ask, live, early=(300, 90), late=(300, 60))
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?csv=trial-{ask.pk}"))
    assert rows[1][:4] == ["After 2 screens", "300", "100", "90"]


def test_form__outsider_404__viewer_and_reviewer_403__wrong_method_405(cast, ask) -> None:
    assert send(cast, "mallory", campaign=ask.pk).status_code == 404
    assert send(cast, "carol", campaign=ask.pk).status_code == 403
    assert send(cast, "rita", campaign=ask.pk).status_code == 403
    assert client_of(cast.bob).put(PATH).status_code == 405
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Editors of this app can set up a trial." in text


def test_other_pages__gate_trial_cells__disturb_nothing(cast: Cast, ask: Campaign) -> None:
    live = published(republish(ask, gate_trial=TRIAL))
    count(cast, ask, live, early=(300, 90), late=(300, 60))
    for page in ("results/", f"results/{ask.pk}/", "overview/", "league/", "recovery/"):
        assert client_of(cast.carol).get(f"/w/acme/shop/{page}").status_code in (200, 404)
    assert "300" not in text_of(client_of(cast.carol).get("/w/acme/shop/results/"))


def test_editor__trial_in_the_draft__is_said_and_an_edit_keeps_it(
    cast: Cast, ask: Campaign
) -> None:
    send(cast, campaign=ask.pk)
    client = client_of(cast.bob)
    page = client.get(f"/w/acme/shop/soft-asks/{ask.pk}/")
    assert "Chance draws other gates in the place of these (early: after 2 screens" in text_of(page)
    ask.refresh_from_db()
    client.post(
        f"/w/acme/shop/soft-asks/{ask.pk}/",
        {"name": "Renamed", "version": ask.version, "v-0-key": "a", "v-0-weight": "1"},
    )
    ask.refresh_from_db()
    assert len(ask.content["gate_trial"]) == 2
