r"""Read the ledger and compute every claim's band.

An entry of ``dlbook/claims/<part>.toml``::

    [[claim]]
    id = "neuron-mistake-bound"     # lower case, digits, hyphens; unique in the book
    page = "book/neurons/neuron"    # the page that measures it
    statement = "..."               # Markdown, may hold $mathematics$
    paper = "novikoff1962"          # key in book/references.bib
    place = "theorem 1"             # where in the paper
    cited_as = "Novikoff 1962"      # optional; made from `paper` where left out
    published = "at most $(R/\\gamma)^2$"  # the paper's figure, as the paper gives it
    measures = "..."                # what the number is that the page measures
    unit = ""                       # "" for a pure number
    decimals = 3                    # the page shows the measured figure rounded to this
    seeds = [0, 1, 2, 3, 4]         # at least five; [] where nothing is random
    values = [0.1, 0.2, 0.1, 0.3, 0.2]  # one for each seed; one value where seeds = []
    tolerance = 0.05                # and/or at_least, at_most
    verdict = "reproduced"

**The band** is the interval in which a measured figure must lie. It is computed, never
written down:

* With ``tolerance``: mean of the values, plus or minus the larger of ``tolerance`` and
  three sample standard deviations (divisor n - 1) of the values.
* With ``at_least`` or ``at_most``: what the statement itself asserts, such as a bound
  that a theorem gives, or "A beats B" (a difference of at least 0).
* With both: the intersection.
* A share cannot leave 0 to 100 %: where the unit is "%" and every stored value lies in
  [0, 100], what ``tolerance`` gives is cut off there.

Every stored value must lie in the band. A claim that is *not reproduced at this scale*
has no ``at_least`` or ``at_most``, since the statement does not hold here; its band
says what we found instead.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
import statistics
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

VERDICTS = (
    "reproduced",
    "qualitative",
    "not reproduced at this scale",
    "recorded",
)
"""What can be said of a claim.

*reproduced*: our figure agrees with the published one. *qualitative*: the effect is
there, the figure differs (other data, other scale). *not reproduced at this scale*: the
effect is not there. *recorded*: the run is too long for a build and was made once, as
stated.
"""

FEWEST_SEEDS = 5
REPLAYED_STEPS = 20


class ClaimError(Exception):
    """A measured figure left its band, or the ledger is wrong."""


@dataclass(frozen=True)
class Recording:
    """A run that is too long for a build.

    Parameters
    ----------
    date : datetime.date
        Day of the run.
    machine : str
        Processor or GPU, and the versions that matter.
    command : str
        The command that was run.
    seed : int
        Seed of the run whose start is replayed.
    replay : str
        ``"package.module:function"``; called as ``function(seed=seed, steps=20)`` it
        returns the run's first losses.
    first_losses : tuple of 20 floats
        The losses of the first 20 steps as the run gave them.
    """

    date: datetime.date
    machine: str
    command: str
    seed: int
    replay: str
    first_losses: tuple[float, ...]


@dataclass(frozen=True)
class Claim:
    """One entry of the ledger; the module's docstring names the fields."""

    id: str
    page: str
    statement: str
    paper: str
    place: str
    published: str
    measures: str
    unit: str
    decimals: int
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    verdict: str
    tolerance: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    recorded: Recording | None = None
    cited_as: str = ""

    @property
    def source(self) -> str:
        """Paper and place in words, such as "Novikoff 1962, theorem 1"."""
        key = re.fullmatch(r"([a-z-]+)(\d{4})[a-z]?", self.paper)
        made = f"{key[1].title()} {key[2]}" if key else self.paper
        return f"{self.cited_as or made}, {self.place}"

    @property
    def mean(self) -> float:
        """Mean of the stored values."""
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float:
        """Sample standard deviation of the stored values (divisor n - 1); 0 for one."""
        return statistics.stdev(self.values) if len(self.values) > 1 else 0.0

    @property
    def band(self) -> tuple[float, float]:
        """Lowest and highest figure the page may measure; infinite where unbounded."""
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        if self.tolerance is not None:
            half_width = max(3 * self.spread, self.tolerance)
            low = max(low, self.mean - half_width)
            high = min(high, self.mean + half_width)
            if self.unit == "%" and all(0 <= value <= 100 for value in self.values):
                low, high = max(low, 0.0), min(high, 100.0)
        return low, high

    def contains(self, measured: float) -> bool:
        """Say whether a figure lies in the band, its ends included; NaN never does."""
        low, high = self.band
        return low <= measured <= high

    def figure(self, number: float, *, with_unit: bool = True) -> str:
        """Write a number as the page shows it, rounded to the claim's decimals."""
        if math.isinf(number):
            return "∞" if number > 0 else "-∞"
        text = f"{round(number, self.decimals) + 0.0:.{self.decimals}f}"
        return f"{text} {self.unit}" if with_unit and self.unit else text

    @property
    def band_text(self) -> str:
        """The band in words, its ends rounded outward to one more decimal."""
        low, high = self.band
        places = self.decimals + 1
        step = 10.0**places
        lowest = highest = ""
        if math.isfinite(low):
            lowest = _short(math.floor(low * step + 1e-6) / step, places)
        if math.isfinite(high):
            highest = _short(math.ceil(high * step - 1e-6) / step, places)
        unit = f" {self.unit}" if self.unit else ""
        if lowest and highest:
            return f"{lowest} to {highest}{unit}"
        return f"at least {lowest}{unit}" if lowest else f"at most {highest}{unit}"


