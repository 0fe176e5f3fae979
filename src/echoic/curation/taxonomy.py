"""The 6 categories and 48 subcategories of the knowledge benchmark, read from `taxonomy.toml`.

Counts per category are those of arXiv:2603.19195, section 3.1 and table 1. The paper names five
subcategories; the other names are ours.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from echoic.errors import BadRecipe, UnknownName

Keys = Literal["computed", "reference", "judgement"]

PAPER_COUNTS = {
    "Sound": (6, 248),
    "Paralinguistic": (14, 594),
    "Phonetic": (5, 217),
    "Music": (10, 401),
    "Audio Quality": (5, 196),
    "Technical": (8, 344),
}
"""Category -> (subcategories, questions): 48 and 2,000 in all."""

GUIDELINE_KEYS = ("tests", "distractors", "difficulty", "traps")

_FIELDS = ("name", "scope", "out_of_scope", "target", "keys")


@dataclass(frozen=True)
class Subcategory:
    """One kind of question. `keys` says how right answers are verified.

    `computed`: some follow from data or arithmetic; `reference`: from a citable source;
    `judgement`: from agreement of readers. `target` is the number of questions wanted.
    """

    name: str
    category: str
    scope: str
    out_of_scope: str
    target: int
    keys: Keys

    @property
    def guideline(self) -> str:
        """What writers are told beyond scope and form; "" while `guidelines.toml` has none."""
        told = _guidelines().get(self.name, {})
        return "\n".join(
            f"{key.capitalize()}: {told[key]}" for key in GUIDELINE_KEYS if key in told
        )

    @property
    def slug(self) -> str:
        """The name as part of an id: "Syllable & Stress" -> "syllable-stress"."""
        kept = "".join(c if c.isalnum() else " " for c in self.name.lower())
        return "-".join(kept.split())


@dataclass(frozen=True)
class Taxonomy:
    """All subcategories, in the file's order."""

    subcategories: tuple[Subcategory, ...]

    def __getitem__(self, name: str) -> Subcategory:
        """The subcategory of that name. Raises UnknownName with the nearest known one."""
        by_name = {sub.name: sub for sub in self.subcategories}
        if name not in by_name:
            raise UnknownName(f"no subcategory {name!r}{_nearest(name, list(by_name))}")
        return by_name[name]

    def of(self, category: str) -> tuple[Subcategory, ...]:
        """The subcategories of one category. Raises UnknownName with the nearest known one."""
        if category not in PAPER_COUNTS:
            raise UnknownName(f"no category {category!r}{_nearest(category, list(PAPER_COUNTS))}")
        return tuple(sub for sub in self.subcategories if sub.category == category)


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    return f"; the nearest known is {close[0]!r}" if close else ""


@cache
def _guidelines() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("echoic.curation").joinpath("guidelines.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def taxonomy() -> Taxonomy:
    """The packaged taxonomy."""
    with resources.as_file(resources.files("echoic.curation") / "taxonomy.toml") as path:
        return read_taxonomy(path)


def read_taxonomy(path: Path) -> Taxonomy:
    """Read and check a taxonomy file.

    Raises BadRecipe naming file and key: unknown or missing keys (with the nearest known name),
    repeated names, and counts per category that are not the paper's.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecipe(f"{path}: cannot be read as UTF-8 text: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"{path}: not TOML: {error}") from error
    _only(table, list(PAPER_COUNTS), f"{path}")
    found: list[Subcategory] = []
    for category in PAPER_COUNTS:
        rows = table[category]
        if not isinstance(rows, list):
            raise BadRecipe(f"{path}: [[{category}]] must be a list of tables")
        for number, row in enumerate(rows, 1):
            found.append(_subcategory(row, category, f"{path}: {category} {number}"))
    _check_counts(found, str(path))
    return Taxonomy(tuple(found))


def _only(row: Mapping[str, Any], known: list[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise BadRecipe(f"{where}: unknown key {key!r}{_nearest(key, known)}")
    for key in known:
        if key not in row:
            raise BadRecipe(f"{where}: no key {key!r}; add it")


def _subcategory(row: Mapping[str, Any], category: str, where: str) -> Subcategory:
    _only(row, list(_FIELDS), where)
    for key in ("name", "scope", "out_of_scope"):
        if not isinstance(row[key], str) or not row[key].strip():
            raise BadRecipe(f"{where}: {key!r} must be a line of text, not {row[key]!r}")
    if type(row["target"]) is not int or row["target"] < 1:
        raise BadRecipe(f"{where}: 'target' must be a count, not {row['target']!r}")
    if row["keys"] not in get_args(Keys):
        near = _nearest(str(row["keys"]), list(get_args(Keys)))
        raise BadRecipe(f"{where}: unknown value {row['keys']!r} of 'keys'{near}")
    return Subcategory(category=category, **row)


def _check_counts(found: list[Subcategory], where: str) -> None:
    names = [sub.name for sub in found]
    for name in names:
        if names.count(name) > 1:
            raise BadRecipe(f"{where}: two subcategories are named {name!r}")
    for category, (kinds, questions) in PAPER_COUNTS.items():
        here = [sub for sub in found if sub.category == category]
        total = sum(sub.target for sub in here)
        if (len(here), total) != (kinds, questions):
            raise BadRecipe(
                f"{where}: {category} has {len(here)} subcategories with {total} questions; "
                f"the paper has {kinds} with {questions}"
            )
