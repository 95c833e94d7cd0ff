"""The settings of a campaign below its words, panel by panel."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from campaigns.domain.drafts import Kind
from campaigns.web.draft_form import Values
from campaigns.web.editor_page import Choice, Entry

PLATFORMS = (("ios", "iOS"), ("android", "Android"), ("web", "Web"))
CAUSES = (
    ("refused", "Refused, and the dialog is spent"),
    ("turned_off", "Was on, then turned off in Settings"),
)
TIMEZONES = tuple(sorted(name for name in available_timezones() if "/" in name))
"""Names that a browser offers while one types."""
WHOLE = "numeric"
AUDIENCE = (
    ("languages", "Languages", "Empty for all. Tags with commas: de, pt-BR.", "text"),
    ("countries", "Countries", "Empty for all. Two letters each: DE, US.", "text"),
    ("app_version_from", "App version from", "Empty for every version. Like 4.2.", "text"),
)
EVIDENCE = (
    ("min_sessions", "Minimum sessions", "", WHOLE),
    ("min_times_reached", "Moment reached, times", "", WHOLE),
    ("min_screens", "Minimum screens", "", WHOLE),
)
AFTER_A_NO = (
    ("backoff_days", "Wait after each no, days", "The last one repeats.", "text"),
    ("max_declines", "Stop for good after", "Declines of this soft ask.", WHOLE),
)
PATIENCE = (
    ("min_days_since_denial", "Days since denial", "", WHOLE),
    ("cooldown_days", "Days in between", "", WHOLE),
    ("cap", "Showings per device", "At most, for good.", WHOLE),
)
SCHEDULE = (
    ("starts_at", "Start", "", "datetime-local"),
    ("ends_at", "End", "", "datetime-local"),
    ("timezone", "Time zone", "Like Europe/Berlin.", "timezone"),
)
MEASURING = (
    ("holdout_percent", "Holdout, %", "Devices shown nothing, to compare with.", "decimal"),
    ("priority", "Priority", "The smaller number goes first.", WHOLE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A group of settings. `ticks`: a list of boxes with their label, name and complaint."""

    id: str
    title: str
    note: str
    entries: tuple[Entry, ...] = ()
    ticks: tuple[Choice, ...] = ()
    ticks_name: str = ""
    ticks_label: str = ""
    ticks_error: str = ""
    first_session: bool = False


def panels_of(
    *,
    kind: Kind,
    values: Values,
    errors: Mapping[str, str],
    segments: tuple[tuple[str, str], ...] = (),
    trial: str = "",
) -> tuple[Panel, ...]:
    """The panels of a kind, in the order in which they are thought about. `segments`: key and name. `trial`: gates
    that chance draws instead of the soft ask's own, in words.
    """

    def entries(rows: tuple[tuple[str, str, str, str], ...]) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                name=name,
                label=label,
                value=values.single.get(name, ""),
                help=said,
                kind=input_kind,
                error=errors.get(name, ""),
            )
            for name, label, said, input_kind in rows
        )

    def ticked(name: str, choices: tuple[tuple[str, str], ...]) -> tuple[Choice, ...]:
        chosen = values.several.get(name, ())
        return tuple(
            Choice(value=value, label=label, chosen=value in chosen) for value, label in choices
        )

    audience = Panel(
        id="audience",
        title="Audience",
        note="Who it is for. What a device never told does not match.",
        entries=(*entries(AUDIENCE), _segment_entry(values, errors, segments)),
        ticks=ticked("platforms", PLATFORMS),
        ticks_name="platforms",
        ticks_label="Platforms, none for all",
        ticks_error=errors.get("platforms", ""),
    )
    schedule = Panel(
        id="schedule",
        title="Schedule",
        note="Empty for open ends. It does nothing until it is live.",
        entries=entries(SCHEDULE),
    )
    measuring = Panel(
        id="measuring",
        title="Measuring",
        note="Without a holdout nobody can say that it helped.",
        entries=entries(MEASURING),
    )
    if kind == "redirect":
        denied = Panel(
            id="denied",
            title="Never a nag",
            note="Who said no, and the peace that a no deserves.",
            entries=entries(PATIENCE),
            ticks=ticked("causes", CAUSES),
            ticks_name="causes",
            ticks_label="How they came to be denied, none for both",
            ticks_error=errors.get("causes", ""),
        )
        return (audience, denied, schedule, measuring)
    evidence = Panel(
        id="evidence",
        title="Evidence first",
        note=f"Chance draws other gates in the place of these ({trial}). The timing page has the trial."
        if trial
        else "How much a person must have seen before the question. All of it must hold.",
        entries=entries(EVIDENCE),
        first_session=True,
    )
    after = Panel(
        id="after",
        title="After a no",
        note="The wait grows with each decline.",
        entries=entries(AFTER_A_NO),
    )
    return (audience, evidence, after, schedule, measuring)


def _segment_entry(
    values: Values, errors: Mapping[str, str], segments: tuple[tuple[str, str], ...]
) -> Entry:
    """The choice of a segment; one that is gone stays visible until another is chosen."""
    chosen = values.single.get("segment", "")
    known = {key for key, _ in segments}
    gone = (
        ((chosen, f"{chosen} (not a segment of this app)"),)
        if chosen and chosen not in known
        else ()
    )
    return Entry(
        name="segment",
        label="Segment",
        value=chosen,
        help="Decided anew at each moment, from what is known then.",
        kind="select",
        options=(("", "Everybody"), *segments, *gone),
        error=errors.get("segment", ""),
    )