def _short(number: float, places: int) -> str:
    """Write a number with at most so many decimals, without zeros at the end."""
    text = f"{number + 0.0:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def all_claims() -> list[dict[str, Any]]:
    """Return every claim as plain data, part by part, in the order of the files.

    Returns
    -------
    list of dict
        The fields of `Claim` (lists for tuples, None where absent), and ``mean``,
        ``spread``, ``band`` (two floats), and as texts ``source``, ``mean_text``,
        ``band_text``.
    """
    rows = []
    for claim in load_claims().values():
        row = asdict(claim)
        row["seeds"], row["values"] = list(claim.seeds), list(claim.values)
        row["mean"], row["spread"], row["band"] = claim.mean, claim.spread, claim.band
        row["mean_text"], row["band_text"] = claim.figure(claim.mean), claim.band_text
        row["source"] = claim.source
        rows.append(row)
    return rows


@functools.cache
def load_claims() -> Mapping[str, Claim]:
    """Read ``dlbook/claims/*.toml`` and return the claims by id, in order.

    Raises
    ------
    ClaimError
        If an entry is incomplete, holds an unknown key, contradicts itself, or repeats
        an id.
    """
    claims: dict[str, Claim] = {}
    folder = resources.files("dlbook.claims")
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    for file in sorted(files, key=lambda entry: entry.name):
        for claim in read_claims(file.read_text(encoding="utf-8"), file.name):
            if claim.id in claims:
                raise ClaimError(f"{file.name}: the id {claim.id!r} is taken already")
            claims[claim.id] = claim
    return claims


