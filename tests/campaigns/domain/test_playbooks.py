"""The playbooks hold themselves to every rule that teams are held to."""

import pytest

from campaigns.domain.copy import fill
from campaigns.domain.copy_lint import Finding, lint
from campaigns.domain.drafts import LENGTHS, check_storable, unfinished
from campaigns.domain.playbooks import PLAYBOOKS, Playbook, PlaybookMoment, variant_copy
from campaigns.domain.ruleset import Arm, Moment, RedirectRule, Ruleset, SoftAsk, check
from permissions_app.domain.moments import looks_like_opening, matches

MOMENTS = [(book, moment) for book in PLAYBOOKS.values() for moment in book.moments]
each_moment = pytest.mark.parametrize(
    ("book", "moment"), MOMENTS, ids=[moment.key for _, moment in MOMENTS]
)


def texts(moment: PlaybookMoment) -> list[dict[str, str]]:
    return [*map(variant_copy, moment.variants), moment.redirect.copy()]


def grave(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(found.rule, found.field) for found in findings if found.severity != "note"]


def test_playbooks__seven_trades__two_to_four_moments_each():
    assert list(PLAYBOOKS) == [
        "delivery",
        "shopping",
        "media",
        "productivity",
        "health",
        "finance",
        "travel",
    ]
    for book in PLAYBOOKS.values():
        assert 2 <= len(book.moments) <= 4
        assert all(len(moment.variants) == 2 for moment in book.moments)


def test_playbooks__keys_and_events__unique():
    keys = [moment.key for _, moment in MOMENTS]
    assert len(set(keys)) == len(keys)
    events = [(moment.event_name, moment.conditions) for _, moment in MOMENTS]
    assert len(set(events)) == len(events)
    titles = [words.title for _, moment in MOMENTS for words in moment.variants]
    assert len(set(titles)) == len(titles)


@each_moment
def test_playbook_moment__linted__no_blocking_and_no_warning(book: Playbook, moment):
    for words in moment.variants:
        copy = variant_copy(words)
        assert not grave(
            lint(copy=copy, kind="soft_ask", surface=words.surface, moment=moment.words)
        )
    redirect = moment.redirect
    findings = lint(
        copy=redirect.copy(), kind="redirect", surface=redirect.surface, moment=moment.words
    )
    assert findings == ()


@each_moment
def test_playbook_moment__as_drafts__may_be_stored(book: Playbook, moment):
    for draft in (
        moment.soft_ask_draft(moment=moment.key),
        moment.redirect_draft(moment=moment.key),
    ):
        check_storable(draft)
        assert unfinished(draft, opening=False) == {}
    for copy in texts(moment):
        for field, text in copy.items():
            assert 0 < len(text) <= LENGTHS[field]


@each_moment
def test_playbook_moment__without_values__still_reads(book: Playbook, moment):
    for copy in texts(moment):
        for text in copy.values():
            bare = fill(text, {})
            assert bare[0].isalpha()
            assert bare[0].isupper()
            assert "  " not in bare


@each_moment
def test_playbook_moment__as_a_moment__is_no_opening(book: Playbook, moment):
    assert not looks_like_opening(moment.name)
    assert not looks_like_opening(moment.event_name)
    assert all(condition.property in moment.properties for condition in moment.conditions)
    assert moment.why.endswith(".")


@pytest.mark.parametrize("book", PLAYBOOKS.values(), ids=list(PLAYBOOKS))
def test_playbook__as_a_ruleset__may_go_live(book: Playbook):
    check(
        ruleset=Ruleset(
            app_id=1,
            version=1,
            moments={moment.key: Moment(moment.key) for moment in book.moments},
            soft_asks={
                moment.key: (
                    SoftAsk(
                        id=number,
                        revision=1,
                        moment=moment.key,
                        arms=tuple(
                            Arm(words.key, words.weight, variant_copy(words))
                            for words in moment.variants
                        ),
                        seed="s",
                    ),
                )
                for number, moment in enumerate(book.moments, start=1)
            },
            redirects={
                moment.key: (
                    RedirectRule(
                        id=number,
                        revision=1,
                        moment=moment.key,
                        arms=(Arm("a", 1.0, moment.redirect.copy()),),
                        seed="s",
                    ),
                )
                for number, moment in enumerate(book.moments, start=1)
            },
        )
    )


def test_playbook_conditions__left_out_cases__do_not_match():
    shipped = PLAYBOOKS["shopping"].moment("order_completed").conditions
    assert matches(shipped, {"shipping": "post"})
    assert not matches(shipped, {"shipping": "pickup"})
    timer = PLAYBOOKS["productivity"].moment("timer_started").conditions
    assert matches(timer, {"minutes": 5})
    assert not matches(timer, {"minutes": 4})


def test_playbook__unknown_moment__is_a_key_error():
    with pytest.raises(KeyError):
        PLAYBOOKS["media"].moment("order_placed")
