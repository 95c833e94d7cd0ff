"""The short names of campaigns in set-up files."""

import pytest

from campaigns.domain.slugs import LONGEST_SLUG, SLUG, free_slug, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Shipping news", "shipping_news"),
        ("  Café, fermé!  ", "cafe_ferme"),
        ("Order placed, in Settings", "order_placed_in_settings"),
        ("注文", ""),
        ("<script>alert(1)</script>", "script_alert_1_script"),
        ("=SUM(A1)", "sum_a1"),
    ],
)
def test_slug__of_a_name__latin_letters_and_digits(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_slug__long_name__cut() -> None:
    name = "ab " * 60
    assert len(slug_of(name)) <= LONGEST_SLUG
    assert SLUG.match(slug_of(name))


def test_free_slug__taken__numbered_and_never_too_long() -> None:
    taken: set[str] = set()
    for _ in range(12):
        found = free_slug(name="x" * 80, kind="soft_ask", taken=taken)
        assert found not in taken
        assert SLUG.match(found)
        taken.add(found)
    assert free_slug(name="注文", kind="redirect", taken=set()) == "redirect"
    assert free_slug(name="注文", kind="redirect", taken={"redirect"}) == "redirect_2"
