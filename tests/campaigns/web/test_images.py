"""Pictures: what is taken, what is refused and why, and how they are handed out."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from campaigns.models import Image
from campaigns.services import images
from campaigns.services.images import store_image
from permissions_app.domain.edits import Invalid
from tests.campaigns.web.conftest import Shop
from tests.campaigns.web.editor_form import editor_form
from tests.factories import client_of

pytestmark = pytest.mark.django_db


def noise(size: tuple[int, int], kind: str = "PNG", **options: object) -> bytes:
    """A picture that cannot be packed well."""
    made = io.BytesIO()
    Picture.effect_noise(size, 120).convert("RGB").save(made, kind, **options)
    return made.getvalue()


def header_only(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9000))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"only words", "not a PNG, JPEG or WebP"),
        (b"  <?xml version='1.0'?><svg/>", "SVG pictures are not taken"),
        (b"GIF89a" + b"\0" * 40, "GIF pictures are not taken"),
        (noise((300, 300))[:5000], "damaged or incomplete"),
        (noise((300, 300), "JPEG")[:9000], "damaged or incomplete"),
        (b"\xff\xd8\xff" + b"\0" * 100, "damaged or incomplete"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (10 << 20), "has 10.0 MB; at most 5 MB"),
        (header_only(4097, 10), "4097 × 10 pixels; at most 4096 × 4096"),
        (header_only(60_000, 60_000), "at most 4096 × 4096"),
    ],
    ids=["empty", "text", "svg", "gif", "png", "jpeg", "jpeg head", "10 MB", "wide", "bomb"],
)
def test_store__refused__one_clear_sentence(shop: Shop, data: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        store_image(app=shop.app, data=data, actor=shop.cast.bob)
    assert says in refused.value.errors["image"]
    assert not Image.objects.exists()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_store__large_picture__small_webp_without_metadata(shop: Shop, kind: str) -> None:
    exif = Picture.Exif()
    exif[0x010E] = "secret place"
    image = store_image(app=shop.app, data=noise((2000, 900), kind, exif=exif), actor=None)
    data = bytes(image.data)
    assert data[8:12] == b"WEBP"
    assert len(data) <= 120_000
    assert max(image.width, image.height) <= 640
    assert b"secret place" not in data
    with Picture.open(io.BytesIO(data)) as stored:
        assert not stored.getexif()


def test_store__see_through_and_turned__stay_so(shop: Shop) -> None:
    made = io.BytesIO()
    Picture.new("RGBA", (30, 20), (0, 0, 0, 0)).save(made, "PNG")
    image = store_image(app=shop.app, data=made.getvalue(), actor=None)
    with Picture.open(io.BytesIO(bytes(image.data))) as stored:
        assert stored.mode == "RGBA"
    exif = Picture.Exif()
    exif[0x0112] = 6  # lies on its side
    turned = store_image(app=shop.app, data=noise((60, 40), "JPEG", exif=exif), actor=None)
    assert (turned.width, turned.height) == (40, 60)


def test_store__moving_picture__its_first_frame(shop: Shop) -> None:
    made = io.BytesIO()
    red, blue = (Picture.new("RGB", (20, 20), colour) for colour in ("red", "blue"))
    red.save(made, "WEBP", save_all=True, append_images=[blue, red], duration=50, lossless=True)
    image = store_image(app=shop.app, data=made.getvalue(), actor=None)
    with Picture.open(io.BytesIO(bytes(image.data))) as stored:
        assert getattr(stored, "n_frames", 1) == 1
        pixel = stored.convert("RGB").getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > 100 > pixel[2]


def test_store__twice__is_one_and_the_app_is_bounded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = noise((50, 50))
    first = store_image(app=shop.app, data=data, actor=None)
    monkeypatch.setattr(images, "MOST_IMAGES", 1)
    assert store_image(app=shop.app, data=data, actor=None) == first
    with pytest.raises(Invalid, match="no more fit"):
        store_image(app=shop.app, data=noise((51, 51)), actor=None)
    store_image(app=shop.cast.mallorys_app, data=data, actor=None)


def test_upload__by_itself__answers_the_choice(shop: Shop) -> None:
    where = f"{shop.at}campaigns/{shop.ask.pk}/image/"
    bob = client_of(shop.cast.bob)
    file = SimpleUploadedFile("no-picture-by-its-name.txt", noise((50, 50)))
    answer = bob.post(where, {"image": file, "field": "v-0-illustration"})
    digest = Image.objects.get().digest
    assert answer.status_code == 201
    assert f'value="image:{digest}"' in answer.content.decode()
    refused = bob.post(where, {"image": SimpleUploadedFile("a.png", b"words"), "field": "x"})
    assert refused.status_code == 422
    assert "whatever its name says" in refused.content.decode()
    assert bob.post(where, {"image": "words"}).status_code == 422
    evil = SimpleUploadedFile("a.png", noise((50, 50)))
    answer = bob.post(where, {"image": evil, "field": '"><script>'})
    assert "<script>" not in answer.content.decode()


def test_pictures__anybody__may_look(shop: Shop) -> None:
    image = store_image(app=shop.app, data=noise((50, 50)), actor=None)
    visitor = client_of(None)
    for address in (f"/i/{image.digest}.webp", "/i/bell.svg"):
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert visitor.post(address).status_code == 405
    kept = visitor.get(f"/i/{image.digest}.webp")["Cache-Control"]
    assert kept == "public, max-age=31536000, immutable"
    assert visitor.get("/i/nothing.svg").status_code == 404


def test_save__picture_of_another_app__refused(shop: Shop) -> None:
    theirs = store_image(app=shop.cast.mallorys_app, data=noise((50, 50)), actor=None)
    form = {**editor_form(shop.ask), "v-0-illustration": f"image:{theirs.digest}"}
    answer = client_of(shop.cast.bob).post(f"{shop.at}soft-asks/{shop.ask.pk}/", form)
    assert answer.status_code == 422
    assert "not here any more" in answer.content.decode()