def read_claims(text: str, source: str) -> list[Claim]:
    """Turn the text of one ledger file into claims.

    Parameters
    ----------
    text : str
        TOML with any number of ``[[claim]]`` tables and nothing else.
    source : str
        Name of the file, for messages.

    Raises
    ------
    ClaimError
        If the text is not TOML or an entry is wrong.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ClaimError(f"{source}: not valid TOML: {error}") from None
    if unknown := sorted(set(tables) - {"claim"}):
        raise ClaimError(f"{source}: expected [[claim]] tables only, got {unknown}")
    entries = tables.get("claim", [])
    if not isinstance(entries, list):
        raise ClaimError(f"{source}: write [[claim]], with double brackets")
    claims = [_read_entry(entry, source) for entry in entries]
    ids = [claim.id for claim in claims]
    if repeated := sorted({name for name in ids if ids.count(name) > 1}):
        raise ClaimError(f"{source}: ids used twice: {', '.join(repeated)}")
    return claims


TEXTS = ("id", "page", "statement", "paper", "place", "published", "measures", "unit")
REQUIRED = (*TEXTS, "decimals", "seeds", "values", "verdict")
LIMITS = ("tolerance", "at_least", "at_most")
OPTIONAL = (*LIMITS, "recorded", "cited_as")
RECORDING = ("date", "machine", "command", "seed", "replay", "first_losses")


def _read_entry(entry: dict[str, Any], source: str) -> Claim:
    where = f"{source}, claim {entry.get('id', '(without id)')!r}"
    _check_keys(entry, REQUIRED, OPTIONAL, where)
    for key in TEXTS:
        if not isinstance(entry[key], str) or not (entry[key].strip() or key == "unit"):
            raise ClaimError(f"{where}: {key} must be a text, got {entry[key]!r}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry["id"]):
        raise ClaimError(f"{where}: an id has lower-case letters, digits and hyphens")
    decimals = entry["decimals"]
    if not _is_int(decimals) or not 0 <= decimals <= 12:
        raise ClaimError(f"{where}: decimals must be 0 to 12, got {decimals!r}")
    if entry["verdict"] not in VERDICTS:
        raise ClaimError(
            f"{where}: verdict must be one of {', '.join(VERDICTS)}; "
            f"got {entry['verdict']!r}"
        )
    seeds, values = _numbers(entry, "seeds", where), _numbers(entry, "values", where)
    if not all(_is_int(seed) for seed in entry["seeds"]):
        raise ClaimError(f"{where}: seeds must be whole numbers, got {entry['seeds']}")
    if seeds and (len(seeds) < FEWEST_SEEDS or len(set(seeds)) < len(seeds)):
        raise ClaimError(
            f"{where}: needs at least {FEWEST_SEEDS} different seeds (or [] where "
            f"nothing is random), got {entry['seeds']}"
        )
    if len(values) != max(len(seeds), 1):
        raise ClaimError(
            f"{where}: needs one value for each seed, got {len(values)} values for "
            f"{len(seeds)} seeds"
        )
    cited_as = entry.get("cited_as", "")
    if not isinstance(cited_as, str):
        raise ClaimError(f"{where}: cited_as must be a text, got {cited_as!r}")
    tolerance, at_least, at_most = (_limit(entry, key, where) for key in LIMITS)
    claim = Claim(
        **{key: entry[key] for key in TEXTS},
        decimals=decimals,
        seeds=tuple(entry["seeds"]),
        values=values,
        verdict=entry["verdict"],
        tolerance=tolerance,
        at_least=at_least,
        at_most=at_most,
        recorded=_read_recording(entry.get("recorded"), where),
        cited_as=cited_as,
    )
    _check_sense(claim, where)
    return claim


def _check_sense(claim: Claim, where: str) -> None:
    if (claim.verdict == "recorded") != (claim.recorded is not None):
        raise ClaimError(
            f"{where}: the verdict 'recorded' and a [claim.recorded] table need each "
            "other"
        )
    bounded = claim.at_least is not None or claim.at_most is not None
    if claim.tolerance is None and not bounded:
        raise ClaimError(f"{where}: give a tolerance, at_least or at_most for the band")
    if claim.tolerance is not None and claim.tolerance < 0:
        raise ClaimError(f"{where}: tolerance must be >= 0, got {claim.tolerance}")
    if bounded and claim.verdict == "not reproduced at this scale":
        raise ClaimError(
            f"{where}: at_least and at_most state what the claim asserts, which was "
            "not reproduced; give a tolerance around what we found"
        )
    outside = [value for value in claim.values if not claim.contains(value)]
    if outside:
        low, high = claim.band
        raise ClaimError(
            f"{where}: stored values {outside} lie outside the band [{low:g}, {high:g}]"
        )


def _read_recording(table: Any, where: str) -> Recording | None:
    if table is None:
        return None
    where = f"{where}, recorded"
    if not isinstance(table, dict):
        raise ClaimError(f"{where}: must be a table [claim.recorded], got {table!r}")
    _check_keys(table, RECORDING, (), where)
    if not isinstance(table["date"], datetime.date):
        raise ClaimError(f"{where}: date must be a date (2026-01-31), unquoted")
    for key in ("machine", "command", "replay"):
        if not isinstance(table[key], str) or not table[key].strip():
            raise ClaimError(f"{where}: {key} must be a text, got {table[key]!r}")
    if not re.fullmatch(r"dlbook(\.\w+)+:\w+", table["replay"]):
        raise ClaimError(
            f"{where}: replay must read 'dlbook.module:function', "
            f"got {table['replay']!r}"
        )
    if not _is_int(table["seed"]):
        raise ClaimError(f"{where}: seed must be a whole number, got {table['seed']!r}")
    losses = _numbers(table, "first_losses", where)
    if len(losses) != REPLAYED_STEPS:
        raise ClaimError(
            f"{where}: first_losses needs {REPLAYED_STEPS} numbers, got {len(losses)}"
        )
    return Recording(**{**table, "first_losses": losses})


def _check_keys(
    table: dict[str, Any],
    required: tuple[str, ...],
    optional: tuple[str, ...],
    where: str,
) -> None:
    if missing := [key for key in required if key not in table]:
        raise ClaimError(f"{where}: missing {', '.join(missing)}")
    if unknown := sorted(set(table) - {*required, *optional}):
        raise ClaimError(f"{where}: unknown key {', '.join(unknown)}")


def _numbers(table: dict[str, Any], key: str, where: str) -> tuple[float, ...]:
    numbers = table[key]
    if not isinstance(numbers, list) or not all(_is_number(n) for n in numbers):
        raise ClaimError(
            f"{where}: {key} must be a list of finite numbers, got {numbers!r}"
        )
    return tuple(float(number) for number in numbers)


def _limit(entry: dict[str, Any], key: str, where: str) -> float | None:
    if key not in entry:
        return None
    if not _is_number(entry[key]):
        raise ClaimError(f"{where}: {key} must be a finite number, got {entry[key]!r}")
    return float(entry[key])


def _is_int(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_number(number: Any) -> bool:
    return (_is_int(number) or isinstance(number, float)) and math.isfinite(number)
