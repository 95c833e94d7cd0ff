"""The two books side by side, over the services themselves."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from campaigns.simulator.check import compared_measures
from permissions_app.models import Rollup

pytestmark = pytest.mark.django_db

BY_OTHER_MEANS = {
    *("devices", "on_by_default", "eligible", "authorized", "denied", "waiting", "answered"),
    *("reached", "soft_ask_shown", "soft_ask_accepted", "prompted", "granted", "denial"),
}
"""Compared as the overview page shows them."""


def simulate() -> str:
    out = StringIO()
    call_command(
        "simulate",
        stdout=out,
        host="",
        workers=0,
        fold=True,
        check=True,
        devices=300,
        seed=21,
        days=200,
        late=0.4,
        duplicates=0.3,
    )
    return out.getvalue()


def test_check__late_and_doubled_batches__agrees_to_the_unit() -> None:
    assert "numbers agree with the truth to the unit" in simulate()


def test_check__leaves_out_no_measure_that_the_rollups_have() -> None:
    simulate()
    kept = set(Rollup.objects.filter(n__gt=0).values_list("measure", flat=True).distinct())
    assert kept - compared_measures() - BY_OTHER_MEANS == set()
