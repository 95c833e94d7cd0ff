"""Who a campaign is for, when it runs, and in which language it speaks.

An audience is a few plain facts of the device: its platform, the language it is set to, the country,
how new the app on it is, and the segment that the team chose. What a device never told does not match
a team that asked for it: a campaign for Germany is not shown where the country is unknown. A schedule
has open ends unless the team set them. Neither changes what a campaign means, only whom it reaches.
"""

from collections.abc import Mapping
from functools import lru_cache

from campaigns.domain.answer import Refusal
from campaigns.domain.ruleset import Arm, Campaign
from campaigns.domain.segments import Chosen, matches
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.facets import facet


def audience_refusal(*, campaign: Campaign, facts: DeviceFacts, now: int) -> Refusal | None:
    """Why the campaign is not for this device now (ms), or None."""
    if campaign.platforms and facts.platform not in campaign.platforms:
        return ("audience_mismatch", None)
    if campaign.languages and not _speaks(facts.locale, campaign.languages):
        return ("audience_mismatch", None)
    if campaign.countries and _country(facts) not in campaign.countries:
        return ("audience_mismatch", None)
    if campaign.app_version_from and not _new_enough(facts.app_version, campaign.app_version_from):
        return ("audience_mismatch", None)
    if campaign.segment is not None and not _in_segment(campaign.segment, facts, now):
        return ("audience_mismatch", None)
    if campaign.starts_at is not None and now < campaign.starts_at:
        return ("outside_schedule", campaign.starts_at)
    if campaign.ends_at is not None and now >= campaign.ends_at:
        return ("outside_schedule", None)
    return None


def words_for(*, arm: Arm, locale: str | None) -> Mapping[str, str]:
    """The texts of an arm in the device's language: exact, else the language without its region,
    else the arm's own. A translation that lacks a text is filled up from the arm's own.
    """
    if not arm.translations or not locale:
        return arm.copy
    for name in fallbacks(locale):
        told = arm.translations.get(name)
        if told is not None:
            return {**arm.copy, **{field: text for field, text in told.items() if text}}
    return arm.copy


@lru_cache(maxsize=4096)
def fallbacks(locale: str) -> tuple[str, ...]:
    """Where the words of a locale are looked for: `zh_Hant_TW` -> zh-Hant-TW, zh-Hant, zh."""
    parts = locale.replace("_", "-").split(".")[0].split("-")[:4]
    tidy = [part.title() if len(part) == 4 else part.upper() for part in parts[1:]]
    whole = [parts[0].lower(), *tidy]
    return tuple("-".join(whole[:length]) for length in range(len(whole), 0, -1))


def _speaks(locale: str | None, languages: frozenset[str]) -> bool:
    return locale is not None and any(name in languages for name in fallbacks(locale))


def _country(facts: DeviceFacts) -> str | None:
    """What the app said, else the region of the language."""
    if facts.country:
        return facts.country.upper()
    parts = (facts.locale or "").replace("_", "-").split("-")
    return next((part.upper() for part in parts[1:] if len(part) == 2), None)


def _in_segment(segment: Chosen, facts: DeviceFacts, now: int) -> bool:
    """Whether what is known of the device puts it there today. A device that told nothing is nowhere."""
    known = facet(facts)
    return known is not None and matches(node=segment.node, facet=known, today=now // DAY_MS)


def _new_enough(version: str | None, wanted: str) -> bool:
    return version is not None and _numbers(version) >= _numbers(wanted)


@lru_cache(maxsize=4096)
def _numbers(version: str) -> tuple[int, ...]:
    """4.10.2-beta -> (4, 10, 2): what is no number ends it."""
    found = []
    for part in version.split("-", maxsplit=1)[0].split("+", maxsplit=1)[0].split("."):
        if not (part.isascii() and part.isdigit() and len(part) < 12):
            break
        found.append(int(part))
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)
