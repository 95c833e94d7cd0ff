"""The draw of gates, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from campaigns.domain.drafts import (
    GateVariant,
    SoftAskDraft,
    Words,
    check_storable,
    document,
    draft_of,
    unfinished,
)
from campaigns.domain.gate_words import gate_words, trial_words
from campaigns.domain.gates import GateArm, Gates, draw_gates, gate_shares
from campaigns.domain.ruleset import Arm, Moment, RulesetError, SoftAsk, check_campaign
from campaigns.domain.setup_words import draft_changes
from permissions_app.domain.edits import Invalid
from permissions_app.domain.standing import Assignment

EARLY, LATE = GateArm("early", 1, Gates(min_screens=2)), GateArm("late", 3, Gates(min_screens=7))


def drawn(key: str, *, arms=(EARLY, LATE), known: Assignment | None = None):
    return draw_gates(arms=arms, seed="seed", known=known, device_key=key, now=5, revision=2)


def test_draw__many_devices__in_the_shares_of_the_weights_and_repeatable() -> None:
    arms = [drawn(f"device-{n}")[1] for n in range(4000)]
    late = sum(arm is not None and arm.arm == "late" for arm in arms)
    assert 2880 <= late <= 3120
    assert drawn("device-9") == drawn("device-9")
    assert drawn("device-9")[1].at == 5
    assert gate_shares((EARLY, LATE)) == {"early": 0.25, "late": 0.75}


def test_draw__known_arm__stays_under_any_weight() -> None:
    known = Assignment("early", 1, 1)
    assert drawn("x", arms=(replace(EARLY, weight=0), LATE), known=known) == (EARLY.gates, None)


def test_draw__is_independent_of_the_words() -> None:
    """Of the devices that see one wording as many have late gates as of the others."""
    from campaigns.domain.assignment import bucket

    first = [n for n in range(4000) if bucket(seed="seed", value=f"device-{n}") < 0.5]
    late = sum(drawn(f"device-{n}")[1].arm == "late" for n in first)
    assert 0.70 <= late / len(first) <= 0.80


def test_draw__no_weights__nothing() -> None:
    assert drawn("x", arms=(replace(EARLY, weight=0),)) == (None, None)


def ask(*arms: GateArm, seed: str = "s1") -> SoftAsk:
    return SoftAsk(1, 1, "m", (Arm("a", 1, {}),), seed, gate_arms=arms)


@pytest.mark.parametrize(
    "wrong",
    [
        ask(EARLY),
        ask(EARLY, replace(LATE, weight=0)),
        ask(EARLY, replace(LATE, key="early")),
        ask(EARLY, replace(LATE, key="holdout")),
        ask(EARLY, replace(LATE, key="no.dots")),
        ask(EARLY, replace(LATE, weight=-1)),
        ask(EARLY, replace(LATE, gates=Gates(min_screens=-1))),
        ask(EARLY, replace(LATE, gates=Gates(min_sessions=2, allow_first_session=True))),
        ask(EARLY, LATE, seed="x/gate"),
    ],
)
def test_check_campaign__trial_that_cannot_run__refused(wrong: SoftAsk) -> None:
    check_campaign(campaign=ask(EARLY, LATE), moment=Moment("m"))
    with pytest.raises(RulesetError):
        check_campaign(campaign=wrong, moment=Moment("m"))


def draft(*arms: GateVariant) -> SoftAskDraft:
    words = Words(key="a", title="t", body="b", accept_label="y", decline_label="n")
    return SoftAskDraft(name="n", moment="m", variants=(words,), gate_trial=arms)


SOON, LATER = GateVariant(key="a", min_screens=2), GateVariant(key="b", min_screens=7)


@pytest.mark.parametrize(
    ("arms", "field"),
    [
        ((SOON, replace(LATER, key="A")), "gate_trial.1.key"),
        ((SOON, replace(LATER, key="")), "gate_trial.1.key"),
        ((replace(SOON, weight=float("nan")), LATER), "gate_trial.0.weight"),
        ((replace(SOON, min_screens=-1), LATER), "gate_trial.0.min_screens"),
        ((replace(SOON, min_sessions=1001), LATER), "gate_trial.0.min_sessions"),
        ((replace(SOON, allow_first_session=True), LATER), "gate_trial.0.allow_first_session"),
        (
            tuple(replace(SOON, key=key, min_screens=n) for n, key in enumerate("abcde")),
            "gate_trial",
        ),
    ],
)
def test_check_storable__trial_that_could_never_be_right__names_the_field(arms, field) -> None:
    with pytest.raises(Invalid) as caught:
        check_storable(draft(*arms))
    assert field in caught.value.errors


@pytest.mark.parametrize(
    ("arms", "why"),
    [
        ((SOON,), "needs two arms"),
        ((SOON, replace(LATER, weight=0)), "needs two arms"),
        ((SOON, replace(SOON, key="b")), "the same gates"),
    ],
)
def test_unfinished__trial_that_tries_nothing__says_why(arms, why) -> None:
    check_storable(draft(*arms))
    assert why in unfinished(draft(*arms), opening=False)["gate_trial"]


def test_document__there_and_back__the_same_draft() -> None:
    whole = draft(SOON, LATER)
    assert unfinished(whole, opening=False) == {}
    assert draft_of(kind="soft_ask", name="n", content=document(whole)) == whole
    old = {key: value for key, value in document(whole).items() if key != "gate_trial"}
    assert draft_of(kind="soft_ask", name="n", content=old) == draft()


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (SOON, "after 2 screens"),
        (GateVariant(key="a", min_screens=1), "after 1 screen"),
        (GateVariant(key="a"), "from the second session on"),
        (GateVariant(key="a", min_sessions=4), "after 4 sessions"),
        (
            GateVariant(key="a", min_screens=5, min_sessions=4, min_times_reached=3),
            "after 5 screens, 4 sessions and 3 times at the moment",
        ),
        (
            GateVariant(key="a", min_sessions=1, allow_first_session=True),
            "from the first session on",
        ),
        (
            GateVariant(key="a", min_sessions=0, allow_first_session=True, min_screens=3),
            "after 3 screens, also in the first session",
        ),
    ],
)
def test_gate_words__what_an_arm_waits_for(arm: GateVariant, said: str) -> None:
    assert gate_words(arm) == said


def test_changes__a_trial_comes__is_told_in_words() -> None:
    (change,) = draft_changes(draft(), draft(SOON, replace(LATER, weight=2)))
    assert (change.label, change.old) == ("gate trial", "")
    assert change.new == "a: after 2 screens, weight 1; b: after 7 screens, weight 2"
    assert trial_words(()) == ""
