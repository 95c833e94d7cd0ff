"""A gate trial as decisions keep it: the arm is written at the first visit and counted, whatever was answered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from campaigns.domain.drafts import GateVariant
from campaigns.models import Campaign, DecisionLog
from campaigns.selectors.rulesets import rulesets
from campaigns.services.decide import Answer, Request, answer
from permissions_app.domain.edits import Invalid
from permissions_app.domain.standing import Standing
from permissions_app.models import App, Device, Rollup
from permissions_app.selectors.catalogue import catalogues
from permissions_app.services.rollups import fold_queue
from tests.factories import (
    client_of,
    make_cast,
    make_device,
    make_moment,
    make_soft_ask,
    republish,
)

NOW = 1_795_000_000_000
DAY = 86_400_000
pytestmark = pytest.mark.django_db
TRIAL = (GateVariant(key="early", min_screens=2), GateVariant(key="late", min_screens=7))


@pytest.fixture
def ask() -> Campaign:
    """A live soft ask whose gates are drawn."""
    rulesets.forget()
    catalogues.forget()
    app = make_cast().app
    live = make_soft_ask(app, make_moment(app), status="live")
    return republish(live, holdout=0.0, gate_trial=TRIAL)


def devices(app: App, n: int = 40, **facts: Any) -> list[Device]:
    told = {"platform": "ios", "status": "not_determined", "sessions": 3, "first_seen_at": NOW}
    return [make_device(app, f"device-{number}", **(told | facts)) for number in range(n)]


def visit(device: Device, now: int = NOW) -> Answer:
    request = Request(device_id=device.key, moment="order_placed")
    return answer(app_id=device.app_id, request=request, now=now)


def arm_of(device: Device, ask: Campaign) -> str:
    device.refresh_from_db()
    standing = msgspec.convert(device.standing, Standing)
    return standing.assigned[f"t{ask.pk}"].arm


def test_answer__first_visit__arm_is_kept_also_where_nothing_is_shown(ask: Campaign) -> None:
    found: dict[str, set[str]] = {"early": set(), "late": set()}
    for device in devices(ask.app, screens=3):
        found_answer = visit(device)
        found[arm_of(device, ask)].add(found_answer.reason)
    assert found == {"early": {"ask_softly"}, "late": {"gate_min_screens"}}
    refused = DecisionLog.objects.filter(reason="gate_min_screens").first()
    assert refused is not None
    assert refused.detail["gate_arms"] == {f"t{ask.pk}": "late"}


def test_answer__later_visits__the_same_arm_and_its_gates(ask: Campaign) -> None:
    (device,) = [
        one for one in devices(ask.app, screens=3) if visit(one).reason == "gate_min_screens"
    ][:1]
    before = arm_of(device, ask)
    version = Device.objects.get(pk=device.pk).version
    assert visit(device, NOW + DAY).reason == "gate_min_screens"
    assert Device.objects.get(pk=device.pk).version == version
    Device.objects.filter(pk=device.pk).update(facts={**device.facts, "screens": 9})
    assert visit(device, NOW + 2 * DAY).action == "soft_ask"
    assert arm_of(device, ask) == before == "late"


def test_answer__trial_ends__own_gates_hold_and_arms_are_remembered(ask: Campaign) -> None:
    (device,) = devices(ask.app, 1, screens=0)
    visit(device)
    before = arm_of(device, ask)
    republish(ask, gate_trial=(), min_screens=0)
    rulesets.forget()
    assert visit(device, NOW + DAY).action == "soft_ask"
    assert arm_of(device, ask) == before


def test_fold__assigned_devices__are_counted_by_arm_with_those_authorised(ask: Campaign) -> None:
    everybody = devices(ask.app, 20, screens=0)
    for device in everybody:
        visit(device)
    Device.objects.filter(pk=everybody[0].pk).update(
        facts={**everybody[0].facts, "status": "authorized"}
    )
    fold_queue(app_id=ask.app_id)
    counted = Rollup.objects.filter(measure="assigned", key=f"t{ask.pk}")
    assert sum(row.n for row in counted) == 20
    assert {row.arm for row in counted} == {"early", "late"}
    (yes,) = Rollup.objects.filter(measure="assigned_authorized", key=f"t{ask.pk}")
    assert (yes.arm, yes.n) == (arm_of(everybody[0], ask), 1)


def test_publish__trial_with_one_arm__is_not_finished(ask: Campaign) -> None:
    with pytest.raises(Invalid, match="two arms"):
        republish(ask, gate_trial=TRIAL[:1])


def test_device_page__the_draw__is_part_of_the_story(ask: Campaign) -> None:
    (device,) = devices(ask.app, 1, screens=0)
    visit(device)
    owner = ask.app.workspace.memberships.get(role="owner").user
    page = client_of(owner).get(f"/w/acme/shop/devices/{device.key}/").content.decode()
    assert f"Chance drew the gates “{arm_of(device, ask)}” of “Shipping news”." in page
