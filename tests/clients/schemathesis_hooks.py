"""What schemathesis cannot read in the description of the API."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import schemathesis

_RUN = uuid.uuid4().hex
_numbers = itertools.count()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """An Idempotency-Key is a name for one request, and the generator gives many requests the same: number them.

    Otherwise all but the first would be refused before the API looks at anything else.
    """
    sent = (case.headers or {}).get("Idempotency-Key")
    if isinstance(sent, str) and sent.isascii() and sent.isprintable() and 0 < len(sent) < 100:
        case.headers["Idempotency-Key"] = f"{sent}-{_RUN}-{next(_numbers)}"
