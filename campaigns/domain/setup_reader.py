"""Reads values of the wanted kind out of a set-up file, and keeps every complaint with its line.

Nothing here knows what a soft ask is. The fields of a draft and their kinds are taken from the draft
itself, so a field that is added there is read, written and checked here without another word.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from campaigns.domain.drafts import GateVariant, Line, Words
from campaigns.domain.setup_yaml import Node, Problem


class Reader:
    """Turns nodes into values of the wanted kind, and keeps every complaint."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unread: set[str] = set()
        """The paths of values of the wrong kind. Something stands in for each, so that the rest can be
        judged; nothing is said of what stands in.
        """
        self.lines: dict[str, int] = {}

    def complain(self, path: str, node: Node, sentence: str) -> None:
        """A value that cannot be read."""
        self.unread.add(path)
        self.problems.append(Problem(path, node.line, sentence))

    def fields(
        self, node: Node | None, path: str, known: tuple[str, ...] | None
    ) -> Mapping[str, Node]:
        """The parts of a mapping; `known` None: any names. Nothing for an empty one."""
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self.complain(
                path, node, "Here names with values are needed, written as “name: value”."
            )
            return {}
        found: dict[str, Node] = {}
        for name, part in node.value.items():
            where = f"{path}.{name}" if path else name
            self.lines[where] = part.line
            if known is None or name in known:
                found[name] = part
            else:
                about = f"“{name[:60]}” is not known here. Known are {', '.join(known)}."
                self.problems.append(Problem(where[:120], part.line, about))
        return found

    def items(self, node: Node, path: str) -> list[Node]:
        """The members of a list."""
        if not isinstance(node.value, list):
            self.complain(path, node, "Here a list is needed.")
            return []
        for index, part in enumerate(node.value):
            self.lines[f"{path}.{index}"] = part.line
        return node.value

    def text(self, node: Node, path: str) -> str:
        if isinstance(node.value, str):
            return node.value
        if isinstance(node.value, list | dict):
            sentence = "Here a text is needed."
        elif node.value is None:
            sentence = "Here a text is needed. An empty one is written ''."
        else:
            sentence = "Here a text is needed. Put it in quotes."
        self.complain(path, node, sentence)
        return ""

    def whole(self, node: Node, path: str) -> int:
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self.complain(path, node, "Here a whole number is needed.")
        return 0

    def between(self, node: Node, path: str, lowest: int, highest: int) -> int:
        found = self.whole(node, path)
        if not lowest <= found <= highest:
            self.complain(path, node, f"It must be a whole number from {lowest} to {highest}.")
        return found

    def number(self, node: Node, path: str) -> float:
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return float(node.value)
        self.complain(path, node, "Here a number is needed.")
        return 0.0

    def yes_or_no(self, node: Node, path: str) -> bool:
        if isinstance(node.value, bool):
            return node.value
        self.complain(path, node, "Here true or false is needed.")
        return False

    def one_of(self, node: Node, path: str, choices: tuple[str, ...]) -> str:
        if isinstance(node.value, str) and node.value in choices:
            return node.value
        self.complain(path, node, f"It is one of {', '.join(choices)}.")
        return choices[0]

    def texts(self, node: Node, path: str) -> tuple[str, ...]:
        parts = enumerate(self.items(node, path))
        return tuple(self.text(part, f"{path}.{index}") for index, part in parts)

    def wholes(self, node: Node, path: str) -> tuple[int, ...]:
        parts = enumerate(self.items(node, path))
        return tuple(self.whole(part, f"{path}.{index}") for index, part in parts)

    def translations(self, node: Node, path: str) -> dict[str, dict[str, str]]:
        return {
            locale: {
                name: self.text(part, f"{path}.{locale}.{name}")
                for name, part in self.fields(texts, f"{path}.{locale}", None).items()
            }
            for locale, texts in self.fields(node, path, None).items()
        }

    def variants(
        self, node: Node, path: str, make: type[Words] | type[Line] | type[GateVariant]
    ) -> tuple[Any, ...]:
        called = "An arm" if make is GateVariant else "A variant"
        found: list[Words | Line | GateVariant] = []
        for index, part in enumerate(self.items(node, path)):
            where = f"{path}.{index}"
            given = self.values_of(part, where, make)
            if "key" not in given:
                self.complain(f"{where}.key", part, f"{called} needs a key, like a or b.")
            found.append(make(**{"key": "", **given}))
        return tuple(found)

    def values_of(self, node: Node, path: str, make: type[Any]) -> dict[str, Any]:
        """The given fields of a dataclass, each of the kind that its annotation asks for."""
        hints = get_type_hints(make)
        known = tuple(entry.name for entry in fields(make))
        return {
            name: self.value(part, f"{path}.{name}", hints[name])
            for name, part in self.fields(node, path, known).items()
        }

    def value(self, node: Node, path: str, hint: Any) -> Any:
        if hint in (tuple[Words, ...], tuple[Line, ...], tuple[GateVariant, ...]):
            return self.variants(node, path, hint.__args__[0])
        return _READ[hint](self, node, path)


_READ: Mapping[Any, Any] = {
    str: Reader.text,
    int: Reader.whole,
    float: Reader.number,
    bool: Reader.yes_or_no,
    tuple[str, ...]: Reader.texts,
    tuple[int, ...]: Reader.wholes,
    dict[str, dict[str, str]]: Reader.translations,
}
