"""What must not go live, each with a sentence a person can act on."""

import math
from dataclasses import replace
from typing import Any

import pytest

from campaigns.domain.gates import Gates
from campaigns.domain.ruleset import (
    Arm,
    Fatigue,
    Moment,
    RedirectRule,
    Ruleset,
    RulesetError,
    SoftAsk,
    check,
    check_campaign,
)

ARMS = (Arm("short", 1, {"title": "Know when it leaves"}), Arm("warm", 3, {"title": "Hello"}))
ASK = SoftAsk(1, 1, "order_placed", ARMS, "s1")
RULE = RedirectRule(1, 1, "order_placed", ARMS, "r1")
MOMENT = Moment("order_placed")
GOOD = Ruleset(
    1,
    1,
    {"order_placed": MOMENT, "app_open": Moment("app_open", opening=True)},
    {"order_placed": (ASK,)},
    {"order_placed": (RULE,)},
)


def test_check__good_ruleset__passes() -> None:
    check(ruleset=GOOD)
    check(ruleset=Ruleset(1, 0))


def test_campaign__keys_and_shares__follow_from_its_fields() -> None:
    assert (ASK.key, RULE.key) == ("s1", "r1")
    assert ASK.shares == (0.25, 0.75)
    assert ASK.ranges == ((0.0, 0.25), (0.25, 1.0))
    assert ASK.arm_index == {"short": 0, "warm": 1}
    assert ASK.drawable
    assert not replace(ASK, arms=()).drawable


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": 0}, "positive id"),
        ({"revision": -1}, "positive id"),
        ({"moment": "message_sent"}, "belongs to"),
        ({"arms": ()}, "at least one variant"),
        ({"arms": (Arm("a.b", 1, {}),)}, "letters, digits"),
        ({"arms": (Arm("", 1, {}),)}, "letters, digits"),
        ({"arms": (Arm("a" * 41, 1, {}),)}, "1 to 40"),
        ({"arms": (Arm("warm\n", 1, {}),)}, "letters, digits"),
        ({"arms": (Arm("holdout", 1, {}),)}, "cannot be called"),
        ({"arms": (Arm("a", -1, {}),)}, "0 or more"),
        ({"arms": (Arm("a", math.nan, {}),)}, "0 or more"),
        ({"arms": (Arm("a", math.inf, {}),)}, "0 or more"),
        ({"arms": (Arm("a", 0, {}), Arm("b", 0, {}))}, "weight above 0"),
        ({"arms": (Arm("a", 1, {}), Arm("a", 1, {}))}, "two variants of one key"),
        ({"seed": ""}, "needs a seed"),
        ({"seed": "café"}, "ASCII"),
        ({"seed": "s1/holdout"}, "must not end"),
        ({"holdout": 1.0}, "below 1"),
        ({"holdout": -0.1}, "below 1"),
        ({"holdout": math.nan}, "below 1"),
        ({"platforms": frozenset({"ios", "windows"})}, "other than ios"),
    ],
)
@pytest.mark.parametrize("campaign", [ASK, RULE], ids=["soft ask", "redirect"])
def test_check_campaign__bad_field__refused(
    campaign: SoftAsk | RedirectRule, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(RulesetError, match=says):
        check_campaign(campaign=replace(campaign, **change), moment=MOMENT)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"backoff_days": ()}, "at least a day"),
        ({"backoff_days": (0, 14)}, "at least a day"),
        ({"backoff_days": (30, 14)}, "must not get shorter"),
        ({"max_declines": 0}, "one decline or more"),
        ({"gates": Gates(min_sessions=-1)}, "0 or more"),
        ({"gates": Gates(allow_first_session=True)}, "allows the first session but asks for 2"),
    ],
)
def test_check_campaign__bad_soft_ask__refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(RulesetError, match=says):
        check_campaign(campaign=replace(ASK, **change), moment=MOMENT)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"causes": frozenset({"embargoed"})}, "refused or turned"),
        ({"causes": frozenset({"refused_once"})}, "refused or turned"),
        ({"min_days_since_denial": -1}, "0 or more days"),
        ({"cooldown_days": 0}, "at least a day"),
        ({"cap": 0}, "1 or more"),
    ],
)
def test_check_campaign__bad_redirect__refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(RulesetError, match=says):
        check_campaign(campaign=replace(RULE, **change), moment=MOMENT)


def test_check_campaign__redirect_on_opening_moment__refused() -> None:
    opening = Moment("app_open", opening=True)
    with pytest.raises(RulesetError, match="cannot carry a Settings redirect"):
        check_campaign(campaign=replace(RULE, moment="app_open"), moment=opening)
    check_campaign(campaign=replace(ASK, moment="app_open"), moment=opening)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"moments": {"order": MOMENT}}, "filed under"),
        ({"moments": {"a.b": Moment("a.b")}, "soft_asks": {}, "redirects": {}}, "letters, digits"),
        ({"soft_asks": {"app_open": (ASK,)}}, "filed under"),
        ({"soft_asks": {"gone": (replace(ASK, moment="gone"),)}}, "not a moment"),
        ({"soft_asks": {"order_placed": (ASK, ASK)}}, "appears twice"),
        ({"fatigue": Fatigue(-1, 3)}, "0 or more"),
        ({"fatigue": Fatigue(4, 3)}, "at least those of a day"),
        ({"fatigue": Fatigue(1, 11)}, "at most 10"),
        ({"answer_ttl_ms": 0}, "stay valid"),
        ({"answer_ttl_ms": 86_400_001}, "stay valid"),
    ],
)
def test_check__bad_ruleset__refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(RulesetError, match=says):
        check(ruleset=replace(GOOD, **change))


def test_check__same_id_as_soft_ask_and_redirect__is_fine() -> None:
    check(ruleset=replace(GOOD, soft_asks={"order_placed": (ASK, replace(ASK, id=2, seed="s2"))}))
