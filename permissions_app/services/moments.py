"""Making and changing value moments."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify

from permissions_app.domain.edits import Invalid, changed, check_version
from permissions_app.domain.moments import (
    BAD_KEY,
    Condition,
    carries_a_redirect,
    is_moment_key,
    naming_faults,
    parse_conditions,
)
from permissions_app.models import Actor, App, ValueMoment
from permissions_app.services import audit
from permissions_app.services.apps import bump_ruleset

_STARTS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentDraft:
    """What a person may say of a moment. `conditions`: raw JSON, see `parse_conditions`."""

    name: str
    event_name: str
    conditions: Sequence[Any] = ()
    opening: bool = False


@transaction.atomic
def create_moment(*, app: App, draft: MomentDraft, actor: Actor, key: str = "") -> ValueMoment:
    """A new, active moment. Without `key` one is made from the name. Raises Invalid."""
    conditions = _checked(draft)
    key = key.strip() or suggested_key(draft.name)
    if not is_moment_key(key):
        raise Invalid({"key": BAD_KEY})
    try:
        with transaction.atomic():
            moment = ValueMoment.objects.create(
                app=app,
                key=key,
                name=draft.name.strip(),
                event_name=draft.event_name.strip(),
                conditions=[condition.as_json() for condition in conditions],
                opening=draft.opening,
            )
    except IntegrityError:
        raise Invalid({"key": f"This app already has a moment with the key “{key}”."}) from None
    bump_ruleset(app_id=app.pk)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="moment.created",
        subject=moment.name,
        changes={"id": f"m{moment.pk}", "key": key, **_state(moment)},
    )
    return moment


@transaction.atomic
def update_moment(
    *,
    moment_id: int,
    app: App,
    draft: MomentDraft,
    expected_version: int,
    actor: Actor,
) -> ValueMoment:
    """Change a moment; its key stays. Raises Invalid, Conflict, ValueMoment.DoesNotExist."""
    moment = ValueMoment.objects.select_for_update().get(pk=moment_id, app=app)
    check_version(expected=expected_version, current=moment.version)
    conditions = _checked(draft)
    if draft.opening and not moment.opening:
        _refuse_opening_with_redirects(moment)
    before = _state(moment)
    moment.name = draft.name.strip()
    moment.event_name = draft.event_name.strip()
    moment.conditions = [condition.as_json() for condition in conditions]
    moment.opening = draft.opening
    return _store(moment, app, actor, "moment.updated", before)


@transaction.atomic
def set_moment_status(*, moment_id: int, app: App, status: str, actor: Actor) -> ValueMoment:
    """Pause or activate a moment; saying it twice changes nothing. Raises ValueMoment.DoesNotExist."""
    moment = ValueMoment.objects.select_for_update().get(pk=moment_id, app=app)
    wanted = ValueMoment.Status(status)
    if moment.status == wanted:
        return moment
    before = _state(moment)
    moment.status = wanted
    action = "moment.paused" if wanted == ValueMoment.Status.PAUSED else "moment.activated"
    return _store(moment, app, actor, action, before)


def suggested_key(name: str) -> str:
    """A key made from a name: "Order placed" -> "order_placed"."""
    return _STARTS.sub("_", slugify(name)).strip("_")[:60]


def _checked(draft: MomentDraft) -> tuple[Condition, ...]:
    faults = naming_faults(name=draft.name, event=draft.event_name)
    errors = {"event_name" if name == "event" else name: said for name, said in faults.items()}
    conditions: tuple[Condition, ...] = ()
    try:
        conditions = parse_conditions(draft.conditions)
    except ValueError as error:
        errors["conditions"] = str(error)
    if errors:
        raise Invalid(errors)
    return conditions


def _refuse_opening_with_redirects(moment: ValueMoment) -> None:
    """Redirect rules belong to the layer above; the reverse relation is all that is used of them here.

    One that is being moved away still waits here until its next revision is published.
    """
    here = Q(moment=moment) | Q(published__content__moment=moment.key)
    rules = moment.campaigns.model.objects.filter(here, app_id=moment.app_id, kind="redirect")
    rule = rules.exclude(status="archived").first()
    if rule is not None:
        raise Invalid({"opening": carries_a_redirect(rule.name)})


def _store(
    moment: ValueMoment,
    app: App,
    actor: Actor,
    action: str,
    before: dict[str, Any],
) -> ValueMoment:
    difference = changed(before=before, after=_state(moment))
    if not difference:
        return moment
    moment.version += 1
    moment.save()
    bump_ruleset(app_id=app.pk)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action=action,
        subject=moment.name,
        changes={"id": f"m{moment.pk}", **difference},
    )
    return moment


def _state(moment: ValueMoment) -> dict[str, Any]:
    return {
        "name": moment.name,
        "event_name": moment.event_name,
        "conditions": moment.conditions,
        "opening": moment.opening,
        "status": str(moment.status),
    }
