"""The stage of the simulation: the coffee shop's moments, soft asks and redirects, as a team would
have written them.
"""

from campaigns.domain.drafts import Draft, Line, RedirectDraft, SoftAskDraft, Words
from campaigns.services.campaigns import create_campaign
from campaigns.services.steps import take_step
from campaigns.simulator.scenario import ORDER_AT_LEAST
from permissions_app.models import App, User, ValueMoment
from permissions_app.services.moments import MomentDraft, create_moment


def _words(key: str, title: str, body: str, accept: str, decline: str = "Not now") -> Words:
    return Words(key=key, title=title, body=body, accept_label=accept, decline_label=decline)


ORDER_WORDS = (
    _words(
        "a",
        "Know when order {{order_id}} is ready",
        "We send one message when your coffee stands on the counter.",
        "Tell me",
    ),
    _words(
        "b",
        "Your coffee is being made",
        "We tell you the minute order {{order_id}} can be picked up, so nothing goes cold.",
        "Tell me when it is ready",
    ),
)
GOAL_WORDS = (
    _words(
        "a",
        "Collecting {{cups}} cups for a free coffee",
        "We tell you when the card is full and your free cup is waiting.",
        "Tell me",
    ),
    _words(
        "b",
        "Hear when your free coffee is earned",
        "One message when all {{cups}} cups are collected, and one before the reward runs out.",
        "Yes, tell me",
    ),
    _words(
        "c",
        "Keep an eye on your {{cups}} cups",
        "We write when a cup was added to your card.",
        "Continue",
    ),
)
TABLE_WORDS = (
    _words(
        "a",
        "Know when your table is set",
        "We tell you when it is free, also when that is earlier than booked.",
        "Tell me",
    ),
    _words(
        "b",
        "Your table is booked",
        "If the kitchen runs late we say so before you leave home.",
        "Tell me",
    ),
)


def set_stage(*, app: App, actor: User | None) -> None:
    """Give an empty app its moments and live campaigns. Redirects have holdouts: else nobody could say what they
    bring.
    """
    order = _moment(
        app,
        actor,
        MomentDraft(
            name="Order placed",
            event_name="Order Placed",
            conditions=[{"property": "total", "op": "gte", "value": ORDER_AT_LEAST}],
        ),
    )
    goal = _moment(app, actor, MomentDraft(name="Reward goal set", event_name="Goal Set"))
    message = _moment(app, actor, MomentDraft(name="Message sent", event_name="Message Sent"))
    table = _moment(app, actor, MomentDraft(name="Table booked", event_name="Table Booked"))
    _soft_ask(app, actor, "Order is ready", order, ORDER_WORDS, holdout=0.1)
    _soft_ask(app, actor, "Free coffee", goal, GOAL_WORDS, holdout=0.1, min_times_reached=1)
    _soft_ask(
        app, actor, "Table is set", table, TABLE_WORDS, holdout=0.0, platforms=("ios", "android")
    )
    _redirect(
        app,
        actor,
        "Order is ready, in Settings",
        order,
        "Order {{order_id}}: we cannot tell you when it is ready.",
        holdout=0.2,
    )
    _redirect(
        app,
        actor,
        "Free coffee, in Settings",
        goal,
        "Free coffee: we cannot tell you when it is earned.",
        holdout=0.2,
    )
    _redirect(
        app,
        actor,
        "Reply from the bar, in Settings",
        message,
        "Your message: we cannot tell you when the bar replies.",
        holdout=0.1,
    )


def show_first_visit(*, app: App, actor: User | None) -> None:
    """Give an app one moment that asks and redirects at the first visit, for trying it by hand."""
    order = _moment(app, actor, MomentDraft(name="Order placed", event_name="Order Placed"))
    _soft_ask(
        app,
        actor,
        "Order is ready",
        order,
        ORDER_WORDS[:1],
        holdout=0.0,
        min_sessions=1,
        allow_first_session=True,
    )
    _redirect(
        app,
        actor,
        "Order is ready, in Settings",
        order,
        "Order {{order_id}}: we cannot tell you when it is ready.",
        holdout=0.0,
        min_days_since_denial=0,
        cooldown_days=1,
        cap=20,
    )


def _moment(app: App, actor: User | None, draft: MomentDraft) -> ValueMoment:
    return create_moment(app=app, draft=draft, actor=actor)


def _soft_ask(
    app: App,
    actor: User | None,
    name: str,
    moment: ValueMoment,
    words: tuple[Words, ...],
    *,
    holdout: float,
    min_sessions: int = 2,
    allow_first_session: bool = False,
    min_times_reached: int = 1,
    platforms: tuple[str, ...] = (),
) -> None:
    draft = SoftAskDraft(
        name=name,
        moment=moment.key,
        variants=words,
        platforms=platforms,
        holdout=holdout,
        min_sessions=min_sessions,
        allow_first_session=allow_first_session,
        min_times_reached=min_times_reached,
    )
    _go_live(app, actor, draft)


def _redirect(
    app: App,
    actor: User | None,
    name: str,
    moment: ValueMoment,
    line: str,
    *,
    holdout: float,
    min_days_since_denial: int = 3,
    cooldown_days: int = 14,
    cap: int = 3,
) -> None:
    draft = RedirectDraft(
        name=name,
        moment=moment.key,
        variants=(Line(key="a", line=line, action_label="Open Settings"),),
        holdout=holdout,
        min_days_since_denial=min_days_since_denial,
        cooldown_days=cooldown_days,
        cap=cap,
    )
    _go_live(app, actor, draft)


def _go_live(app: App, actor: User | None, draft: Draft) -> None:
    """As the installation itself, which needs nobody's approval."""
    campaign = create_campaign(app=app, draft=draft, actor=actor)
    take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
