"""The statements that give the numbers of a results page again, for whoever wants to check them or go on from there.

Each is complete: it can be pasted into psql as it stands, reads the rollups alone, and its columns are those of the
file it stands beside. Corrected p-values, chances and expected losses are worked out of these counts and are not
among them.
"""

from collections.abc import Iterable

from campaigns.domain.trial_shapes import Trial
from campaigns.domain.verdict import ArmCount, n_star
from campaigns.models import Campaign
from campaigns.selectors.results import COUNTED, SUMS, CampaignResults
from permissions_app.domain.proportions import CONFIDENCE, critical_value
from permissions_app.domain.sequences import ALPHA, tuning

Z = critical_value(CONFIDENCE)
RHO_SQUARED = tuning(n_star=1) ** 2
"""For N* = 1; divided by N* otherwise."""

HEAD = """\
WITH cells AS (
  SELECT split_part(key, '.', 3) AS arm, day, platform, arm AS way, age, n
  FROM permissions_app_rollup
  WHERE app_id = {app} AND measure = 'trial' AND starts_with(key, '{prefix}') AND day <= {until}
)"""
RATES = """\
{name} AS (
  SELECT {by}, {sums}
  FROM cells GROUP BY {by} HAVING sum(n) > 0
), {name}_rates AS (
  SELECT {name}.*, {hits}::float8 / devices AS rate,
         ({hits}::float8 / devices + {zz} / (2 * devices) - {z} * sqrt({hits}::float8 / devices
           * (1 - {hits}::float8 / devices) / devices + {zz} / (4.0 * devices ^ 2))) / (1 + {zz} / devices) AS low,
         ({hits}::float8 / devices + {zz} / (2 * devices) + {z} * sqrt({hits}::float8 / devices
           * (1 - {hits}::float8 / devices) / devices + {zz} / (4.0 * devices ^ 2))) / (1 + {zz} / devices) AS high
  FROM {name}
)"""
DIFFERENCE = """\
f.rate - o.rate AS difference,
       f.rate - o.rate - sqrt((f.rate - f.low) ^ 2 + (o.high - o.rate) ^ 2) AS low,
       f.rate - o.rate + sqrt((f.high - f.rate) ^ 2 + (o.rate - o.low) ^ 2) AS high"""
BOUND = """\
difference {sign} sqrt(variance * 2 * (n * {rho} / n_star + 1) / (n * {rho} / n_star)
         * ln(sqrt(n * {rho} / n_star + 1) / {alpha})) AS always_{side}"""


def statements(*, campaign: Campaign, results: CampaignResults) -> dict[str, str]:
    """By file: `arms`, and where something is compared `differences`, `days` and `platforms`."""
    found = results.trial
    revision = "" if results.revision is None else f"{results.revision}."
    head = HEAD.format(app=campaign.app_id, prefix=f"{campaign.key}.{revision}", until=found.until)
    told = {"arms": _arms(head, found)}
    if found.pairs:
        told["differences"] = _differences(head, found)
    if found.bands:
        told["days"] = _days(head, found)
    if found.segments:
        told["platforms"] = _platforms(head, found)
    return told


def _rates(found: Trial, name: str, by: str) -> str:
    sums = SUMS.replace(", coalesce", ",\n         coalesce")
    return RATES.format(
        name=name, by=by, sums=sums, hits=found.outcome.key, z=repr(Z), zz=repr(Z * Z)
    )


def _arms(head: str, found: Trial) -> str:
    return f"""{head}, {_rates(found, "arms", "arm")}
SELECT arm, devices, shown, accepted, authorized, recovered_7, recovered_30, rate, low, high
FROM arms_rates ORDER BY arm = 'holdout', arm;"""  # noqa: S608  shown to people, who may run it


