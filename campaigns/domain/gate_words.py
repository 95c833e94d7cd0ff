"""Gates as people say them: "after 7 screens", "after 2 sessions and 3 times here"."""

from campaigns.domain.drafts import GateVariant


def gate_words(arm: GateVariant) -> str:
    """What an arm of a gate trial waits for. What holds for everybody is not said."""
    parts = []
    if arm.min_screens > 0:
        parts.append(_many(arm.min_screens, "screen"))
    if arm.min_sessions > 2:
        parts.append(_many(arm.min_sessions, "session"))
    if arm.min_times_reached > 1:
        parts.append(f"{arm.min_times_reached} times at the moment")
    if not parts:
        return f"from the {'first' if arm.allow_first_session else 'second'} session on"
    said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"after {said}{', also in the first session' if arm.allow_first_session else ''}"


def trial_words(arms: tuple[GateVariant, ...]) -> str:
    """All arms with their weights; '' for no trial."""
    return "; ".join(f"{arm.key}: {gate_words(arm)}, weight {arm.weight:.6g}" for arm in arms)


def _many(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"
