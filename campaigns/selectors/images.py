"""Pictures that were uploaded: their bytes by address, and what an app has to choose from."""

from campaigns.domain.drafts import Draft, Words, variants_of
from campaigns.models import Image
from permissions_app.domain.edits import Invalid

UPLOADED = "image:"
"""How a variant names an uploaded picture: this, and the digest."""


def image_data(*, digest: str) -> bytes | None:
    """The picture of this address, of whichever app: equal pictures are equal bytes."""
    row = Image.objects.filter(digest=digest).values_list("data", flat=True).first()
    return None if row is None else bytes(row)


def newest_images(*, app_id: int, limit: int = 8) -> tuple[str, ...]:
    """The digests of the latest uploads of an app."""
    rows = Image.objects.filter(app_id=app_id).order_by("-created_at", "-pk")
    return tuple(rows.values_list("digest", flat=True)[:limit])


def check_images(*, app_id: int, draft: Draft) -> None:
    """Raise Invalid when a variant shows a picture that this app does not have."""
    wanted = {
        index: variant.illustration.removeprefix(UPLOADED)
        for index, variant in enumerate(variants_of(draft))
        if isinstance(variant, Words) and variant.illustration.startswith(UPLOADED)
    }
    if not wanted:
        return
    rows = Image.objects.filter(app_id=app_id, digest__in=set(wanted.values()))
    here = set(rows.values_list("digest", flat=True))
    missing = [index for index, digest in wanted.items() if digest not in here]
    if missing:
        sentence = "This picture is not here any more. Choose or upload another."
        raise Invalid({f"variants.{index}.illustration": sentence for index in missing})
