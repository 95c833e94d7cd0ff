"""Doing a request once, however often it is sent.

A client that lost the connection does not know whether its change was made. It sends the same request again under the
same key, and gets the answer of the first time.

Everything happens in one transaction: a lock on the key, the change, and the answer that is kept. A process that dies
takes its lock and its half-made change with it, so a key never stays in flight. Refusals are not kept, because nothing
was done: the same request is judged anew.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction

from permissions_app.models import KeptAnswer
from permissions_app.selectors import raw
from permissions_app.services.sealing import seal, unseal

KEPT = timedelta(hours=24)
PURPOSE = "kept answers"
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7205))"


class InFlight(Exception):
    """The first request under this key is still at work."""


class OtherRequest(Exception):
    """The key stands for another request."""


class AnswerLost(Exception):
    """The request was done, and its answer cannot be read any more: the installation has another SECRET_KEY."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """The answer, and whether it is that of an earlier request."""

    answer: Answer
    replayed: bool


def once(
    *, app_id: int, key: str, fingerprint: bytes, now: datetime, work: Callable[[], Answer]
) -> Told:
    """The answer of the first request under this key, or that of `work` when there was none.

    `fingerprint`: 32 bytes that stand for the request. Raises InFlight, OtherRequest, AnswerLost, and what `work`
    raises, after which everything that it did is undone.
    """
    with transaction.atomic():
        if not raw.execute(TRY_LOCK, (f"{app_id} {key}",)).fetchone()[0]:  # type: ignore[index]  # always a row
            raise InFlight
        kept = KeptAnswer.objects.filter(app_id=app_id, key=key, at__gt=now - KEPT).first()
        if kept is not None:
            if bytes(kept.fingerprint) != fingerprint:
                raise OtherRequest
            return Told(_opened(kept), replayed=True)
        answer = work()
        if answer.status < 300:
            _keep(app_id, key, fingerprint, now, answer)
        return Told(answer, replayed=False)


def trim(*, now: datetime) -> int:
    """Forget answers that are older than KEPT; returns how many."""
    return KeptAnswer.objects.filter(at__lte=now - KEPT).delete()[0]


def _keep(app_id: int, key: str, fingerprint: bytes, now: datetime, answer: Answer) -> None:
    text = base64.b64encode(answer.body).decode()
    told = msgspec.json.encode({"headers": dict(answer.headers), "body": text}).decode()
    KeptAnswer.objects.update_or_create(
        app_id=app_id,
        key=key,
        defaults={
            "fingerprint": fingerprint,
            "status": answer.status,
            "sealed": seal(told, purpose=PURPOSE),
            "at": now,
        },
    )


def _opened(kept: KeptAnswer) -> Answer:
    text = unseal(kept.sealed, purpose=PURPOSE)
    if text is None:
        raise AnswerLost
    told = msgspec.json.decode(text)
    return Answer(kept.status, told["headers"], base64.b64decode(told["body"]))
