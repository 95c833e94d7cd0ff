"""Reading code in languages whose compilers are not at hand: where it breaks their grammar, and the texts in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import tree_sitter_dart
import tree_sitter_kotlin
import tree_sitter_swift
from tree_sitter import Language, Node, Parser, Tree

GRAMMARS = {
    "swift": tree_sitter_swift.language,
    "kotlin": tree_sitter_kotlin.language,
    "dart": tree_sitter_dart.language,
}
TEXTS = {"line_string_literal", "string_literal"}


def breaks(language: str, code: str) -> list[str]:
    """Where the code is not of its language, as `line: text`; empty when all of it is."""
    return [
        f"{node.start_point.row + 1}: {_text(node)[:60]}"
        for node in _nodes(_tree(language, code).root_node)
        if node.is_error or node.is_missing
    ]


def texts(language: str, code: str) -> list[str]:
    """The text literals of the code, without their quotes, in order."""
    return [
        _text(node)[1:-1] for node in _nodes(_tree(language, code).root_node) if node.type in TEXTS
    ]


@cache
def _tree(language: str, code: str) -> Tree:
    return Parser(Language(GRAMMARS[language]())).parse(code.encode())


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
