from permissions_app.domain.reference_lines import REFERENCE_LINES, lines_for


def test_reference_lines__every_line__has_a_number_source_and_grade():
    assert len({line.key for line in REFERENCE_LINES}) == len(REFERENCE_LINES) == 17
    for line in REFERENCE_LINES:
        figures = [figure for figure in (line.value, line.low, line.high) if figure is not None]
        assert bool(figures) == (line.unit != "none")
        assert line.value is None or (line.low is None and line.high is None)
        assert all(0 < figure < 1 for figure in figures if line.unit == "rate")
        assert line.badge.endswith(line.grade)


def test_lines_for__recovery__both_claims():
    lines = lines_for(measure="recovery")
    assert [(line.low, line.high, line.grade) for line in lines] == [
        (None, 0.03, "claimed"),
        (0.10, 0.15, "claimed"),
    ]


def test_lines_for__opt_in__values_as_published():
    found = {line.key: (line.value, line.year) for line in lines_for(measure="opt_in")}
    assert found == {
        "opt_in_ios_batch": (0.56, 2025),
        "opt_in_android_batch": (0.67, 2025),
        "opt_in_overall_batch": (0.61, 2025),
        "opt_in_ios_airship": (0.51, 2021),
        "opt_in_android_airship": (0.81, 2021),
        "opt_in_ios_health": (0.54, 2016),
        "opt_in_ios_travel": (0.50, 2016),
        "opt_in_ios_food": (0.47, 2016),
        "opt_in_ios_finance": (0.26, 2016),
    }


def test_lines_for__unknown_measure__empty():
    assert lines_for(measure="happiness") == ()


def test_badge__without_a_year__source_and_grade():
    assert lines_for(measure="denial_rate")[0].badge == "The source article, claimed"
    assert lines_for(measure="grant_rate")[0].badge == "Chrome, USENIX Security 2021, data"
