"""The ledger is read strictly, and a band follows from the stored values alone."""

import math
import statistics

import pytest

from dlbook.claims import ClaimError, all_claims, load_claims
from dlbook.claims.ledger import read_claims

ENTRY = {
    "id": "page-claim",
    "page": "book/part/page",
    "statement": "A beats B.",
    "paper": "rosenblatt1958",
    "place": "table 1",
    "published": "94 %",
    "measures": "accuracy",
    "unit": "points",
    "decimals": 1,
    "seeds": [0, 1, 2, 3, 4],
    "values": [90.0, 92.0, 91.0, 93.0, 94.0],
    "tolerance": 1.0,
    "verdict": "reproduced",
}
RECORDING = {
    "date": "2026-01-31",
    "machine": "2 cores",
    "command": "python -m run",
    "seed": 0,
    "replay": "dlbook.claims.runs:run",
    "first_losses": [1.0] * 20,
}


def toml(value):
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def text(recorded=None, **changes):
    entry = {**ENTRY, **changes}
    lines = [f"{k} = {toml(v)}" for k, v in entry.items() if v is not None]
    if recorded is not None:
        lines.append("[claim.recorded]")
        lines += [f"{k} = {v if k == 'date' else toml(v)}" for k, v in recorded.items()]
    return "[[claim]]\n" + "\n".join(lines)


def claim(recorded=None, **changes):
    (found,) = read_claims(text(recorded, **changes), "part.toml")
    return found


def test_the_band_is_three_standard_deviations_around_the_mean():
    found = claim(tolerance=0.1)
    spread = statistics.stdev(ENTRY["values"])
    assert found.band == pytest.approx((92 - 3 * spread, 92 + 3 * spread))
    assert found.band[0] < min(ENTRY["values"])


def test_the_tolerance_is_the_least_half_width():
    assert claim(tolerance=10.0).band == (82.0, 102.0)


def test_a_bound_that_the_statement_asserts_is_the_band():
    assert claim(tolerance=None, at_most=100.0).band == (-math.inf, 100.0)
    assert claim(tolerance=None, at_least=90.0).band == (90.0, math.inf)
    assert claim(tolerance=10.0, at_most=95.0).band == (82.0, 95.0)


def test_the_band_of_a_share_ends_at_0_and_100():
    assert claim(unit="%", tolerance=10.0).band == (82.0, 100.0)
    assert claim(unit="%", tolerance=100.0).band == (0.0, 100.0)
    assert claim(unit="%", tolerance=100.0, at_most=95.0).band == (0.0, 95.0)
    assert claim(unit="%", values=[0.0, 100.0, 0.0, 100.0, 50.0]).band == (0.0, 100.0)


@pytest.mark.parametrize(
    ("changes", "band"),
    [
        ({"unit": "points"}, (82.0, 102.0)),
        ({"unit": "%", "values": [90.0, 92.0, 91.0, 86.0, 101.0]}, (75.4, 108.6)),
        ({"unit": "%", "values": [2.0, 2.0, 3.0, -1.0, 4.0]}, (-8.0, 12.0)),
        ({"unit": "%", "tolerance": None, "at_least": 90.0}, (90.0, math.inf)),
    ],
)
def test_what_is_no_share_keeps_its_band(changes, band):
    assert claim(**{"tolerance": 10.0} | changes).band == pytest.approx(band, abs=0.1)


def test_a_claim_without_randomness_has_one_value():
    found = claim(seeds=[], values=[0.25], tolerance=0.001, decimals=3)
    assert found.band == pytest.approx((0.249, 0.251))
    assert found.spread == 0.0


@pytest.mark.parametrize(
    ("measured", "inside"),
    [(92.0, True), (82.0, True), (102.0, True), (81.99, False), (math.nan, False)],
)
def test_the_band_includes_its_ends_and_never_nan(measured, inside):
    assert claim(tolerance=10.0).contains(measured) is inside


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tolerance": 10.0}, "82 to 102 points"),
        ({"tolerance": 10.0, "unit": "%"}, "82 to 100 %"),
        ({"tolerance": None, "at_most": 100.0}, "at most 100 points"),
        ({"tolerance": None, "at_least": 90.0}, "at least 90 points"),
        ({"tolerance": 0.001}, "87.25 to 96.75 points"),
    ],
)
def test_the_band_in_words(changes, words):
    assert claim(**changes).band_text == words


