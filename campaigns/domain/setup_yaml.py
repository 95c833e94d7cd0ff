"""The small part of YAML that set-up files are written in, with the line of everything.

YAML can do far more than anybody wants in a file that strangers upload: objects of the programming
language, references that multiply a short text into gigabytes, and words that silently turn into
something else (the country `NO` into "false"). So a set-up file is plain: mappings, lists, texts,
numbers, true and false. References, tags and deep nesting are refused before anything is built, and a
word is a text unless it is plainly a number or true or false. What is written here is quoted so that
every other YAML reader understands the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

LARGEST = 1_000_000
"""Bytes of a file."""
DEEPEST = 20
"""Levels of a file; the deepest segment needs 17."""
MOST_NODES = 100_000
MOST_PROBLEMS = 50
Scalar = str | int | float | bool | None
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,24}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?\Z")
_ODD_BREAK = re.compile("[\r\x85\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong in a file. `where`: the path of it, '' for the whole file. `line`:
    counted from 1; 0 when no line can be named.
    """

    where: str
    line: int
    sentence: str


class Unreadable(ValueError):
    """The file cannot be used. `problems`: everything that is wrong with it, in its own order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.sentence for problem in problems[:MOST_PROBLEMS]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Tree:
    """A text that was read. `twice`: names that stand twice; the first of each is in the tree."""

    root: "Node"
    twice: tuple[Problem, ...]


@dataclass(slots=True)
class Node:
    """A value and the line where it stands (in a mapping: the line of its name)."""

    line: int
    value: "Scalar | list[Node] | dict[str, Node]"

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def decode(raw: bytes) -> str:
    """The text of an uploaded file. Raises Unreadable for what is too large or no text."""
    if len(raw) > LARGEST:
        raise Unreadable([Problem("", 0, "The file is larger than 1 MB.")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable([Problem("", 0, "This is not a text file in UTF-8.")]) from None


def read_yaml(text: str) -> Tree:
    """The tree of a text. Raises Unreadable for what is no tree."""
    if len(text) > LARGEST or len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise Unreadable([Problem("", 0, "The file is larger than 1 MB.")])
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.YAMLError as error:
        raise Unreadable([_syntax(error)]) from None
    except UnicodeError:
        raise Unreadable([Problem("", 0, "The file has characters that are none.")]) from None
    if builder.root is None:
        raise Unreadable([Problem("", 0, "The file is empty.")])
    return Tree(builder.root, tuple(builder.twice))


def write_yaml(content: dict[str, Any]) -> str:
    """A document in block style, names in the given order, one line a short text."""
    written: str = yaml.dump(
        content,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=10**9,
    )
    return written


def scalar_of(text: str) -> Scalar:
    """What an unquoted word means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        number = float(text)
        return number if abs(number) != float("inf") else text
    return text


class _Builder:
    """Makes a tree of the events of a parser, without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.twice: list[Problem] = []
        self._open: list[Node] = []
        self._paths: list[str] = []
        self._names: list[tuple[str, int] | None] = []
        self._count = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise Unreadable([Problem("", line, "There is a second document in the file.")])
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._open.pop()
            self._paths.pop()
            self._names.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._refuse(event, line)
            self._add(event, line)

    def _refuse(self, event: Any, line: int) -> None:
        """What no set-up file needs: refused at once, before it can do any harm."""
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise Unreadable(
                [Problem("", line, "References (“&” and “*”) are not read. Write it out in full.")]
            )
        if event.tag:
            raise Unreadable(
                [Problem("", line, f"Tags like “{str(event.tag)[:40]}” are not read.")]
            )
        self._count += 1
        if self._count > MOST_NODES:
            raise Unreadable([Problem("", line, "There are too many entries in the file.")])
        if len(self._open) >= DEEPEST and not isinstance(event, yaml.ScalarEvent):
            raise Unreadable([Problem("", line, f"It is nested more than {DEEPEST} levels deep.")])

    def _add(self, event: Any, line: int) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and self._names[-1] is None:
            self._name(event, parent.value, line)
            return
        node, name = self._node(event, line), ""
        if parent is None:
            self.root = node
        elif isinstance(parent.value, list):
            name = str(len(parent.value))
            parent.value.append(node)
        elif isinstance(parent.value, dict):
            name, node.line = self._names[-1] or ("", line)
            self._names[-1] = None
            parent.value.setdefault(name, node)
        if isinstance(node.value, list | dict):
            self._paths.append(self._path(name))
            self._open.append(node)
            self._names.append(None)

    def _name(self, event: Any, names: dict[str, Node], line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise Unreadable([Problem("", line, "A name must be a single word or text.")])
        if event.value in names:
            first = names[event.value].line
            sentence = f"“{event.value[:60]}” stands here twice, first in line {first}."
            self.twice.append(Problem(self._path(event.value[:60])[:120], line, sentence))
        self._names[-1] = (event.value, line)

    def _path(self, name: str) -> str:
        """Where a name of what is open now stands."""
        around = self._paths[-1] if self._paths else ""
        return f"{around}.{name}" if around else name

    def _node(self, event: Any, line: int) -> Node:
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(line, [])
        if isinstance(event, yaml.MappingStartEvent):
            return Node(line, {})
        return Node(line, event.value if event.style else scalar_of(event.value))


class _Dumper(yaml.SafeDumper):
    """Writes texts so that this reader and any other read the same again."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style: str | None = None
    if _ODD_BREAK.search(text):
        style = '"'
    elif "\n" in text:
        style = '"' if text[0].isspace() else "|"
    elif scalar_of(text) is not text:
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _events(text: str) -> Iterator[Any]:
    return yaml.parse(text, Loader=_LOADER)


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    said = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "it is unclear")
    line = mark.line + 1 if mark is not None else 0
    return Problem("", line, f"This is not YAML: {said[:120]}.")
