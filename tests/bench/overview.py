"""The first page people see, with few and with many stored events behind it."""

from __future__ import annotations

import http.cookiejar
import urllib.parse
import urllib.request

from tests.bench import history
from tests.bench.client import request
from tests.bench.load import run
from tests.bench.scene import PASSWORD
from tests.bench.stage import Stage
from tests.bench.table import Row

MOST_MS, FLAT = 150.0, 1.2
DAYS = 365
# What the devices of a year leave in the rollups: cells by measure, day, platform, key, arm and age.
CELLS = """
INSERT INTO permissions_app_rollup (app_id, measure, day, platform, key, arm, age, n)
SELECT %(app)s::bigint, m.measure, today - d, p.platform, m.key, m.arm, m.age,
       greatest(1, (%(devices)s::bigint * m.share / (%(days)s::int * 3))::bigint)
FROM (SELECT (extract(epoch FROM now()) / 86400)::int AS today) AS t,
     generate_series(0, %(days)s::int - 1) AS d,
     (VALUES ('ios'), ('android'), ('web')) AS p(platform),
     (SELECT measure, '' AS key, '' AS arm, 0 AS age, share FROM (VALUES ('devices', 1.0), ('eligible', 0.95),
          ('on_by_default', 0.05), ('authorized', 0.5), ('denied', 0.3), ('waiting', 0.15), ('reached', 0.7),
          ('soft_ask_shown', 0.5), ('soft_ask_accepted', 0.3), ('prompted', 0.6), ('answered', 0.55), ('granted', 0.4),
          ('never', 0.01)) AS plain(measure, share)
      UNION ALL SELECT 'denial', cause, '', 0, 0.1 FROM (VALUES ('refused'), ('turned_off')) AS c(cause)
      UNION ALL SELECT 'recovered', '', way, age, 0.002 FROM (VALUES ('tapped'), ('seen'), ('organic')) AS w(way),
          generate_series(1, 40, 3) AS age
      UNION ALL SELECT 'moment', key, place, 0, 0.2 FROM (VALUES ('order_placed'), ('run_finished')) AS k(key),
          (VALUES ('authorized'), ('denied'), ('waiting')) AS o(place)) AS m
WHERE m.age <= d
ON CONFLICT (app_id, measure, day, platform, key, arm, age) DO UPDATE SET n = excluded.n
"""


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """p95 of the overview page, one request after another, as a signed-in person."""
    stage.without_background()
    asks = 60 if quick else 200
    cookie = sign_in(stage)
    path = f"/w/{stage.scene.workspace_slug}/{stage.scene.app_slug}/"
    message = request(path, method="GET", headers={"Cookie": cookie, "Content-Type": ""})
    p95: dict[int, float] = {}
    cells = 0
    for stored in (100_000, 1_000_000) if quick else (100_000, 10_000_000):
        history.fill(stage, stored)
        with stage.connect() as connection:
            told = {"app": stage.scene.app, "devices": stored // 10, "days": DAYS}
            cells = connection.execute(CELLS, told).rowcount
            connection.execute("VACUUM ANALYZE permissions_app_rollup")
        run(stage.live.url, [message] * 20, connections=1)
        done = run(stage.live.url, [message] * asks, connections=1)
        if set(done.statuses) != {b"200"}:
            raise RuntimeError(f"the overview page answers {dict(done.statuses)}")
        p95[stored] = done.quantile(0.95) * 1000
    least, most = min(p95), max(p95)
    ratio = p95[most] / p95[least]
    rows = [
        Row(
            f"overview page with {most:,} stored events, p95",
            f"{p95[most]:.0f} ms",
            f"{p95[least]:.0f} ms with {least:,}",
            f"{ratio:.2f}",
            f"at most {FLAT}, and under {MOST_MS:.0f} ms",
            ratio <= FLAT and p95[most] < MOST_MS,
        )
    ]
    return rows, [
        f"Overview: {cells:,} rollup cells of {DAYS} days, the whole page, {asks} requests."
    ]


def sign_in(stage: Stage) -> str:
    """The cookies of the owner's session."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    login = f"{stage.live.url}/accounts/login/"
    browser.open(login).read()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"login": stage.scene.email, "password": PASSWORD, "csrfmiddlewaretoken": token or ""}
    answer = urllib.request.Request(
        login, urllib.parse.urlencode(form).encode(), {"Referer": login}
    )
    browser.open(answer).read()
    if not any(cookie.name == "sessionid" for cookie in jar):
        raise RuntimeError("the owner could not sign in")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
