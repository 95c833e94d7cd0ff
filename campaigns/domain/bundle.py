"""What a client takes home to decide by itself, on a plane or in a tunnel.

A bundle holds the compiled rules of an app as they are published, and what is needed to tell from an event which
moment has been reached. It says nothing of any person, and no time: as long as nothing is published, the same bundle
is the same bytes, so a client that asks again is told "nothing new" and not sent it again.

The bundle of an app that is stopped says so and holds the rules all the same; clients then show nothing.
"""

from collections.abc import Mapping, Sequence

import msgspec

from campaigns.domain.portable import portable_matching, portable_ruleset, portable_tables
from campaigns.domain.ruleset import Ruleset
from permissions_app.domain.moments import Condition

FORMAT = 1
"""Raised when older clients could not read a bundle any more."""


def payload_of(
    *,
    ruleset: Ruleset,
    by_event: Mapping[str, Sequence[tuple[str, Sequence[Condition]]]],
    ttl_seconds: int,
) -> str:
    """The text of a bundle: JSON, the same for the same rules in every process.

    `by_event`: event name -> moments and their conditions, as the catalogue holds them. `ttl_seconds`: for how long a
    client may decide by it without asking for a newer one.
    """
    bundle = {
        "format": FORMAT,
        "app": ruleset.app_id,
        "version": ruleset.version,
        "stopped": ruleset.stopped,
        "ttl_seconds": ttl_seconds,
        "ruleset": portable_ruleset(ruleset),
        "matching": portable_matching(by_event),
        "tables": portable_tables(),
    }
    return msgspec.json.encode(bundle).decode()