def test_figures_are_rounded_to_the_decimals():
    assert claim().figure(93.26) == "93.3 points"
    assert claim(unit="").figure(-0.01) == "0.0"


def test_the_source_is_made_from_the_key_or_given():
    assert claim().source == "Rosenblatt 1958, table 1"
    assert claim(cited_as="F. Rosenblatt").source == "F. Rosenblatt, table 1"


@pytest.mark.parametrize("key", [key for key in ENTRY if key != "tolerance"])
def test_a_missing_key_is_named(key):
    with pytest.raises(ClaimError, match=f"part.toml.*missing {key}"):
        claim(**{key: None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdit": "x"}, "unknown key verdit"),
        ({"verdict": "proved"}, "verdict must be one of reproduced"),
        ({"id": "Bad Id"}, "lower-case"),
        ({"page": ""}, "page must be a text"),
        ({"statement": 3}, "statement must be a text"),
        ({"decimals": -1}, "decimals must be 0 to 12"),
        ({"decimals": True}, "decimals must be 0 to 12"),
        ({"seeds": [0, 1, 2]}, "at least 5 different seeds"),
        ({"seeds": [0, 1, 2, 3, 3]}, "at least 5 different seeds"),
        ({"seeds": [0, 1, 2, 3, 0.5]}, "whole numbers"),
        ({"values": [1.0]}, "one value for each seed, got 1 values for 5"),
        ({"values": [90.0, 92.0, 91.0, 93.0, "x"]}, "list of finite numbers"),
        ({"values": "[1, nan, 2, 3, 4]"}, "list of finite numbers"),
        ({"seeds": [], "values": [1.0, 2.0]}, "got 2 values for 0 seeds"),
        ({"tolerance": None}, "give a tolerance, at_least or at_most"),
        ({"tolerance": -1.0}, "tolerance must be >= 0"),
        ({"tolerance": "wide"}, "tolerance must be a finite number"),
        ({"at_most": 93.0}, r"stored values \[94.0\] lie outside the band"),
        (
            {"verdict": "not reproduced at this scale", "at_most": 100.0},
            "which was not reproduced",
        ),
        ({"verdict": "recorded"}, "need each other"),
        ({"cited_as": 3}, "cited_as must be a text"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(changes, message):
    with pytest.raises(ClaimError, match=message) as error:
        claim(**changes)
    assert "part.toml" in str(error.value)


def test_a_recorded_run_is_read_whole():
    found = claim(RECORDING, verdict="recorded")
    assert found.recorded.date.year == 2026
    assert found.recorded.first_losses == (1.0,) * 20


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"date": '"today"'}, "date must be a date"),
        ({"machine": ""}, "machine must be a text"),
        ({"replay": "os:system"}, "replay must read"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"first_losses": [1.0]}, "first_losses needs 20 numbers, got 1"),
        ({"who": "me"}, "unknown key who"),
    ],
)
def test_a_wrong_recording_is_refused_by_name(changes, message):
    with pytest.raises(ClaimError, match=message):
        claim({**RECORDING, **changes}, verdict="recorded")


def test_a_recording_without_the_verdict_is_refused():
    with pytest.raises(ClaimError, match="need each other"):
        claim(RECORDING)


@pytest.mark.parametrize(
    ("toml_text", "message"),
    [
        ("not toml", "not valid TOML"),
        ('[claim]\nid = "x"', r"write \[\[claim\]\]"),
        ("x = 1", r"expected \[\[claim\]\] tables only"),
        (f"{text()}\n{text()}", "ids used twice: page-claim"),
    ],
)
def test_a_wrong_file_is_refused(toml_text, message):
    with pytest.raises(ClaimError, match=message):
        read_claims(toml_text, "part.toml")


def test_the_books_own_ledger_is_read_and_given_as_plain_data():
    rows = all_claims()
    assert [row["id"] for row in rows] == list(load_claims())
    for row in rows:
        assert row["band"][0] <= row["mean"] <= row["band"][1]
        assert {"page", "statement", "source", "band_text", "verdict"} <= set(row)
        assert isinstance(row["values"], list)
