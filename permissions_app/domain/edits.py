"""Why a change that a person asked for was not made.

Either what they sent does not hold together (`Invalid`, with a sentence for each field), or somebody
else saved the same thing in the meantime (`Conflict`), in which case nothing was overwritten and
nothing they typed is lost. Pages and the management API show the same sentences.
"""

from collections.abc import Mapping


class Invalid(ValueError):
    """What was sent breaks a rule.

    `errors`: field name -> one sentence. A field inside a list reads `variants.0.title`; the empty
    name stands for the whole.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class Conflict(Exception):
    """The object was saved by somebody else after it was read. `current`: its version now."""

    def __init__(self, *, current: int) -> None:
        super().__init__("Somebody else saved this in the meantime.")
        self.current = current


def check_version(*, expected: int, current: int) -> None:
    """Raise Conflict unless the version that was read is still the current one."""
    if expected != current:
        raise Conflict(current=current)


def changed(
    *, before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, list[object]]:
    """What differs, for the audit trail: field -> [old, new]."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }
