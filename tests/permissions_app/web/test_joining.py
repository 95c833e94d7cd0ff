"""Inviting people into a workspace, and how they come in."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from permissions_app.models import AuditEntry, Membership, Role, User
from tests.factories import Cast, client_of, make_cast

pytestmark = pytest.mark.django_db
INVITE = "/workspaces/acme/invite/"
NINA = {"email": "Nina@Example.com", "name": "Nina", "role": "reviewer"}


@pytest.fixture
def cast() -> Cast:
    """Everybody."""
    return make_cast()


def link_in(response) -> str:
    found = re.search(r'<code id="join-link">(.*?)</code>', response.content.decode())
    assert found, response.content.decode()
    return html.unescape(found[1]).removeprefix("http://testserver")


def test_invite__somebody_new__chooses_a_password_by_the_link_and_is_in(cast: Cast) -> None:
    link = link_in(client_of(cast.alice).post(INVITE, NINA))
    nina = Client()
    form = nina.get(link, follow=True)
    assert "Choose a password" in form.content.decode()
    where = form.redirect_chain[-1][0]
    words = {"password1": "a long pass phrase", "password2": "a long pass phrase"}
    nina.post(where, words)
    assert nina.get("/w/acme/shop/").status_code == 200
    member = Membership.objects.get(user__email="nina@example.com")
    assert (member.role, member.user.first_name) == (Role.REVIEWER, "Nina")
    assert AuditEntry.objects.get(action="member.added").subject == "nina@example.com"


def test_link__used__works_no_more(cast: Cast) -> None:
    link = link_in(client_of(cast.alice).post(INVITE, NINA))
    User.objects.get(email="nina@example.com").set_password("never mind")
    nina = User.objects.get(email="nina@example.com")
    nina.set_password("chosen by somebody")
    nina.save()
    told = Client().get(link, follow=True).content.decode()
    assert "This link no longer works" in told
    assert 'name="password1"' not in told


def test_invite__has_an_account_elsewhere__member_without_a_link(cast: Cast) -> None:
    mallory = cast.mallory
    mallory.set_password("an account of her own")
    mallory.save()
    told = client_of(cast.alice).post(INVITE, {**NINA, "email": mallory.email}, follow=True)
    assert "join-link" not in told.content.decode()
    assert Membership.objects.filter(user=mallory, workspace__slug="acme").exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"email": "nobody"}, "Write an address like rita@example.com."),
        ({"email": ""}, "Write an address like rita@example.com."),
        ({"role": "emperor"}, "Choose what they may do."),
        ({"name": "n" * 81}, "A name has at most 80 characters."),
        ({"name": "a\x00b"}, "A name has at most 80 characters."),
    ],
)
def test_invite__bad_input__sentence_beside_what_was_typed(
    cast: Cast, changed: dict[str, str], sentence: str
) -> None:
    told = client_of(cast.alice).post(INVITE, NINA | changed)
    assert told.status_code == 422
    assert sentence in told.content.decode()
    assert not User.objects.filter(first_name="Nina").exists()


def test_invite__member_already__sentence(cast: Cast) -> None:
    told = client_of(cast.alice).post(INVITE, {**NINA, "email": cast.bob.email})
    assert "is a member already" in told.content.decode()


def test_new_link__only_for_who_has_no_password(cast: Cast) -> None:
    alice = client_of(cast.alice)
    first = link_in(alice.post(INVITE, NINA))
    nina = Membership.objects.get(user__email="nina@example.com")
    again = link_in(alice.post(f"/workspaces/acme/members/{nina.pk}/link/"))
    assert again.startswith("/accounts/password/reset/key/")
    assert Client().get(first, follow=True).status_code == 200
    nina.user.set_password("chosen by herself")
    nina.user.save()
    assert alice.post(f"/workspaces/acme/members/{nina.pk}/link/").status_code == 404


def test_invite__weaker_than_owner_403_outsider_404_wrong_method_405(cast: Cast) -> None:
    for person in (cast.bob, cast.rita, cast.carol):
        assert client_of(person).post(INVITE, NINA).status_code == 403
    assert client_of(cast.mallory).post(INVITE, NINA).status_code == 404
    assert client_of(cast.alice).get(INVITE).status_code == 405
    assert client_of(None).post(INVITE, NINA).status_code == 302
    assert not User.objects.filter(first_name="Nina").exists()
