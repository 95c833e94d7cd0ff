"""Making, changing, publishing and ending soft asks."""

from typing import Any

from django.db import transaction

from campaigns.domain.drafts import SoftAskDraft, Words, check_soft_ask
from campaigns.models import CampaignStatus, CopyVariant, SoftAsk
from campaigns.services import lifecycle
from permissions_app.domain.edits import Invalid, check_version
from permissions_app.models import App, User

WORDS = ("title", "body", "accept_label", "decline_label", "surface", "weight")
PLAIN = (
    "holdout",
    "priority",
    "min_sessions",
    "allow_first_session",
    "min_times_reached",
    "min_screens",
    "max_declines",
)


@transaction.atomic
def create_soft_ask(*, app: App, draft: SoftAskDraft, actor: User | None) -> SoftAsk:
    """A new draft with its variants and a seed of its own. Raises Invalid."""
    check_soft_ask(draft)
    moment = lifecycle.locked_moment(app=app, moment_id=draft.moment_id)
    ask = SoftAsk(app=app, moment=moment, seed=lifecycle.new_seed())
    _write(ask, draft)
    ask.save()
    CopyVariant.objects.bulk_create([_variant(ask, words) for words in draft.variants])
    lifecycle.created(campaign=ask, kind="soft_ask", actor=actor, state=_state(ask, draft.variants))
    return ask


@transaction.atomic
def update_soft_ask(
    *, soft_ask_id: int, app: App, draft: SoftAskDraft, expected_version: int, actor: User | None
) -> SoftAsk:
    """Change a soft ask and its variants. Raises Invalid, Conflict, SoftAsk.DoesNotExist.

    Once it has been live, a change of words, weights or gates makes a new revision.
    """
    ask = SoftAsk.objects.select_for_update().get(pk=soft_ask_id, app=app)
    check_version(expected=expected_version, current=ask.version)
    check_soft_ask(draft)
    _refuse_archived(ask)
    stored = tuple(_words(variant) for variant in ask.variants.order_by("pk"))
    before = _state(ask, stored)
    if draft.moment_id != ask.moment_id:
        ask.moment = lifecycle.locked_moment(app=app, moment_id=draft.moment_id)
    _write(ask, draft)
    if lifecycle.store_change(
        campaign=ask,
        app=app,
        kind="soft_ask",
        action="updated",
        actor=actor,
        before=before,
        after=_state(ask, draft.variants),
    ):
        _store_variants(ask, draft.variants)
    return ask


@transaction.atomic
def set_soft_ask_status(*, soft_ask_id: int, app: App, status: str, actor: User | None) -> SoftAsk:
    """Publish, pause, archive or restore; saying it twice changes nothing.

    Raises Invalid for a step that is not in the workflow, SoftAsk.DoesNotExist.
    """
    ask = SoftAsk.objects.select_for_update().get(pk=soft_ask_id, app=app)
    lifecycle.check_step(status=ask.status, wanted=status)
    before = {"status": str(ask.status)}
    ask.status = CampaignStatus(status)
    lifecycle.store_change(
        campaign=ask,
        app=app,
        kind="soft_ask",
        action=lifecycle.ACTIONS[status],
        actor=actor,
        before=before,
        after={"status": status},
    )
    return ask


def _refuse_archived(ask: SoftAsk) -> None:
    if ask.status == CampaignStatus.ARCHIVED:
        raise Invalid({"": "An archived soft ask cannot be changed. Restore it first."})


def _write(ask: SoftAsk, draft: SoftAskDraft) -> None:
    ask.name = draft.name.strip()
    ask.platforms = sorted(set(draft.platforms))
    ask.backoff_days = list(draft.backoff_days)
    for field in PLAIN:
        setattr(ask, field, getattr(draft, field))


def _variant(ask: SoftAsk, words: Words) -> CopyVariant:
    return CopyVariant(
        soft_ask=ask, key=words.key, **{name: getattr(words, name) for name in WORDS}
    )


def _words(variant: CopyVariant) -> Words:
    return Words(key=variant.key, **{name: getattr(variant, name) for name in WORDS})


def _store_variants(ask: SoftAsk, wanted: tuple[Words, ...]) -> None:
    """Variants are known by their key; one that was renamed is another one."""
    kept = [words.key for words in wanted]
    ask.variants.exclude(key__in=kept).delete()
    CopyVariant.objects.bulk_create(
        [_variant(ask, words) for words in wanted],
        update_conflicts=True,
        unique_fields=["soft_ask", "key"],
        update_fields=list(WORDS),
    )


def _state(ask: SoftAsk, variants: tuple[Words, ...]) -> dict[str, Any]:
    return {
        "name": ask.name,
        "moment": ask.moment.key,
        "status": str(ask.status),
        "platforms": ask.platforms,
        "backoff_days": ask.backoff_days,
        **{name: getattr(ask, name) for name in PLAIN},
        "variants": {
            words.key: {name: getattr(words, name) for name in WORDS} for words in variants
        },
    }
