"""What people and files write, as it is stored: one kind of line break, no outer blanks.

Forms send line breaks as CRLF and cut blanks off, so a text that is stored otherwise would differ
from itself when it comes back.
"""

import re
from dataclasses import replace

from echoic.curation.review_app.refusals import Invalid
from echoic.errors import BadQuestion
from echoic.question import Question

COMMENT_CHARACTERS = 4000
TEXT_CHARACTERS = 4000
BREAKS = re.compile(r"\r\n?")
AROUND_BREAKS = re.compile(r"\s*[\r\n]+\s*")


def lines(text: str) -> str:
    """A text of several lines, broken by a line feed each."""
    return BREAKS.sub("\n", text).strip()


def line(text: str) -> str:
    """A text of one line."""
    return AROUND_BREAKS.sub(" ", text.strip())


def storable(text: str) -> bool:
    """Whether every database and file can hold it: no half of a surrogate pair, no NUL."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def comment_of(text: str, what: str = "a comment", most: int = COMMENT_CHARACTERS) -> str:
    """A comment as it is stored. Raises Invalid when it is too long, or cannot be stored."""
    told = lines(text)
    if not storable(told):
        raise Invalid(f"{what} holds half a character or a NUL, which cannot be stored")
    if len(told) > most:
        raise Invalid(f"{what} has at most {most:,} characters")
    return told


def stored(question: Question) -> Question:
    """The question as it is stored. Raises BadQuestion when two options are then the same."""
    options = tuple(map(line, question.options))
    if not all(options) or len(set(options)) < len(options):
        raise BadQuestion(f"{question.id}: every option needs words of its own")
    if not all(map(storable, (question.stem, *options))):
        raise BadQuestion(f"{question.id}: holds half a character or a NUL; mend the file")
    return replace(question, stem=lines(question.stem), options=options)
