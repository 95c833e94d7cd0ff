"""Pictures of soft asks: taking one in, and handing them out to anybody who shows a soft ask."""

import re
from functools import lru_cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.drafts import ILLUSTRATIONS
from campaigns.models import Image
from campaigns.selectors.images import image_data
from campaigns.services.images import check_size, store_image
from campaigns.web.loading import load_campaign
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


@require_POST
@signed_in
def campaign_image(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Store the picture in the field `image`; answers the choice to put among the others."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    load_campaign(access, pk)
    try:
        image = uploaded(request, access, "image")
    except Invalid as invalid:
        return HttpResponse(str(invalid), status=422, content_type="text/plain; charset=utf-8")
    tile = {"value": f"image:{image.digest}", "label": "Uploaded picture"}
    context = {"tile": tile, "name": request.POST.get("field", "")[:40], "chosen": True}
    return render(request, "campaigns/editor/_tile.html", context, status=201)


def uploaded(request: PersonRequest, access: AppAccess, field: str) -> Image:
    """The picture of a file field, stored. Raises Invalid."""
    file = request.FILES.get(field)
    if file is None:
        check_size(0)
    assert file is not None
    check_size(file.size)
    return store_image(app=access.app, data=file.read(), actor=request.user)


@require_safe
def builtin_picture(request: HttpRequest, name: str) -> HttpResponse:
    """One of the built-in set."""
    if name not in ILLUSTRATIONS:
        raise Http404("no such picture")
    return _picture(_builtin(name), "image/svg+xml", A_DAY)


@require_safe
def uploaded_picture(request: HttpRequest, digest: str) -> HttpResponse:
    """An uploaded picture by its digest, which nobody can guess and which never changes."""
    data = image_data(digest=digest) if _DIGEST.match(digest) else None
    if data is None:
        raise Http404("no such picture")
    return _picture(data, "image/webp", FOR_EVER)


def _picture(data: bytes, content_type: str, keep: str) -> HttpResponse:
    """Shown in apps and on sites of other origins, so anybody may read it."""
    answer = HttpResponse(data, content_type=content_type)
    answer["Cache-Control"] = keep
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@lru_cache(maxsize=len(ILLUSTRATIONS))
def _builtin(name: str) -> bytes:
    return (settings.BASE_DIR / "static" / "img" / "illustrations" / f"{name}.svg").read_bytes()
