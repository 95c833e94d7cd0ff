"""The life of a soft ask or a redirect rule, as one table.

A draft is written in peace and changes with every keystroke. Sending it to review takes a picture of
it, a *revision*, which never changes again. Somebody who did not write it approves that picture, and
only an approved picture is published. People go on editing while a revision is live: what is live
stays as it is until the next revision has walked the same way. Pausing works at once, and an
archived campaign comes back paused, never straight to people.

Two things are told apart. The *status* says whether the campaign reaches people. *Pending* says what
the working copy waits for: nothing (it is what is live), to be sent to review, a verdict, or to be
published. Pages, the management API and tests all ask this one table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Status = Literal["draft", "in_review", "live", "paused", "archived"]
Pending = Literal["nothing", "draft", "in_review", "approved"]
DRAFT, IN_REVIEW, LIVE, PAUSED, ARCHIVED = "draft", "in_review", "live", "paused", "archived"
STATUSES = (DRAFT, IN_REVIEW, LIVE, PAUSED, ARCHIVED)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person may do. `needs`: the weakest role that may. `pending`: what the working
    copy must wait for. `done`: how it is told afterwards.
    """

    action: str
    label: str
    needs: Literal["editor", "reviewer"]
    pending: frozenset[str]
    done: str


_ANY = frozenset({"nothing", "draft", "in_review", "approved"})
STEPS: Mapping[str, Step] = MappingProxyType(
    {
        step.action: step
        for step in (
            Step("submit", "Send to review", "editor", frozenset({"draft"}), "waits for a review"),
            Step("approve", "Approve", "reviewer", frozenset({"in_review"}), "is approved"),
            Step("publish", "Publish", "editor", frozenset({"approved"}), "is live now"),
            Step(
                "send_back",
                "Ask for changes",
                "reviewer",
                frozenset({"in_review", "approved"}),
                "is a draft again",
            ),
            Step(
                "withdraw",
                "Take back",
                "editor",
                frozenset({"in_review", "approved"}),
                "is a draft again",
            ),
            Step("pause", "Pause", "editor", _ANY, "is paused now"),
            Step("resume", "Make live again", "editor", _ANY, "is live again"),
            Step("archive", "Archive", "editor", _ANY, "is archived"),
            Step("restore", "Restore", "editor", _ANY, "is restored"),
        )
    }
)

TRANSITIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        DRAFT: MappingProxyType({"submit": IN_REVIEW, "archive": ARCHIVED}),
        IN_REVIEW: MappingProxyType(
            {
                "approve": IN_REVIEW,
                "publish": LIVE,
                "send_back": DRAFT,
                "withdraw": DRAFT,
                "archive": ARCHIVED,
            }
        ),
        LIVE: MappingProxyType(
            {
                "submit": LIVE,
                "approve": LIVE,
                "publish": LIVE,
                "send_back": LIVE,
                "withdraw": LIVE,
                "pause": PAUSED,
                "archive": ARCHIVED,
            }
        ),
        PAUSED: MappingProxyType(
            {
                "submit": PAUSED,
                "approve": PAUSED,
                "publish": LIVE,
                "send_back": PAUSED,
                "withdraw": PAUSED,
                "resume": LIVE,
                "archive": ARCHIVED,
            }
        ),
        ARCHIVED: MappingProxyType({"restore": PAUSED}),
    }
)
"""From a status, by what is done, to the next one. What was never live is restored as a draft."""


def may(*, status: str, pending: str, action: str) -> bool:
    """Whether the step is in the table for a campaign of this status and this working copy."""
    step = STEPS.get(action)
    if step is None or action not in TRANSITIONS.get(status, {}):
        return False
    return pending in step.pending


def after(*, status: str, action: str, was_live: bool) -> str:
    """The status after a step that `may` allows."""
    wanted = TRANSITIONS[status][action]
    return DRAFT if action == "restore" and not was_live else wanted


def steps(*, status: str, pending: str) -> tuple[Step, ...]:
    """The steps that are open now, in the order of a campaign's life."""
    return tuple(
        step for action, step in STEPS.items() if may(status=status, pending=pending, action=action)
    )


def refusal(*, status: str, pending: str, action: str) -> str:
    """Why a step is not open, in one sentence."""
    step = STEPS.get(action)
    if step is None:
        return "This step is not known."
    if action == "publish":
        return {
            "nothing": "There is nothing to publish: what is live is what you see.",
            "draft": "It was not reviewed yet. Send it to review first.",
            "in_review": "It waits for a review and can be published once it is approved.",
        }.get(pending, f"What is {_said(status)} cannot be published.")
    if action not in TRANSITIONS.get(status, {}):
        return f"“{step.label}” is not possible while it is {_said(status)}."
    if action == "submit":
        return "There is nothing to review: the words are those of the last revision."
    return f"“{step.label}” is not possible now: no revision waits for it."


def _said(status: str) -> str:
    return status.replace("_", " ")
