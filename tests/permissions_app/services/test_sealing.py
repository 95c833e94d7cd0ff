"""Secrets that must be read again: closed to whoever has the database alone."""

from __future__ import annotations

from pytest_django import Settings

from permissions_app.services.sealing import seal, unseal


def test_seal__secret__comes_back_and_is_not_in_what_is_stored() -> None:
    sealed = seal("whsec_x", purpose="tests")
    assert "whsec_x" not in sealed
    assert seal("whsec_x", purpose="tests") != sealed, "twice the same secret looks different"
    assert unseal(sealed, purpose="tests") == "whsec_x"


def test_unseal__other_purpose_other_key_or_changed__none(settings: Settings) -> None:
    sealed = seal("whsec_x", purpose="tests")
    assert unseal(sealed, purpose="others") is None
    assert unseal(sealed[:-2] + "A=", purpose="tests") is None
    assert unseal("nonsense", purpose="tests") is None
    assert unseal("", purpose="tests") is None
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another key that protects nothing but tests"
    assert unseal(sealed, purpose="tests") is None
    settings.SECRET_KEY_FALLBACKS = [before]
    assert unseal(sealed, purpose="tests") == "whsec_x"
