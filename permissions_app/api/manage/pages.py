"""Lists of the management API: one shape, `{next, previous, results}`, a page at a time.

`next` and `previous` are whole addresses, or null at the ends: a client follows them and need not know
what a cursor holds. `?limit=` sets how many a page has.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.domain.edits import Invalid

A_PAGE = 50
MOST_A_PAGE = 200
CURSOR = "cursor"
LIMIT = "limit"
_LONGEST_CURSOR = 400

Row = TypeVar("Row")


class Pages(CursorPagination):
    """Rows of a query, oldest first. Rows that are added while somebody reads are met at the end."""

    page_size = A_PAGE
    max_page_size = MOST_A_PAGE
    ordering = "id"
    cursor_query_param = CURSOR
    page_size_query_param = LIMIT

    def get_page_size(self, request: Request) -> int:
        """The limit asked for. Raises Invalid unless it is a number between 1 and the most."""
        return limit_of(request, most=self.max_page_size)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor of the address. Raises Invalid where it is not one that we gave."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _foreign_cursor() from None
        # Every list is ordered by id, so a position is a number.
        if cursor is not None and cursor.position is not None:
            _ = whole_number(str(cursor.position))
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters, for the description of the API."""
        return [
            {
                "name": CURSOR,
                "in": "query",
                "required": False,
                "description": "Where a page begins; it comes with `next` and `previous`.",
                "schema": {"type": "string", "maxLength": _LONGEST_CURSOR},
            },
            {
                "name": LIMIT,
                "in": "query",
                "required": False,
                "description": "How many a page has at most.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                },
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape of a page."""
        address = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**address, "description": "The address of the next page."},
                "previous": {**address, "description": "The address of the page before."},
                "results": schema,
            },
        }


class NewestFirst(Pages):
    """Rows of a query, newest first."""

    ordering = "-id"


class ForwardPages(Pages):
    """Rows that a selector reads from a key onwards; `previous` is always null."""

    def read(
        self,
        request: Request,
        *,
        fetch: Callable[[str, int], Sequence[Row]],
        key: Callable[[Row], object],
        told: Callable[[Row], Any],
    ) -> Response:
        """One page. `fetch(after, n)` gives the first n rows after a key ("" at the start)."""
        limit = self.get_page_size(request)
        sent = request.query_params.get(CURSOR, "")
        rows = fetch(_text_in(sent) if sent else "", limit + 1)
        here, following = rows[:limit], None
        if len(rows) > limit:
            query = dict(request.query_params.items()) | {CURSOR: _cursor_of(str(key(here[-1])))}
            following = request.build_absolute_uri(f"{request.path}?{urlencode(query)}")
        results = [told(row) for row in here]
        return Response({"next": following, "previous": None, "results": results})


def limit_of(request: Request, *, most: int = MOST_A_PAGE, default: int = A_PAGE) -> int:
    """How many rows a page is to have. Raises Invalid outside 1 to `most`."""
    text = request.query_params.get(LIMIT)
    if text is None:
        return default
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= most:
        return int(text)
    raise Invalid({LIMIT: f"A limit is a number between 1 and {most}."})


def whole_number(position: str) -> int:
    """The id in a cursor. Raises Invalid for anything else."""
    if not (position.isascii() and position.isdecimal() and len(position) < 19):
        raise _foreign_cursor()
    return int(position)


def _cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _text_in(cursor: str) -> str:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        text = raw.decode()
    except (binascii.Error, ValueError):
        raise _foreign_cursor() from None
    if "\0" in text or len(cursor) > _LONGEST_CURSOR:
        raise _foreign_cursor()
    return text


def _foreign_cursor() -> Invalid:
    return Invalid({CURSOR: "This is no cursor of ours; take the one of next or previous."})
