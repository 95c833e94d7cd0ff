"""Making, changing and publishing soft asks."""

from __future__ import annotations

import math
from typing import Any

import pytest

from campaigns.domain.ruleset import check
from campaigns.models import SoftAsk
from campaigns.selectors.rulesets import compile_ruleset
from campaigns.services.soft_asks import create_soft_ask, set_soft_ask_status, update_soft_ask
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import App, AuditEntry, User, ValueMoment
from permissions_app.services.apps import create_app
from tests.campaigns.drafts import a_moment, soft_ask_draft, words


def live(app: App, moment: ValueMoment, **changes: Any) -> SoftAsk:
    ask = create_soft_ask(app=app, draft=soft_ask_draft(moment, **changes), actor=None)
    return set_soft_ask_status(soft_ask_id=ask.pk, app=app, status="live", actor=None)


def test_create__draft_with_seed_and_audit(app: App, moment: ValueMoment, owner: User) -> None:
    first = create_soft_ask(app=app, draft=soft_ask_draft(moment), actor=owner)
    second = create_soft_ask(app=app, draft=soft_ask_draft(moment), actor=owner)
    assert first.status == "draft"
    assert len(first.seed) == 16
    assert first.seed != second.seed
    entry = AuditEntry.objects.filter(action="soft_ask.created").first()
    assert entry is not None
    assert entry.actor_label == "alice@example.com"
    assert entry.changes["variants"]["a"]["accept_label"] == "Tell me"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"platforms": ("symbian",)}, "platforms"),
        ({"holdout": 0.95}, "holdout"),
        ({"holdout": math.nan}, "holdout"),
        ({"priority": -1}, "priority"),
        ({"min_sessions": 10**9}, "min_sessions"),
        ({"allow_first_session": True}, "allow_first_session"),
        ({"backoff_days": ()}, "backoff_days"),
        ({"backoff_days": (30, 14)}, "backoff_days"),
        ({"backoff_days": (0,)}, "backoff_days"),
        ({"max_declines": 0}, "max_declines"),
        ({"variants": ()}, "variants"),
        ({"variants": tuple(words(key) for key in "abcde")}, "variants"),
        ({"variants": (words("a"), words("A"))}, "variants.1.key"),
        ({"variants": (words("holdout"),)}, "variants.0.key"),
        ({"variants": (words("a b"),)}, "variants.0.key"),
        ({"variants": (words(weight=0),)}, "variants"),
        ({"variants": (words(weight=math.inf),)}, "variants.0.weight"),
        ({"variants": (words(weight=-1), words("b"))}, "variants.0.weight"),
        ({"variants": (words(title="x" * 121),)}, "variants.0.title"),
        ({"variants": (words(body="x" * 401),)}, "variants.0.body"),
        ({"variants": (words(title="Order {{order id}}"),)}, "variants.0.title"),
        ({"variants": (words(decline_label=""),)}, "variants.0.decline_label"),
        ({"variants": (words(title="{{order_id}}"),)}, "variants.0.title"),
        ({"variants": (words(surface="fullscreen"),)}, "variants.0.surface"),
    ],
)
def test_create__breaks_a_rule__names_the_field(
    app: App, moment: ValueMoment, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create_soft_ask(app=app, draft=soft_ask_draft(moment, **changes), actor=None)
    assert field in caught.value.errors
    assert not SoftAsk.objects.exists()


def test_create__moment_of_another_app__refused(app: App) -> None:
    other = create_app(workspace=app.workspace, name="Other", slug="other", actor=None)
    with pytest.raises(Invalid) as caught:
        create_soft_ask(app=app, draft=soft_ask_draft(a_moment(other)), actor=None)
    assert "moment" in caught.value.errors


def test_update__live_and_words_changed__new_revision(app: App, moment: ValueMoment) -> None:
    ask = live(app, moment)
    changed = update_soft_ask(
        soft_ask_id=ask.pk,
        app=app,
        draft=soft_ask_draft(moment, variants=(words(title="Hear when it ships"),)),
        expected_version=ask.version,
        actor=None,
    )
    assert changed.revision == 2
    assert changed.variants.get().title == "Hear when it ships"


@pytest.mark.parametrize(
    "changes", [{"min_sessions": 5}, {"variants": (words(weight=2),)}, {"holdout": 0.2}]
)
def test_update__live_and_gates_or_weights_changed__new_revision(
    app: App, moment: ValueMoment, changes: dict[str, Any]
) -> None:
    ask = live(app, moment)
    changed = update_soft_ask(
        soft_ask_id=ask.pk,
        app=app,
        draft=soft_ask_draft(moment, **changes),
        expected_version=ask.version,
        actor=None,
    )
    assert changed.revision == 2


def test_update__live_and_only_renamed__same_revision(app: App, moment: ValueMoment) -> None:
    ask = live(app, moment)
    changed = update_soft_ask(
        soft_ask_id=ask.pk,
        app=app,
        draft=soft_ask_draft(moment, name="Other name", priority=5),
        expected_version=ask.version,
        actor=None,
    )
    assert (changed.name, changed.revision) == ("Other name", 1)


def test_update__draft__same_revision(app: App, moment: ValueMoment) -> None:
    ask = create_soft_ask(app=app, draft=soft_ask_draft(moment), actor=None)
    changed = update_soft_ask(
        soft_ask_id=ask.pk,
        app=app,
        draft=soft_ask_draft(moment, variants=(words("b"), words("c"))),
        expected_version=1,
        actor=None,
    )
    assert changed.revision == 1
    assert sorted(changed.variants.values_list("key", flat=True)) == ["b", "c"]


def test_update__two_saves_at_once__second_conflicts(app: App, moment: ValueMoment) -> None:
    ask = create_soft_ask(app=app, draft=soft_ask_draft(moment), actor=None)

    def save(name: str) -> SoftAsk:
        return update_soft_ask(
            soft_ask_id=ask.pk,
            app=app,
            draft=soft_ask_draft(moment, name=name),
            expected_version=1,
            actor=None,
        )

    save("First")
    with pytest.raises(Conflict) as caught:
        save("Second")
    assert caught.value.current == 2
    assert SoftAsk.objects.get().name == "First"


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        (("live",), "live"),
        (("live", "live"), "live"),
        (("live", "paused", "live"), "live"),
        (("archived", "paused", "live"), "live"),
        (("paused",), None),
        (("archived", "live"), None),
        (("live", "draft"), None),
    ],
)
def test_status__workflow(
    app: App, moment: ValueMoment, steps: tuple[str, ...], ends: str | None
) -> None:
    ask = create_soft_ask(app=app, draft=soft_ask_draft(moment), actor=None)

    def walk() -> None:
        for step in steps:
            set_soft_ask_status(soft_ask_id=ask.pk, app=app, status=step, actor=None)

    if ends is None:
        with pytest.raises(Invalid):
            walk()
    else:
        walk()
        assert SoftAsk.objects.get().status == ends


def test_update__archived__refused(app: App, moment: ValueMoment) -> None:
    ask = create_soft_ask(app=app, draft=soft_ask_draft(moment), actor=None)
    ask = set_soft_ask_status(soft_ask_id=ask.pk, app=app, status="archived", actor=None)
    with pytest.raises(Invalid, match="archived"):
        update_soft_ask(
            soft_ask_id=ask.pk,
            app=app,
            draft=soft_ask_draft(moment),
            expected_version=ask.version,
            actor=None,
        )


def test_publish__compiled_ruleset_is_sound(app: App, moment: ValueMoment) -> None:
    before = App.objects.get(pk=app.pk).ruleset_version
    live(app, moment, variants=(words("a"), words("b", weight=3)), min_sessions=0, max_declines=10)
    ruleset = compile_ruleset(app.pk)
    check(ruleset=ruleset)
    assert ruleset.version > before
    assert [arm.key for arm in ruleset.soft_asks[moment.key][0].arms] == ["a", "b"]
