"""Label Studio tasks (https://labelstud.io/guide/task_format) to and from labels.

The reader's name, and whether the key was found correct, stand beside the results: Label Studio
fills `completed_by` with accounts of its own, and its readers never see the key.
"""

from collections.abc import Mapping
from typing import Any

from echoic.curation.review_app.labels import (
    CRITERIA,
    NONE,
    Label,
    Task,
    comment_in,
    reader_name,
    verdict,
    yes_no,
)
from echoic.curation.review_app.refusals import Invalid

CONFIG = """<View>
  <Header value="$subcategory"/>
  <Text name="stem" value="$stem"/>
  <Choices name="answer" toName="stem" value="$choices" required="true"/>
  <Header value="Can the question be understood in one way only?"/>
  <Choices name="clear" toName="stem" required="true">
    <Choice value="yes"/><Choice value="no"/>
  </Choices>
  <Header value="Are the other options wrong, and plausible?"/>
  <Choices name="distractors" toName="stem" required="true">
    <Choice value="yes"/><Choice value="no"/>
  </Choices>
  <TextArea name="comment" toName="stem"/>
</View>
"""
ASKED = ("clear", "distractors")


def to_row(task: Task) -> dict[str, Any]:
    """One task with an annotation for every reader."""
    return {
        "data": {
            "item": task.item,
            "version": task.version,
            "stem": task.stem,
            "choices": [{"value": option} for option in (*task.options, NONE)],
            "category": task.category,
            "subcategory": task.subcategory,
        },
        "annotations": [
            {
                "reader": label.reader,
                "correct": yes_no(label.correct),
                "result": _results(label),
            }
            for label in task.labels
        ],
    }


def _results(label: Label) -> list[dict[str, Any]]:
    values = {"answer": label.answer or NONE}
    values |= {name: yes_no(getattr(label, name)) for name in ASKED}
    results: list[dict[str, Any]] = [
        {"from_name": name, "to_name": "stem", "type": "choices", "value": {"choices": [value]}}
        for name, value in values.items()
    ]
    if label.comment:
        results.append({"from_name": "comment", "to_name": "stem", "type": "textarea",
                        "value": {"text": [label.comment]}})  # fmt: skip
    return results


def labels_of(row: Mapping[str, Any], where: str) -> list[Label]:
    """The labels of a task; cancelled annotations and predictions are nobody's.

    Raises Invalid naming `where`.
    """
    try:
        item, version = str(row["data"]["item"]), int(row["data"]["version"])
        return [
            _label(item, version, annotation, where)
            for annotation in row.get("annotations") or []
            if not annotation.get("was_cancelled")
        ]
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Invalid(f"{where}: is no task of an export from here ({error!r})") from error


def _label(item: str, version: int, annotation: Mapping[str, Any], where: str) -> Label:
    told: dict[str, Any] = {"correct": annotation.get("correct")}
    for result in annotation["result"]:
        value = result["value"]
        told[result["from_name"]] = "\n".join(value.get("choices") or value.get("text") or [])
    return Label(
        item=item,
        version=version,
        reader=_reader(annotation),
        answer=told.get("answer"),
        lettered=False,
        comment=comment_in(told.get("comment"), where),
        **{name: verdict(told.get(name), f"{where}: {name}") for name in CRITERIA},
    )


def _reader(annotation: Mapping[str, Any]) -> str:
    by = annotation.get("reader") or annotation.get("completed_by", "")
    if isinstance(by, Mapping):
        by = by.get("email") or by.get("id", "")
    return reader_name(str(by), "label-studio")
