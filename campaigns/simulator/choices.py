"""What people choose, and how likely: the shares of the scenario, and what is planted on top of them."""

import random

from campaigns.simulator import scenario
from campaigns.simulator.phone import Answer, Phone
from campaigns.simulator.population import DAY_MS, Profile
from campaigns.simulator.records import Decided
from campaigns.simulator.scenario import Effects

UNUSED_DAYS = 90
"""After so long Android takes the permission back from an app that nobody opened."""


def changes_settings(*, phone: Phone, rng: random.Random, idle: int) -> None:
    """What the person did in the system's Settings between two visits, `idle` ms apart."""
    drawn, web = rng.random(), phone.kind == "web"
    if phone.on and phone.kind == "android_13" and idle >= UNUSED_DAYS * DAY_MS:
        phone.reset()
    elif phone.on:
        if drawn < 0.018:
            phone.turn_off()
        elif web and drawn < 0.022:
            phone.reset()
    elif phone.provisional:
        if drawn < 0.02:
            phone.turn_off()
        elif drawn < 0.04:
            phone.turn_on()
    elif phone.final_no() or phone.refused:
        if drawn < scenario.TURNS_ON_BY_ITSELF:
            phone.turn_on()
        elif web and drawn < scenario.TURNS_ON_BY_ITSELF + 0.004:
            phone.reset()


def accepts(*, effects: Effects, decision: Decided, refused: bool) -> float:
    """The chance of a yes to a soft ask. `refused`: the person said no to the system before."""
    yes = scenario.SOFT_YES
    if _better(effects, decision):
        yes += scenario.MORE_YES
    return yes * 0.6 if refused else yes


def grants(
    *,
    effects: Effects,
    profile: Profile,
    kind: str,
    decision: Decided | None,
    screen: int,
    app: str,
) -> float:
    """The chance of a yes to the system's dialog. `decision`: the soft ask that was accepted before, if any. `screen`:
    the furthest one that was told of when it was shown.
    """
    table = scenario.GRANT_COLD if decision is None else scenario.GRANT_AFTER_YES
    yes = table[kind]
    if kind == "web" and profile.mobile:
        yes += scenario.GRANT_ON_PHONES
    if decision is not None and effects.screens:
        came = min(screen, scenario.BEST_SCREEN)
        yes *= scenario.AT_SCREEN_0 + scenario.BY_SCREEN * came
    if decision is not None and _better(effects, decision):
        # Of all who see the words so many more are authorised, whatever more of them accept.
        seen = scenario.SOFT_YES * yes + scenario.MORE_AUTHORIZED
        yes = seen / (scenario.SOFT_YES + scenario.MORE_YES)
    if effects.version and app == scenario.BAD_VERSION:
        yes *= scenario.BAD_VERSION_FACTOR
    return yes


def reacts(*, drawn: float, yes: float, kind: str) -> Answer:
    """What the person does with the system's dialog. `drawn`: their own number from 0 to 1."""
    if drawn < yes:
        return "granted"
    left = (drawn - yes) / (1 - yes)
    if kind == "web":
        return "denied" if left < 0.35 else "dismissed" if left < 0.75 else "ignored"
    if kind == "android_13" and left > 0.82:
        return "dismissed"
    return "denied"


def loses_its_log(*, effects: Effects, decision: Decided) -> bool:
    """Whether an app that saves up what it logs would lose all of it over these words."""
    return effects.logging and (decision.moment, decision.variant) == scenario.LOST_WORDS


def _better(effects: Effects, decision: Decided) -> bool:
    better = (scenario.BETTER_MOMENT, scenario.BETTER_VARIANT)
    return effects.words and (decision.moment, decision.variant) == better
