"""How a results page calls arms and writes its numbers."""

from campaigns.domain.trial_words import Said, effect_said, said
from permissions_app.domain.standing import HOLDOUT
from permissions_app.templatetags.numbers import THIN

__all__ = ["Said", "arm_name", "chance_said", "effect_said", "p_said", "points_said", "said"]


def arm_name(key: str) -> str:
    """ "a" -> "Variant A"."""
    return "Holdout" if key == HOLDOUT else f"Variant {key.upper()}"


def chance_said(chance: float) -> str:
    """Never certain: "> 99.9 %"."""
    if chance > 0.9995:
        return f">{THIN}99.9{THIN}%"
    return f"<{THIN}0.1{THIN}%" if chance < 0.0005 else f"{chance * 100:.1f}{THIN}%"


def p_said(p: float | None) -> str:
    """A probability of error: "0.032", "< 0.001", and "–" where it is not known."""
    if p is None:
        return "–"
    return f"<{THIN}0.001" if p < 0.001 else f"{p:.3f}"


def points_said(low: float, high: float) -> str:
    """Bounds in percentage points: "−1.2 to +3.4"."""
    return " to ".join(f"{bound * 100:+.1f}".replace("-", "−") for bound in (low, high))
