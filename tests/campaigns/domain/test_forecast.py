"""The replay says exactly what a slow one says that asks the rule with full facts at each moment."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.answer import Decision
from campaigns.domain.decision import decide
from campaigns.domain.forecast import Replay, Story
from campaigns.domain.gates import GateArm, Gates
from campaigns.domain.imagined import only
from campaigns.domain.rewind import known_before, steady_since
from campaigns.domain.ruleset import (
    Arm,
    Campaign,
    Fatigue,
    Moment,
    RedirectRule,
    Ruleset,
    SoftAsk,
)
from campaigns.domain.segments import Chosen
from campaigns.domain.tally import Clash, PlatformReach, Reach
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.events import Event, EventContext, RawPermission
from permissions_app.domain.fold import fold
from permissions_app.domain.standing import HOLDOUT, Assignment, Reservation, Standing
from tests.properties.histories import MOMENTS, START, histories

BEGIN, END = START + 10 * DAY_MS, START + 38 * DAY_MS
OURS: tuple[str, ...] = (
    "exposures",
    "campaigns",
    "soft_asks_shown",
    "soft_asks_accepted",
    "soft_asks_declined",
)
OURS += ("soft_asks_dismissed", "redirects_shown", "first_soft_ask_at", "first_accept_at")
DEVICE = "device-1"
ARMS = (Arm("a", 1.0, {"title": "t"}), Arm("b", 1.0, {"title": "u"}))


def ask(pk: int = 1, moment: str = MOMENTS[0], **changes: Any) -> SoftAsk:
    """A soft ask with short waits."""
    told: dict[str, Any] = {
        "backoff_days": (2, 5),
        "gates": Gates(min_sessions=0, allow_first_session=True),
    }
    return SoftAsk(id=pk, revision=1, moment=moment, arms=ARMS, seed=f"seed-{pk}", **told | changes)


def rule(pk: int = 1, moment: str = MOMENTS[0], **changes: Any) -> RedirectRule:
    """A redirect rule with short waits."""
    told: dict[str, Any] = {"min_days_since_denial": 1, "cooldown_days": 4}
    return RedirectRule(
        id=pk, revision=1, moment=moment, arms=ARMS, seed=f"seed-r{pk}", **told | changes
    )


def ruleset(*campaigns: Campaign, fatigue: Fatigue | None = None, paused: bool = False) -> Ruleset:
    """These campaigns, in this order."""
    asks: dict[str, tuple[SoftAsk, ...]] = {}
    rules: dict[str, tuple[RedirectRule, ...]] = {}
    for one in campaigns:
        if isinstance(one, SoftAsk):
            asks[one.moment] = (*asks.get(one.moment, ()), one)
        else:
            rules[one.moment] = (*rules.get(one.moment, ()), one)
    moments = {MOMENTS[0]: Moment(MOMENTS[0], paused=paused), MOMENTS[1]: Moment(MOMENTS[1])}
    return Ruleset(1, 1, moments, asks, rules, fatigue or Fatigue(1, 3))


class Slow:
    """One world, replayed as plainly as can be: every fact is folded from the start, every time."""

    def __init__(self, rules: Ruleset, history: Sequence[Event], standing: Standing) -> None:
        self.rules, self.history = rules, sorted(history, key=lambda event: event.order)
        self.standing = Standing(assigned=standing.assigned)
        self.simulated: list[Event] = []

    def ask(self, event: Event, rules: Ruleset) -> Decision:
        """What any rules say at this event, in this world."""
        real = fold(facts=DeviceFacts(), events=[e for e in self.history if e.order <= event.order])
        before = [e for e in self.history if e.at < BEGIN]
        ours = fold(facts=DeviceFacts(), events=[*before, *self.simulated])
        facts = msgspec.structs.replace(
            real, sessions=max(real.sessions, 1), **{name: getattr(ours, name) for name in OURS}
        )
        return decide(
            ruleset=rules,
            moment=asked(event, self.rules),
            facts=facts,
            standing=self.standing,
            device_key=DEVICE,
            now=event.at,
        )

    def show(self, decision: Decision, at: int) -> None:
        """Let it be seen, and a soft ask answered "not now"."""
        kind = "soft_ask" if decision.action == "soft_ask" else "redirect"
        ref = f"{uuid.uuid4()}.{decision.campaign}.1.{decision.variant}.{decision.moment}"
        happened = [f"{kind}_shown"] + (["soft_ask_declined"] if kind == "soft_ask" else [])
        for number, name in enumerate(happened):
            told = EventContext(decision_id=ref)
            self.simulated.append(Event(f"{len(self.simulated)}{number}", name, at, told))


def asked(event: Event, rules: Ruleset) -> str:
    """The first moment of the event that carries something, else the first."""
    carrying = [key for key in event.body.moments if key in {*rules.soft_asks, *rules.redirects}]
    return (carrying or list(event.body.moments) or [""])[0]


def end_of(decision: Decision, key: str) -> str:
    """How a visit ends."""
    if not decision.campaign:
        return decision.reason
    if decision.campaign != key:
        return "other"
    return "holdout" if decision.action == "none" else "shown"


def slowly(
    live: Ruleset, proposed: Ruleset, key: str, history: Sequence[Event], standing: Standing
) -> Reach:
    """What the replay of one device has to find."""
    now, then = Slow(live, history, standing), Slow(proposed, history, standing)
    own = only(ruleset=proposed, keep=lambda one: one.key == key)
    others = only(ruleset=proposed, keep=lambda one: one.key != key)
    (moment,) = {*own.soft_asks, *own.redirects}
    ends: list[tuple[str, str]] = []
    shown: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    first: Counter[str] = Counter()
    way: Counter[str] = Counter()
    moments = 0
    for event in now.history:
        if event.type != "moment_reached" or not BEGIN <= event.at < END:
            continue
        moments += 1
        answers = (now.ask(event, live), then.ask(event, proposed))
        if asked(event, proposed) == moment:
            ends.append((end_of(answers[0], key), end_of(answers[1], key)))
            alone, without = then.ask(event, own), then.ask(event, others)
            if answers[1].campaign == key:
                way[without.campaign] += 1
            elif answers[1].campaign:
                first[answers[1].campaign] += bool(alone.campaign)
        for world, decision, seen in zip((now, then), answers, shown, strict=True):
            if decision.action != "none":
                world.show(decision, event.at)
                seen[decision.campaign] += 1
    return _reach(key, moments, ends, shown, first, way, _platform(history))


def _platform(history: Sequence[Event]) -> str:
    return fold(facts=DeviceFacts(), events=history).platform or ""


def _reach(
    key: str,
    moments: int,
    ends: list[tuple[str, str]],
    shown: tuple[Counter[str], Counter[str]],
    first: Counter[str],
    way: Counter[str],
    platform: str,
) -> Reach:
    def spread(n: int) -> dict[str, int]:
        return {
            "once": int(n == 1),
            "twice": int(n == 2),
            "more": int(n > 2),
            "showings": n,
            "squares": n * n,
        }

    worlds: list[dict[str, Any]] = [
        {"own": spread(seen[key]), "all": spread(seen.total()), "ends": Counter(end)}
        for seen, end in zip(shown, ([a for a, _ in ends], [b for _, b in ends]), strict=True)
    ]
    n = shown[1][key]
    tired = worlds[1]["ends"]["fatigue_cap"]
    clashes = [
        Clash(one, shown[0][one], shown[1][one], first[one], way[one])
        for one in sorted({*shown[0], *shown[1], *first, *way} - {key, ""})
    ]
    told = {
        "moments": moments,
        "visits": len(ends),
        "devices": int(bool(ends)),
        "held_out": int(any(end == "holdout" for _, end in ends)),
        "now": worlds[0],
        "then": worlds[1],
        "platforms": [PlatformReach(platform, len(ends), 1, int(n > 0), n, tired)] if ends else [],
        "clashes": [
            one for one in clashes if one.now != one.then or one.answers_first or one.gives_way
        ],
    }
    return msgspec.convert(msgspec.to_builtins(told), Reach)


def quickly(
    live: Ruleset, proposed: Ruleset, key: str, history: Sequence[Event], standing: Standing
) -> Reach:
    """What the replay finds."""
    replay = Replay(live=live, proposed=proposed, key=key, end=END)
    ordered = sorted(history, key=lambda event: event.order)
    past, events = [e for e in ordered if e.at < BEGIN], [e for e in ordered if e.at >= BEGIN]
    facts = fold(facts=DeviceFacts(), events=ordered)
    since = steady_since(facts=facts, events=events)
    before = known_before(
        facts=facts, events=events, since=since, start=BEGIN, enough=replay.enough
    )
    if before is None or replay.exact:
        before = fold(facts=DeviceFacts(), events=past)
    replay.device(Story(DEVICE, _platform(history), before, standing, events, since))
    return replay.tally.reach()


# -- against the slow replay -----------------------------------------------------------------------

SEGMENTS: list[Chosen | None] = [
    *[None] * 6,
    Chosen({"moment": MOMENTS[0], "at_least": 2, "in_last_days": 9}),
    Chosen({"not": {"fact": "denied", "in_last_days": 5}}),
    Chosen({"fact": "settings_opened", "ever": False}),
    Chosen(),
]
_soft = st.builds(
    ask,
    st.just(1),
    st.sampled_from(MOMENTS),
    holdout=st.sampled_from([0.0, 0.0, 0.5]),
    max_declines=st.sampled_from([1, 3]),
    gates=st.sampled_from(
        [
            Gates(min_sessions=0, allow_first_session=True),
            Gates(min_sessions=2),
            Gates(min_sessions=3, min_times_reached=2),
            Gates(min_sessions=0, allow_first_session=True, min_screens=20),
        ]
    ),
    gate_arms=st.sampled_from(
        [
            (),
            (
                GateArm("a", 1, Gates(min_sessions=0, allow_first_session=True, min_screens=3)),
                GateArm("b", 1, Gates(min_sessions=4, min_times_reached=3, min_screens=25)),
            ),
        ]
    ),
    platforms=st.sampled_from([frozenset(), frozenset({"ios"})]),
    app_version_from=st.sampled_from(["", "1.1"]),
    segment=st.sampled_from(SEGMENTS),
    starts_at=st.sampled_from([None, BEGIN + 5 * DAY_MS]),
    ends_at=st.sampled_from([None, None, BEGIN + 20 * DAY_MS]),
)
_redirect = st.builds(
    rule,
    st.just(1),
    st.sampled_from(MOMENTS),
    holdout=st.sampled_from([0.0, 0.0, 0.5]),
    causes=st.sampled_from([frozenset(), frozenset({"refused"})]),
    segment=st.sampled_from(SEGMENTS),
    cap=st.sampled_from([1, 3]),
)
_campaigns = st.lists(_soft | _redirect, min_size=1, max_size=4).map(
    lambda found: [replace(one, id=pk, seed=f"s{pk}") for pk, one in enumerate(found, start=1)]
)
_standings = st.sampled_from(
    [
        Standing(),
        Standing(assigned={"s1": Assignment(HOLDOUT, 1), "r2": Assignment("b", 1)}),
        Standing(assigned={"t1": Assignment("b", 1), "t2": Assignment("gone", 1)}),
        Standing(
            reserved=(Reservation("x", "soft_ask", "s1", BEGIN, END),),
            assigned={"s2": Assignment("gone", 1)},
        ),
    ]
)


_IOS: dict[str, Any] = {"platform": "ios", "os_version": "17.2", "app_version": "1.1"}
_ANDROID: dict[str, Any] = {
    "platform": "android",
    "api_level": 34,
    "target_sdk": 34,
    "locale": "de_DE",
}
_READINGS = {
    "ios": (RawPermission("ios", 0), RawPermission("ios", 1), RawPermission("ios", 2)),
    "android": (
        RawPermission("permission_handler", "denied", ask_count=0),
        RawPermission("permission_handler", "permanentlyDenied", source="request"),
        RawPermission("permission_handler", "granted"),
    ),
}


@st.composite
def _lives(draw: st.DrawFn) -> list[Event]:
    """A device as most are: it reaches moments often, and its status changes seldom or never."""
    context = draw(st.sampled_from([_IOS, _ANDROID]))
    readings = _READINGS[str(context["platform"])]
    reading = draw(st.sampled_from(readings))
    counted = draw(st.booleans())
    happened: list[Event] = []
    visits = sorted(draw(st.lists(st.integers(0, 24 * 39), min_size=1, max_size=14, unique=True)))
    for number, hour in enumerate(visits, start=1):
        at = START + hour * 3_600_000
        told = context | ({"session_index": number} if counted else {})
        if draw(st.integers(0, 9)) == 0:
            reading = draw(st.sampled_from(readings))

        def happens(kind: str, minute: int, at: int = at, told: Any = told, **more: Any) -> None:
            name = str(uuid.UUID(int=len(happened) + 1))
            happened.append(Event(name, kind, at + minute * 60_000, EventContext(**told, **more)))

        happens("session_started", 0, permission=reading)
        for minute in range(1, draw(st.integers(1, 4))):
            keys = draw(st.sampled_from([MOMENTS[:1], MOMENTS[1:], MOMENTS]))
            happens("moment_reached", minute, moments=keys)
        kind = draw(st.sampled_from(["soft_ask", "redirect", "", "", "never", "dialog", ""]))
        if kind in ("soft_ask", "redirect"):
            letter = "s" if kind == "soft_ask" else "r"
            pk = draw(st.integers(1, 3))
            ref = f"{uuid.UUID(int=900 + number)}.{letter}{pk}.1.a.{MOMENTS[0]}"
            happens(f"{kind}_shown", 5, decision_id=ref)
            answers = {
                "soft_ask": ["accepted", "declined", "dismissed", ""],
                "redirect": ["tapped", "dismissed", ""],
            }
            answer = draw(st.sampled_from(answers[kind]))
            if answer:
                happens(f"{kind}_{answer}", 6, decision_id=ref)
        elif kind == "never" and draw(st.integers(0, 3)) == 0:
            happens("never_ask", 5)
        elif kind == "dialog" and draw(st.integers(0, 2)) == 0:
            outcome = draw(st.sampled_from(["granted", "denied", "dismissed"]))
            happens("native_prompt_answered", 5, outcome=outcome)
    return happened


@settings(max_examples=400, deadline=None)
@given(
    campaigns=_campaigns,
    edited=st.booleans(),
    history=_lives() | histories(30),
    standing=_standings,
    fatigue=st.sampled_from([Fatigue(1, 3), Fatigue(2, 6), Fatigue(0, 0), Fatigue(1, 1)]),
    paused=st.booleans(),
)
def test_replay__any_history_and_rules__agrees_with_full_facts_at_each_moment(
    campaigns: list[Campaign],
    edited: bool,
    history: list[Event],
    standing: Standing,
    fatigue: Fatigue,
    paused: bool,
) -> None:
    proposal = campaigns[0]
    proposed = ruleset(*campaigns, fatigue=fatigue, paused=paused)
    live = ruleset(*campaigns[0 if edited else 1 :], fatigue=fatigue, paused=paused)
    agreed = (live, proposed, proposal.key, history, standing)
    assert quickly(*agreed) == slowly(*agreed)
