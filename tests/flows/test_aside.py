"""What is played beside the database is what the services store."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from campaigns.management.commands.simulate import new_app
from campaigns.simulator.crowd import Plan, play_part
from campaigns.simulator.population import profile
from campaigns.simulator.scenario import Effects
from permissions_app.models import Rollup
from permissions_app.services.rollups import fold_queue
from tests.flows.aside import play_aside

SEED, DAYS, PEOPLE = 3, 60, 250
CELL = ("measure", "day", "platform", "key", "arm", "age")


@pytest.mark.django_db(transaction=True)
def test_aside__the_same_people__the_sums_of_the_services() -> None:
    until = int(datetime(2026, 11, 20, 23, 30, tzinfo=UTC).timestamp() * 1000)
    app, _ = new_app()
    plan = Plan(
        app_id=app.pk,
        key="",
        host="",
        devices=PEOPLE,
        days=DAYS,
        seed=SEED,
        until=until,
        late=0.0,
        duplicates=0.0,
    )
    play_part(plan, lambda done: None)
    while fold_queue(app_id=app.pk).notes:
        pass
    rows = Rollup.objects.filter(app=app).exclude(n=0).values_list(*CELL, "n")
    stored = Counter({tuple(cell): n for *cell, n in rows})
    people = [profile(seed=SEED, index=n, until=until, days=DAYS) for n in range(PEOPLE)]
    aside = play_aside(app=app, people=people, seed=SEED, until=until, effects=Effects())
    assert stored.total() > PEOPLE
    assert {cell: n for cell, n in aside.items() if n} == dict(stored)
