"""`GET /api/v1/openapi.json`: the management API as it describes itself.

It holds no secrets, so anybody may read it.
"""

import hashlib
from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The description, also for tools in the pages of others."""
    content, tag = _description()
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag",
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type="application/json", headers=headers)


@cache
def _description() -> tuple[bytes, str]:
    """The text and its ETag; made once in each process, since only another version of the product changes it."""
    generator: Any = SchemaGenerator  # it ships no types
    told = generator().get_schema(request=None, public=True)
    content = msgspec.json.encode(told, enc_hook=str)
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
