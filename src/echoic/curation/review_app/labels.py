"""What Label Studio and Argilla have in common: an item to read, and what a reader said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.curation.review_app.refusals import Invalid
from echoic.question import LETTERS
from echoic.records import plain_name

NONE = "none"
YES, NO = "yes", "no"
CRITERIA = ("correct", "clear", "distractors")
NAME_CHARACTERS = 40


@dataclass(frozen=True)
class Label:
    """A reading in another tool's words. None is what was left open.

    `answer` is an option's text or letter, "none", or "" for that.
    """

    item: str
    version: int
    reader: str
    answer: str | None = None
    correct: bool | None = None
    clear: bool | None = None
    distractors: bool | None = None
    comment: str = ""

    def chosen(self, options: Sequence[str]) -> str:
        """The option's text, "" for none of them. Raises Invalid when it is no option."""
        told = (self.answer or "").strip()
        if told in options:
            return told
        if told.casefold() in ("", NONE):
            return ""
        letter = told.upper()
        if len(letter) == 1 and letter in LETTERS[: len(options)]:
            return options[LETTERS.index(letter)]
        raise Invalid(f"{self.reader}'s answer {told[:40]!r} is no option of item {self.item}")


@dataclass(frozen=True)
class Task:
    """An item as other tools get it: blind."""

    item: str
    version: int
    stem: str
    options: tuple[str, ...]
    category: str
    subcategory: str
    labels: tuple[Label, ...]

    def letter(self, answer: str) -> str:
        """The letter of an option's text, "none" for ""."""
        return LETTERS[self.options.index(answer)] if answer else NONE


def yes_no(value: bool | None) -> str:
    """The word of a verdict."""
    return YES if value else NO


def verdict(value: object, where: str) -> bool | None:
    """The verdict of a word; None for nothing. Raises Invalid naming `where`."""
    if value is None or value == "":
        return None
    word = str(value).strip().casefold()
    if word not in (YES, NO):
        raise Invalid(f"{where}: {value!r} is neither {YES!r} nor {NO!r}")
    return word == YES


def reader_name(told: str, tool: str) -> str:
    """A name that an account can have."""
    plain = plain_name(told).lstrip("-.") or "reader"
    return (plain if not plain.isdecimal() else f"{tool}-{plain}")[:NAME_CHARACTERS]
