"""Decisions that clients made by themselves: kept like our own, once, and only where chance agrees."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from campaigns.domain.bundle import payload_of
from campaigns.domain.decision import Decision, decide
from campaigns.domain.drafts import GateVariant, Words
from campaigns.domain.ruleset import Ruleset
from campaigns.models import Campaign, DecisionLog, MadeDecision
from campaigns.selectors.published import published_revisions
from campaigns.selectors.rulesets import compile_ruleset, rulesets
from campaigns.services.decide import Request, answer
from campaigns.services.erase import erase_device
from campaigns.services.made import take_made
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import DecisionRef
from permissions_app.domain.standing import Standing
from permissions_app.models import App, Device, FoldQueue, Rollup
from permissions_app.selectors.catalogue import catalogues
from permissions_app.services.arrivals import BatchError
from permissions_app.services.ingest import Receipt
from permissions_app.services.rollups import fold_queue
from tests.factories import (
    Cast,
    make_cast,
    make_device,
    make_moment,
    make_redirect_rule,
    make_soft_ask,
    republish,
)

NOW = 1_795_000_000_000
DAY = 86_400_000
HOUR = 3_600_000
FACTS: dict[str, Any] = {
    "platform": "ios",
    "status": "not_determined",
    "sessions": 3,
    "screens": 3,
    "first_seen_at": NOW - DAY,
}
BODY = "We send one message when it ships and one when it is at your door."


def words(key: str, weight: int = 1) -> Words:
    return Words(
        key=key,
        title=f"Know {key.upper()} when it ships?",
        body=BODY,
        accept_label="Tell me",
        decline_label="Not now",
        weight=weight,
    )


WORDS = (words("a"), words("b"))
TRIAL = (GateVariant(key="early", min_screens=2), GateVariant(key="late", min_screens=7))
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    for kept in (rulesets, catalogues, published_revisions):
        kept.forget()
    return make_cast()


@pytest.fixture
def ask(cast: Cast) -> Campaign:
    """A live soft ask in two variants, with a holdout and a gate trial."""
    live = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    live.seed = "one seed"  # chance gives each phone the same in every run
    live.save(update_fields=["seed"])
    return republish(live, holdout=0.2, variants=WORDS, gate_trial=TRIAL)


def forget_rules() -> None:
    for kept in (rulesets, catalogues, published_revisions):
        kept.forget()


class Phone:
    """A client that decides from a bundle and remembers its arms."""

    def __init__(self, app: App, key: str, **facts: Any) -> None:
        text = payload_of(ruleset=compile_ruleset(app.pk), by_event={}, ttl_seconds=60)
        self.rules = msgspec.convert(json.loads(text)["ruleset"], Ruleset)
        self.key, self.facts = key, msgspec.convert({**FACTS, **facts}, DeviceFacts)
        self.standing = Standing()

    def decide(self, at: int = NOW) -> tuple[Decision, dict[str, Any]]:
        """What it decides, and how it tells that."""
        told = decide(
            ruleset=self.rules,
            moment="order_placed",
            facts=self.facts,
            standing=self.standing,
            device_key=self.key,
            now=at,
        )
        new = dict(told.gate_arms)
        if told.assignment:
            new[told.assignment[0]] = told.assignment[1]
        self.standing = Standing(assigned={**self.standing.assigned, **new})
        return told, claim_of(told, self.key, at)


def claim_of(told: Decision, device: str, at: int) -> dict[str, Any]:
    kind = {"s": "soft_ask", "r": "redirect", "": "none"}[told.campaign[:1]]
    ref = DecisionRef(
        str(uuid.uuid4()),
        kind,  # type: ignore[arg-type]
        told.campaign_id,
        told.revision,
        told.variant,
        told.moment,
    )
    return {
        "decision_id": str(ref),
        "device_id": device,
        "at": datetime.fromtimestamp(at / 1000, UTC).isoformat(),
        "action": told.action,
        "reason": told.reason,
        "campaign": told.campaign or None,
        "revision": told.revision or None,
        "variant": told.variant or None,
        "gate_arms": {key: new.arm for key, new in told.gate_arms},
    }


def post(app: App, *claims: Any, now: int = NOW + 1_000, **around: Any) -> Receipt:
    payload = json.dumps({"decisions": claims, **around}).encode()
    return take_made(app_id=app.pk, payload=payload, received=now)


def codes(receipt: Receipt) -> list[str]:
    return [one.code for one in receipt.rejected]


def assigned(app: App) -> dict[str, Any]:
    return {
        key: standing["assigned"]
        for key, standing in Device.objects.filter(app=app).values_list("key", "standing")
        if standing.get("assigned")
    }


def log() -> list[tuple[Any, ...]]:
    fields = ("device_id", "at", "moment", "action", "reason", "campaign", "revision", "variant")
    return sorted(
        (*row[:-2], row[-2], row[-1].get("copy"), row[-1].get("gate_arms"))
        for row in DecisionLog.objects.values_list(*fields, "propensity", "detail")
    )


def test_take_made__sixty_phones__leave_what_our_own_decisions_leave(ask: Campaign) -> None:
    keys = [f"phone-{number}" for number in range(60)]
    for key in keys:
        make_device(ask.app, key, **FACTS)
        answer(app_id=ask.app_id, request=Request(device_id=key, moment="order_placed"), now=NOW)
    ours, our_log = assigned(ask.app), log()
    arms = {made[f"s{ask.pk}"]["arm"] for made in ours.values() if f"s{ask.pk}" in made}
    assert arms == {"a", "b", "holdout"}
    Device.objects.update(standing={})
    DecisionLog.objects.all().delete()
    FoldQueue.objects.all().delete()
    told = post(ask.app, *(Phone(ask.app, key).decide()[1] for key in keys))
    assert (told.accepted, told.duplicates, told.rejected) == (60, 0, [])
    assert assigned(ask.app) == ours
    assert log() == our_log
    assert FoldQueue.objects.count() == 60


def test_take_made__counted__are_part_of_the_results(ask: Campaign) -> None:
    keys = [f"phone-{n}" for n in range(60)]
    for key in keys:
        make_device(ask.app, key, **FACTS)
    post(ask.app, *(Phone(ask.app, key).decide()[1] for key in keys))
    while fold_queue(app_id=ask.app_id).notes:
        pass
    cells = Rollup.objects.filter(app=ask.app, measure="trial", key__startswith=f"s{ask.pk}.2.")
    by_arm = {cell.key.rsplit(".", 1)[1]: cell.n for cell in cells}
    assert set(by_arm) == {"a", "b", "holdout"}
    assert sum(by_arm.values()) == DecisionLog.objects.exclude(campaign="").count()


def test_take_made__sent_again__once(ask: Campaign) -> None:
    claims = [Phone(ask.app, f"phone-{n}").decide()[1] for n in range(5)]
    assert post(ask.app, *claims, claims[0]).duplicates == 1
    again = post(ask.app, *claims)
    assert (again.accepted, again.duplicates) == (0, 5)
    assert DecisionLog.objects.count() == MadeDecision.objects.count() == 5


def test_take_made__interruption__is_reserved_until_its_answer_lapses(cast: Cast) -> None:
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    republish(ask, holdout=0.0)
    make_device(cast.app, "phone", **FACTS)
    request = Request(device_id="phone", moment="order_placed")
    post(cast.app, Phone(cast.app, "phone").decide(NOW)[1])
    assert answer(app_id=cast.app.pk, request=request, now=NOW + 1_000).reason == "fatigue_cap"
    assert answer(app_id=cast.app.pk, request=request, now=NOW + 600_001).action == "soft_ask"


def test_take_made__hundred_interruptions_at_once__the_row_stays_small(cast: Cast) -> None:
    republish(make_soft_ask(cast.app, make_moment(cast.app), status="live"), holdout=0.0)
    claims = [Phone(cast.app, "phone").decide(NOW + n)[1] for n in range(100)]
    assert post(cast.app, *claims).accepted == 100
    assert len(Device.objects.get().standing["reserved"]) == 20
    assert DecisionLog.objects.count() == 100


def test_take_made__told_a_day_later__reserves_nothing(ask: Campaign) -> None:
    post(ask.app, *(Phone(ask.app, f"p-{n}").decide(NOW)[1] for n in range(9)), now=NOW + DAY)
    assert not any(one.standing.get("reserved") for one in Device.objects.all())
    assert assigned(ask.app)


def test_take_made__line_of_the_log__says_where_it_was_made(ask: Campaign) -> None:
    post(ask.app, Phone(ask.app, "phone").decide()[1])
    assert DecisionLog.objects.get().detail["made_on"] == "device"


def test_take_made__arm_that_chance_does_not_give__refused_and_judged_again(ask: Campaign) -> None:
    claim = next(
        claim
        for told, claim in (Phone(ask.app, f"p-{n}").decide() for n in range(50))
        if told.variant == "a"
    )
    claim["decision_id"] = claim["decision_id"].replace(".a.", ".b.")
    claim["variant"] = "b"
    assert codes(post(ask.app, claim)) == ["arm_not_drawn"]
    assert codes(post(ask.app, claim)) == ["arm_not_drawn"]
    assert not assigned(ask.app)
    assert not MadeDecision.objects.exists()
    assert not DecisionLog.objects.exists()


def test_take_made__arm_the_device_has_already__taken_whatever_the_weights(ask: Campaign) -> None:
    phones = [Phone(ask.app, f"phone-{n}") for n in range(40)]
    post(ask.app, *(phone.decide()[1] for phone in phones))
    before = assigned(ask.app)
    republish(ask, variants=(WORDS[0], words("b", 9)))
    forget_rules()
    for phone in phones:  # they keep their arms and take the new rules home
        phone.rules = Phone(ask.app, phone.key).rules
    made = [phone.decide(NOW + HOUR) for phone in phones]
    told = post(ask.app, *(claim for _, claim in made), now=NOW + DAY)
    kept = sum(bool(decision.campaign) for decision, _ in made)
    assert 0 < told.accepted == kept < len(phones)
    assert set(codes(told)) == {"not_kept"}  # who waits behind the late gate draws nothing anew
    assert assigned(ask.app) == before


def test_take_made__sticky_arm_of_a_phone_whose_first_word_got_lost__taken_from_the_older_revision(
    ask: Campaign,
) -> None:
    phones = [Phone(ask.app, f"phone-{n}") for n in range(40)]
    for phone in phones:
        phone.decide()  # never told
    republish(ask, variants=(WORDS[0], words("b", 9)))
    forget_rules()
    claims = []
    for phone in phones:
        phone.rules = Phone(ask.app, phone.key).rules
        told, claim = phone.decide(NOW + HOUR)
        if told.campaign:
            claims.append(claim)
    receipt = post(ask.app, *claims, now=NOW + DAY)
    assert (receipt.accepted, receipt.rejected) == (len(claims), [])
    revisions = {made[f"s{ask.pk}"]["revision"] for made in assigned(ask.app).values()}
    assert revisions == {2, 3}


def test_take_made__two_decisions_in_any_order__the_first_one_counts(ask: Campaign) -> None:
    early, late = (Phone(ask.app, "phone").decide(NOW + wait)[1] for wait in (0, HOUR))
    post(ask.app, late, now=NOW + DAY)
    post(ask.app, early, now=NOW + DAY)
    assert {made["at"] for made in assigned(ask.app)["phone"].values()} == {NOW}
    assert DecisionLog.objects.count() == 2


def test_take_made__another_arm_after_the_weights_changed__kept_in_the_log_alone(
    ask: Campaign,
) -> None:
    keys = [f"phone-{n}" for n in range(40)]
    post(ask.app, *(Phone(ask.app, key).decide()[1] for key in keys))
    before = assigned(ask.app)
    republish(ask, variants=(WORDS[0], words("b", 9)))
    forget_rules()
    reinstalled = [Phone(ask.app, key).decide(NOW + HOUR) for key in keys]
    receipt = post(ask.app, *(claim for _, claim in reinstalled), now=NOW + DAY)
    assert receipt.rejected == []
    moved = [
        told
        for told, claim in reinstalled
        if told.variant and before[claim["device_id"]][told.campaign]["arm"] != told.variant
    ]
    assert moved, "the weights moved nobody: this test shows nothing"
    assert assigned(ask.app) == before


def test_take_made__redirect__is_kept_too(cast: Cast) -> None:
    republish(make_redirect_rule(cast.app, make_moment(cast.app), status="live"), holdout=0.0)
    denied = {
        "status": "denied",
        "cause": "refused",
        "answers": 1,
        "refusals": 1,
        "status_at": NOW - 10 * DAY,
    }
    told, claim = Phone(cast.app, "phone", **denied).decide()
    assert told.action == "settings_redirect"
    assert post(cast.app, claim).accepted == 1
    [reserved] = Device.objects.get().standing["reserved"]
    assert (reserved["kind"], reserved["campaign"]) == ("redirect", told.campaign)


def test_take_made__before_the_device_was_erased__taken_and_not_stored(ask: Campaign) -> None:
    make_device(ask.app, "phone", **FACTS)
    erase_device(app=ask.app, key="phone", actor=None, now=NOW)
    assert post(ask.app, Phone(ask.app, "phone").decide(NOW - HOUR)[1]).accepted == 1
    assert not DecisionLog.objects.exists()
    assert not assigned(ask.app)
    assert post(ask.app, Phone(ask.app, "phone").decide(NOW + 1)[1]).accepted == 1
    assert assigned(ask.app)


def test_take_made__clock_of_the_client_is_wrong__its_times_are_put_right(ask: Campaign) -> None:
    wrong = NOW - 30 * DAY
    claim = Phone(ask.app, "phone").decide(wrong)[1]
    post(ask.app, claim, sent_at=datetime.fromtimestamp(wrong / 1000, UTC).isoformat(), now=NOW)
    assert DecisionLog.objects.get().at == datetime.fromtimestamp(NOW / 1000, UTC)


def test_take_made__campaign_of_another_app__refused(ask: Campaign, cast: Cast) -> None:
    claims = [Phone(ask.app, f"phone-{n}").decide()[1] for n in range(20)]
    assert set(codes(post(cast.mallorys_app, *claims))) <= {"unknown_revision", "arm_not_drawn"}
    assert not DecisionLog.objects.exists()


def test_take_made__revision_published_by_another_process_just_now__known(ask: Campaign) -> None:
    post(ask.app, Phone(ask.app, "phone-0").decide()[1])
    republish(ask, variants=(*WORDS, words("c")))
    receipt = post(ask.app, *(Phone(ask.app, f"phone-{n}").decide()[1] for n in range(1, 9)))
    assert receipt.rejected == []


def test_take_made__draft_never_published__unknown(cast: Cast) -> None:
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    republish(ask, holdout=0.0)
    claim = Phone(cast.app, "phone").decide()[1]
    claim["revision"] = 3
    claim["decision_id"] = claim["decision_id"].replace(".2.", ".3.")
    assert codes(post(cast.app, claim)) == ["unknown_revision"]


SPOILT: list[tuple[dict[str, Any], str]] = [
    ({"decision_id": "x"}, "invalid_id"),
    ({"decision_id": "-" * 36 + ".s1.1.a.order_placed"}, "invalid_id"),
    ({"decision_id": "\0"}, "invalid_id"),
    ({"device_id": "a b"}, "invalid_device_id"),
    ({"device_id": "\ud800"}, "invalid_json"),
    ({"device_id": 5}, "invalid_field"),
    ({"at": "yesterday"}, "invalid_time"),
    ({"at": 10**30}, "at_in_future"),
    ({"at": "2026-11-18T10:00:00"}, "invalid_time"),
    ({"at": NOW - 401 * DAY}, "at_too_old"),
    ({"at": NOW + 2 * DAY}, "at_in_future"),
    ({"at": float("nan")}, "invalid_json"),
    ({"action": "dance"}, "unknown_action"),
    ({"reason": "because"}, "unknown_reason"),
    ({"reason": "cooldown"}, "disagrees"),
    ({"action": "none"}, "disagrees"),
    ({"action": "settings_redirect"}, "disagrees"),
    ({"campaign": "s999999"}, "disagrees"),
    ({"campaign": "'; DROP TABLE x"}, "invalid_campaign"),
    ({"campaign": None}, "disagrees"),
    ({"revision": 10**20}, "disagrees"),
    ({"revision": "2"}, "invalid_field"),
    ({"variant": "zz"}, "disagrees"),
    ({"gate_arms": {"t999999999999999999": "early"}}, "arm_not_drawn"),
    ({"gate_arms": {"x": "early"}}, "invalid_gate_arms"),
    ({"gate_arms": ["t1"]}, "invalid_field"),
    ({"gate_arms": {"t1": "x" * 300}}, "invalid_field"),
]


@pytest.mark.parametrize(("spoilt", "code"), SPOILT, ids=[str(one)[:60] for one in SPOILT])
def test_take_made__one_spoilt_decision__named_and_the_others_kept(
    cast: Cast, spoilt: dict[str, Any], code: str
) -> None:
    republish(make_soft_ask(cast.app, make_moment(cast.app), status="live"), holdout=0.0)
    bad = {**Phone(cast.app, "bad").decide()[1], **spoilt}
    receipt = post(cast.app, bad, Phone(cast.app, "good").decide()[1])
    assert (receipt.accepted, codes(receipt)) == (1, [code])
    assert receipt.rejected[0].index == 0
    assert DecisionLog.objects.get().device_id == Device.objects.get(key="good").pk


def test_take_made__shows_nothing_and_draws_nothing__not_kept(cast: Cast) -> None:
    claim = claim_of(Decision("none", "cooldown", "order_placed"), "phone", NOW)
    assert codes(post(cast.app, claim)) == ["not_kept"]


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"decisions": 5}', 400),
        (b'{"decisions": [' + b"[" * 100_000, 400),
        (b'{"decisions": [' + b",".join([b"{}"] * 501) + b"]}", 413),
        (b'{"decisions": [], "sent_at": "never"}', 400),
    ],
)
def test_take_made__no_batch__one_clear_refusal(cast: Cast, payload: bytes, status: int) -> None:
    with pytest.raises(BatchError) as caught:
        take_made(app_id=cast.app.pk, payload=payload, received=NOW)
    assert caught.value.status == status
