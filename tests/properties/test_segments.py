"""A segment says the same of a device whether it is asked in Python or in PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from campaigns.domain.segment_sql import where
from campaigns.domain.segments import matches, parse
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.edits import Invalid
from permissions_app.domain.facets import Facet, facet
from permissions_app.domain.fold import fold
from permissions_app.selectors import raw
from permissions_app.services.facets import keep, stored
from tests.properties.histories import START, deliveries
from tests.properties.segment_documents import TODAY, documents, facets

APP = 1
IN_SEGMENT = "SELECT device_id FROM permissions_app_facet AS f WHERE app_id = %s AND "
RELAXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def both_agree(document: dict[str, Any], devices: list[Facet], today: int) -> set[int]:
    """Write the devices, ask both, and return who is in the segment."""
    raw.execute("DELETE FROM permissions_app_facet")
    rows = dict(enumerate(devices))
    keep(app_id=APP, found=list(rows.items()))
    assert stored(app_id=APP, devices=list(rows)) == rows
    node = parse(document)
    found = where(node=node, today=today)
    asked = raw.execute(IN_SEGMENT + found.text, (APP, *found.parameters)).fetchall()
    in_database = {pk for (pk,) in asked}
    in_python = {pk for pk, it in rows.items() if matches(node=node, facet=it, today=today)}
    assert in_database == in_python
    return in_python


@pytest.mark.django_db
@settings(max_examples=400, deadline=None, suppress_health_check=RELAXED)
@given(document=documents, devices=st.lists(facets(), min_size=1, max_size=8))
def test_segment__any_devices_and_conditions__python_and_database_agree(
    db: None, document: dict[str, Any], devices: list[Facet]
) -> None:
    try:
        parse(document)
    except Invalid:
        assume(False)  # nested deeper than a segment may be
    both_agree(document, devices, TODAY)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=RELAXED)
@given(
    document=documents,
    histories=st.lists(deliveries(15), min_size=1, max_size=4),
    today=st.integers(START // 86_400_000, START // 86_400_000 + 60),
)
def test_segment__any_histories__python_and_database_agree(
    db: None, document: dict[str, Any], histories: list[Any], today: int
) -> None:
    found = [facet(fold(facts=DeviceFacts(), events=events)) for events, _ in histories]
    try:
        parse(document)
    except Invalid:
        assume(False)
    both_agree(document, [it for it in found if it is not None], today)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=RELAXED)
@given(devices=st.lists(facets(), min_size=1, max_size=20), document=documents)
def test_segment__and_its_opposite__share_everybody_out(
    db: None, devices: list[Facet], document: dict[str, Any]
) -> None:
    try:
        parse({"not": document})
    except Invalid:
        assume(False)
    here = both_agree(document, devices, TODAY)
    rest = both_agree({"not": document}, devices, TODAY)
    assert here | rest == set(range(len(devices)))
    assert not here & rest
