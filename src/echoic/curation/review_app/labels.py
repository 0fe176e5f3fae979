"""What Label Studio and Argilla have in common: an item to read, and what a reader said of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.curation.review_app.refusals import Invalid
from echoic.curation.review_app.texts import comment_of, storable
from echoic.question import LETTERS
from echoic.records import digest, plain_name

NONE = "none"
YES, NO = "yes", "no"
CRITERIA = ("correct", "clear", "distractors")
NAME_CHARACTERS = 40
NUMBER_DIGITS = 20
LABEL_CHARACTERS = 100_000  # of a comment; other tools have no limit


@dataclass(frozen=True)
class Label:
    """A reading in another tool's words. None is what was left open.

    `answer` is an option's text, or its letter where `lettered`, "none", or "" for that.
    """

    item: str
    version: int
    reader: str
    answer: str | None = None
    lettered: bool = False
    correct: bool | None = None
    clear: bool | None = None
    distractors: bool | None = None
    comment: str = ""

    def chosen(self, options: Sequence[str]) -> str:
        """The option's text, "" for none of them. Raises Invalid when it is no option."""
        told = (self.answer or "").strip()
        if not self.lettered and told in options:  # a text may look like another option's letter
            return told
        if told.casefold() in ("", NONE):
            return ""
        letter = told.upper()
        if self.lettered and len(letter) == 1 and letter in LETTERS[: len(options)]:
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
    """The word of a verdict, "" where none was given."""
    return "" if value is None else YES if value else NO


def verdict(value: object, where: str) -> bool | None:
    """The verdict of a word; None for nothing. Raises Invalid naming `where`."""
    if value is None or value == "":
        return None
    word = str(value).strip().casefold()
    if word not in (YES, NO):
        raise Invalid(f"{where}: {value!r} is neither {YES!r} nor {NO!r}")
    return word == YES


def reader_name(told: str, tool: str) -> str:
    """A name that an account can have; no two names become one. Raises Invalid.

    A bare number is an id of the tool's; any other name that has to be changed gets a digest of it.
    """
    if not storable(told):
        raise Invalid(f"the reader's name {told[:40]!r} cannot be stored")
    if told.isdecimal() and len(told) <= NUMBER_DIGITS:
        return f"{tool}-{told}"
    plain = plain_name(told).lstrip("-.")
    if plain == told and 0 < len(told) <= NAME_CHARACTERS:
        return told
    mark = digest(told)[:8]
    return f"{plain[: NAME_CHARACTERS - len(mark) - 1] or 'reader'}-{mark}"


def comment_in(told: object, where: str) -> str:
    """A comment as it is stored. Raises Invalid naming `where`."""
    return comment_of(str(told or ""), f"{where}: the comment", LABEL_CHARACTERS)
