"""Example code with an app's own host, key and moment written into it.

The pieces are plain texts; pages escape them. Only what is harmless in every language is put in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string

from permissions_app.domain import examples
from permissions_app.domain.examples import STAND_IN, Example, example_of
from permissions_app.domain.guides import Program
from permissions_app.domain.moments import parse_conditions
from permissions_app.models import App

PLACE = "permissions_app/integrate/snippets/"
KEY_STAND_IN = "pk_your_publishable_key"
TEST_DEVICE = "test-device-1"
MOST_MOMENTS = 10


@dataclass(frozen=True, slots=True)
class Values:
    """What is written into code. `permission`: what the example phone says, as iOS numbers it."""

    host: str
    key: str
    example: Example = STAND_IN
    device: str = TEST_DEVICE
    permission: int = 0

    @property
    def has_key(self) -> bool:
        """Whether the code holds a key of the app, and no stand-in."""
        return self.key != KEY_STAND_IN

    def context(self) -> Mapping[str, object]:
        """By the names that the pieces use."""
        properties = self.example.properties
        return {
            "host": self.host,
            "key": self.key,
            "device": self.device,
            "permission": self.permission,
            "event": self.example.event,
            "moment": self.example.moment,
            "json": examples.as_json(properties),
            "python": examples.as_python(properties),
            "swift": examples.as_swift(properties),
            "kotlin": examples.as_kotlin(properties),
        }


def values_of(request: HttpRequest, app: App) -> Values:
    """The host that was asked, the app's first publishable key and a moment of it. Two queries."""
    key = app.keys.filter(revoked_at=None, kind="pk").order_by("pk").first()
    rows = app.moments.order_by("opening", "pk").values_list("event_name", "key", "conditions")
    moments = [(event, key, parse_conditions(raw)) for event, key, raw in rows[:MOST_MOMENTS]]
    host = request.build_absolute_uri("/").rstrip("/")
    return Values(host, key.readable if key else KEY_STAND_IN, example_of(moments))


def piece(program: Program, part: str, values: Values) -> str:
    """The code of one step."""
    name = f"{PLACE}{program.key}/{part}.txt"
    return render_to_string(name, dict(values.context())).strip("\n")


def whole(program: Program, values: Values) -> str:
    """The program: its pieces in order, as somebody who copies them one by one ends up with."""
    return "\n\n".join(piece(program, part, values) for part in program.parts) + "\n"
