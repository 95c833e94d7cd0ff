"""Taking in a picture: checked by what it is, drawn anew, and stored without anything hidden in it.

An upload comes from the open internet. Its name and its declared type say nothing, so the first
bytes are looked at; its size is read from the header before a single pixel is decoded, so that a
small file cannot unfold into gigabytes. What is stored is a new picture drawn from the pixels: no
place where it was taken, no comment, no second frame.
"""

import hashlib
import io

from django.db import transaction
from PIL import Image as Picture
from PIL import ImageOps

from campaigns.models import Image
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, User
from permissions_app.services import audit

LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 4096
"""Of the width, and of the height."""
STORED_PIXELS = 640
STORED_BYTES = 120_000
MOST_IMAGES = 200
"""Pictures of one app."""
MAGIC = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}
Picture.MAX_IMAGE_PIXELS = MOST_PIXELS * MOST_PIXELS
_STEPS = ((640, 82), (640, 68), (640, 52), (480, 52), (320, 45), (160, 30))
"""How the picture gets smaller until it fits: pixels of the longer side, quality."""
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, ArithmeticError)


def store_image(*, app: App, data: bytes, actor: User | None) -> Image:
    """Store an uploaded picture; the same one twice is one. Raises Invalid with what is wrong."""
    drawn = _drawn(data)
    encoded, width, height = _encoded(drawn)
    digest = hashlib.sha256(encoded).hexdigest()
    with transaction.atomic():
        App.objects.select_for_update().get(pk=app.pk)  # counts and stores one after the other
        known = Image.objects.filter(app=app, digest=digest).first()
        if known is not None:
            return known
        if Image.objects.filter(app=app).count() >= MOST_IMAGES:
            raise _wrong(f"This app has {MOST_IMAGES} pictures, and no more fit. Use one of them.")
        image = Image.objects.create(
            app=app, digest=digest, width=width, height=height, data=encoded
        )
        audit.record(
            workspace=app.workspace,
            app=app,
            actor=actor,
            action="image.uploaded",
            subject=f"{width} × {height}",
            changes={"app": app.slug, "digest": digest, "bytes": len(encoded)},
        )
    return image


def check_size(size: int | None) -> None:
    """Raise Invalid when a file is too large, or empty, to be read at all."""
    if not size:
        raise _wrong("Choose a picture first: the file is empty.")
    if size > LARGEST_FILE:
        megabytes = size / 1024 / 1024
        raise _wrong(f"The picture has {megabytes:.1f} MB; at most 5 MB fit.")


def _drawn(data: bytes) -> Picture.Image:
    """The first frame, upright, in red, green, blue and what is see-through."""
    check_size(len(data))
    kind = _kind(data)
    try:
        with Picture.open(io.BytesIO(data), formats=[kind]) as opened:
            if max(opened.size) > MOST_PIXELS:
                raise _too_many(*opened.size)
            opened.seek(0)
            opened.load()
            upright = _upright(opened)
            see_through = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            return upright.convert("RGBA" if see_through else "RGB")
    except (Picture.DecompressionBombError, Picture.DecompressionBombWarning):
        raise _too_many() from None
    except Invalid:
        raise
    except _UNREADABLE:
        raise _wrong("The picture is damaged or incomplete. Save it again and retry.") from None


def _upright(opened: Picture.Image) -> Picture.Image:
    """The picture as its camera was held; one whose notes cannot be read, as it lies."""
    try:
        return ImageOps.exif_transpose(opened)
    except (SyntaxError, ValueError, KeyError, OSError):
        return opened


def _kind(data: bytes) -> str:
    """What the first bytes say it is."""
    for name, magic in MAGIC.items():
        if data.startswith(magic) and (name != "WEBP" or data[8:12] == b"WEBP"):
            return name
    start = data[:1024].lstrip().lower()
    if b"<svg" in start:
        raise _wrong("SVG pictures are not taken: they can hold programs. Save it as PNG.")
    if start.startswith(b"gif8"):
        raise _wrong("GIF pictures are not taken. Save it as PNG.")
    raise _wrong("This file is not a PNG, JPEG or WebP picture, whatever its name says.")


def _encoded(picture: Picture.Image) -> tuple[bytes, int, int]:
    """The picture as WebP that fits, its width and height."""
    for pixels, quality in _STEPS:
        small = picture.copy()
        small.thumbnail((pixels, pixels), Picture.Resampling.LANCZOS)
        made = io.BytesIO()
        small.save(made, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"", xmp=b"")
        if made.tell() <= STORED_BYTES:
            return made.getvalue(), *small.size
    raise _wrong("The picture stays too large however small it is drawn. Use a simpler one.")


def _too_many(width: int = 0, height: int = 0) -> Invalid:
    has = f"The picture has {width} × {height} pixels" if width else "The picture is far too large"
    return _wrong(f"{has}; at most {MOST_PIXELS} × {MOST_PIXELS} fit.")


def _wrong(sentence: str) -> Invalid:
    return Invalid({"image": sentence})
