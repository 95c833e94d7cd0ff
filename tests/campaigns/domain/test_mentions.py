"""Who is meant by a name after an @."""

from __future__ import annotations

import pytest

from campaigns.domain.mentions import Member, mentions_in

RITA = Member(1, "rita@example.com", "Margarita")
BOB = Member(2, "bob@example.com", "Bob")
BOB_TOO = Member(3, "b.smith@example.com", "Bob")
SAM = Member(4, "sam.a@example.com", "Sam")
SAM_TOO = Member(5, "sam.b@example.com", "Sam")
ALL = (RITA, BOB, BOB_TOO, SAM, SAM_TOO)


@pytest.mark.parametrize(
    ("text", "found", "unknown", "ambiguous"),
    [
        ("@rita please look", [1], [], []),
        ("(@Margarita)", [1], [], []),
        ("@bob: the address goes before the first name", [2], [], []),
        ("@Sam could be two people", [], [], ["sam"]),
        ("@sam.b.", [5], [], []),
        ("@nobody", [], ["nobody"], []),
        ("write to rita@example.com", [], [], []),
        ("@rita @RITA @margarita", [1], [], []),
        ("@b.smith and @rita", [3, 1], [], []),
        ("a lonely @ and @@rita", [], [], []),
    ],
)
def test_mentions_in__text__exactly_who_is_meant(
    text: str, found: list[int], unknown: list[str], ambiguous: list[str]
) -> None:
    told = mentions_in(text=text, members=ALL)
    assert [one.id for one in told.found] == found
    assert (list(told.unknown), list(told.ambiguous)) == (unknown, ambiguous)
