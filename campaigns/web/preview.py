"""The live preview of a draft: pictures, what happens next, and what the linter says.

Drawn by the server from whatever stands in the form at that moment, finished or not: it never stores
anything. How other pages use it:

* The editor includes `campaigns/preview/_side.html` inside its form, with `**side(...)` in the
  context and, as everywhere, `access` and `campaign`. The panel listens to its form by itself: no
  attribute on the form is needed. Names beginning with `p-` belong to the preview, not to the draft.
* Review and share pages include `campaigns/preview/_cards.html` with `cards=cards(...)["cards"]`:
  pictures without any control. `campaigns/preview/_options.html` with `options=...` are the choices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from campaigns.domain.drafts import Draft, kind_of
from permissions_app.models import ValueMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person chose to look at. Unknown choices fall back to the first one."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "device": ("iphone", "pixel", "browser"),
        "theme": ("light", "dark"),
        "dir": ("auto", "rtl"),
        "text": ("100", "200"),
    }
    device: str = "iphone"
    theme: str = "light"
    dir: str = "auto"
    text: str = "100"
    locale: str = ""
    """A locale of the draft, `pseudo`, or '' for its default language."""
    step: str = "ask"
    variant: str = ""
    """The place of one variant, or '' for all of them."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Options":
        """The choices in a request's GET or POST."""
        told = {
            name: choice if (choice := data.get(f"p-{name}", "")) in choices else choices[0]
            for name, choices in cls.CHOICES.items()
        }
        return cls(
            **told,
            locale=data.get("p-locale", "")[:20],
            step=data.get("p-step", "")[:20] or "ask",
            variant=data.get("p-variant", "")[:2],
        )


def side(*, draft: Draft, moment: ValueMoment | None, options: Options) -> dict[str, Any]:
    """The context of `campaigns/preview/_side.html`."""
    return {
        "side": {"kind": kind_of(draft), "options": options, **cards(draft=draft, options=options)}
    }


def cards(*, draft: Draft, options: Options, moment: ValueMoment | None = None) -> dict[str, Any]:
    """The context of `campaigns/preview/_cards.html`."""
    return {"cards": {"options": options, "variants": draft.variants}}