def _differences(head: str, found: Trial) -> str:
    pairs = _values((p.first, p.other, _star(found, p.first, p.other)) for p in found.pairs)
    alpha = repr(ALPHA / len(found.pairs))
    always = ""  # several revisions have no plan in common, so no N* either
    if found.plan is not None:
        always = f",\n       {_bound('-', 'low', alpha)},\n       {_bound('+', 'high', alpha)}"
    return f"""{head}, {_rates(found, "arms", "arm")}, pairs (place, first, other, n_star) AS (
  VALUES {pairs}
), compared AS (
  SELECT place, first, other, {DIFFERENCE},
         f.rate * (1 - f.rate) / f.devices + o.rate * (1 - o.rate) / o.devices AS variance,
         f.devices + o.devices AS n, n_star::float8
  FROM pairs JOIN arms_rates AS f ON f.arm = first JOIN arms_rates AS o ON o.arm = other
)
SELECT first, other, difference, low, high{always}
FROM compared ORDER BY place;"""  # noqa: S608  shown to people, who may run it


def _days(head: str, found: Trial) -> str:
    bands = _values((band.arm, band.base, band.n_star) for band in found.bands)
    first = found.bands[0].points[0][0]
    alpha = repr(ALPHA / max(1, len(found.pairs)))
    return f"""{head}, bands (place, arm, base, n_star) AS (
  VALUES {bands}
), sums AS (
  SELECT place, bands.arm, base, n_star::float8, series.day,
         coalesce(sum(n) FILTER (WHERE cells.arm = bands.arm), 0)::float8 AS devices,
         coalesce(sum(n) FILTER (WHERE cells.arm = bands.arm AND {_condition(found)}), 0)::float8 AS hits,
         coalesce(sum(n) FILTER (WHERE cells.arm = base), 0)::float8 AS base_devices,
         coalesce(sum(n) FILTER (WHERE cells.arm = base AND {_condition(found)}), 0)::float8 AS base_hits
  FROM bands CROSS JOIN generate_series({first}, {found.until}) AS series (day)
  LEFT JOIN cells ON cells.day <= series.day
  GROUP BY place, bands.arm, base, n_star, series.day
), compared AS (
  SELECT *, devices + base_devices AS n,
         hits / nullif(devices, 0) - base_hits / nullif(base_devices, 0) AS difference,
         nullif(hits / nullif(devices, 0) * (1 - hits / nullif(devices, 0)) / nullif(devices, 0)
           + base_hits / nullif(base_devices, 0) * (1 - base_hits / nullif(base_devices, 0))
             / nullif(base_devices, 0), 0) AS variance
  FROM sums
)
SELECT DATE '1970-01-01' + day AS day, arm, base, n::bigint AS devices,
       CASE WHEN variance IS NOT NULL THEN difference END AS difference,
       {_bound("-", "low", alpha)},
       {_bound("+", "high", alpha)}
FROM compared ORDER BY place, day;"""  # noqa: S608  shown to people, who may run it


def _platforms(head: str, found: Trial) -> str:
    pairs = _values((s.platform, s.first, s.other) for s in found.segments)
    return f"""{head}, {_rates(found, "arms", "platform, arm")}, pairs (place, platform, first, other) AS (
  VALUES {pairs}
)
SELECT pairs.platform, first, other, coalesce(f.devices, 0) + coalesce(o.devices, 0) AS devices,
       {DIFFERENCE}
FROM pairs
LEFT JOIN arms_rates AS f ON f.platform = pairs.platform AND f.arm = first
LEFT JOIN arms_rates AS o ON o.platform = pairs.platform AND o.arm = other
ORDER BY place;"""  # noqa: S608  shown to people, who may run it


def _condition(found: Trial) -> str:
    return COUNTED[found.outcome.key]


def _star(found: Trial, first: str, other: str) -> int:
    shares = found.plan.shares if found.plan else {}
    arms = [ArmCount(key, 0, 0, shares.get(key, 0.0)) for key in (first, other)]
    return n_star(planned=found.plan.planned if found.plan else 1, first=arms[0], other=arms[1])


def _bound(sign: str, side: str, alpha: str) -> str:
    return BOUND.format(sign=sign, side=side, rho=repr(RHO_SQUARED), alpha=alpha)


def _values(rows: Iterable[tuple[str | int, ...]]) -> str:
    """Rows for VALUES, each with its place first."""
    return ",\n         ".join(
        f"({place}, {', '.join(map(_literal, row))})" for place, row in enumerate(rows)
    )


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
