"""Argilla records (fields, responses, suggestions) to and from labels.

Argilla knows readers by UUID; ours follow from their names. A suggestion is a model's guess and is
nobody's judgement: none goes out, since it would not be blind, and none is taken in.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from echoic.curation.review_app.labels import (
    CRITERIA,
    Label,
    Task,
    comment_in,
    reader_name,
    verdict,
    yes_no,
)
from echoic.curation.review_app.refusals import Invalid
from echoic.question import LETTERS

SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "echoic review reader")
QUESTIONS = ("answer", *CRITERIA, "comment")


def user_id(name: str) -> str:
    """The UUID of a reader."""
    return str(uuid.uuid5(SPACE, name))


def to_row(task: Task) -> dict[str, Any]:
    """One record; questions are `QUESTIONS`, the answer a letter or "none"."""
    options = zip(LETTERS, task.options, strict=False)
    responses: dict[str, list[dict[str, str]]] = {}
    for label in task.labels:
        said = {"answer": task.letter(label.answer or ""), "comment": label.comment}
        said |= {name: yes_no(getattr(label, name)) for name in CRITERIA}
        for name in QUESTIONS:
            if said[name]:
                row = {"value": said[name], "user_id": user_id(label.reader)}
                responses.setdefault(name, []).append(row)
    return {
        "id": f"{task.item}-{task.version}",
        "fields": {
            "stem": task.stem,
            "options": "\n".join(f"{letter}. {option}" for letter, option in options),
        },
        "metadata": {
            "item": task.item,
            "version": task.version,
            "category": task.category,
            "subcategory": task.subcategory,
        },
        "suggestions": {},
        "responses": responses,
    }


def labels_of(row: Mapping[str, Any], where: str) -> list[Label]:
    """The labels of a record, in the layout of Argilla 2 or 1. Raises Invalid naming `where`."""
    try:
        metadata = row["metadata"]
        item, version = str(metadata["item"]), int(metadata["version"])
        said: dict[str, dict[str, Any]] = {}
        for reader, name, value in _responses(row.get("responses") or {}):
            said.setdefault(reader, {})[name] = value
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Invalid(f"{where}: is no record of an export from here ({error!r})") from error
    return [
        Label(
            item=item,
            version=version,
            reader=reader_name(reader, "argilla"),
            answer=None if told.get("answer") is None else str(told["answer"]),
            lettered=True,
            comment=comment_in(told.get("comment"), where),
            **{name: verdict(told.get(name), f"{where}: {name}") for name in CRITERIA},
        )
        for reader, told in said.items()
    ]


def _responses(responses: Any) -> list[tuple[str, str, Any]]:
    """(reader, question, value): a list for each question (2.x), or one for each reader (1.x)."""
    if isinstance(responses, Mapping):
        return [
            (str(each["user_id"]), str(name), each["value"])
            for name, given in responses.items()
            for each in given
        ]
    return [
        (str(each["user_id"]), str(name), told["value"])
        for each in responses
        if each.get("status", "submitted") == "submitted"
        for name, told in each["values"].items()
    ]
