"""The annotator's desk: answer, judge, undo. The key is drawn only where `View` carries one."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from echoic.curation.review_app import desk
from echoic.curation.review_app.accounts import Role
from echoic.curation.review_app.desk import Edit, View
from echoic.curation.review_app.progress import progress
from echoic.curation.review_app.refusals import AlreadyDone, Invalid, NotAnswered, Stale
from echoic.curation.review_app.routes_common import Visit, does, duration, sees, sentence, to
from echoic.curation.review_app.texts import TEXT_CHARACTERS, line, lines

router = APIRouter()
CRITERIA = (
    ("correct", "Is the key right?", "It is the one right answer."),
    ("clear", "Is the question clear?", "It can be understood in one way only."),
    ("distractors", "Are the other options good?", "They are wrong, and plausible."),
)
NONE = "none"
Text = Annotated[str, Form(max_length=2 * TEXT_CHARACTERS)]  # a line break is sent as CRLF
Choice = Annotated[str, Form(max_length=10)]
Id = Annotated[str, Form(max_length=100)]
Number = Annotated[int, Form(ge=1, le=2**31 - 1)]


def edit_of(shown: Any, stem: str, options: list[str], key: str) -> Edit | None:
    """The edit in a form, None when it leaves `shown` as it is. Raises Invalid."""
    texts = tuple(map(line, options))
    if not stem and not options:
        return None
    if not (key.isdecimal() and int(key) < len(texts)):
        raise Invalid("mark one option of the edit as the right one")
    edit = Edit(stem=lines(stem), options=texts, key=texts[int(key)])
    before = Edit(lines(shown.stem), tuple(map(line, shown.options)), line(shown.key))
    return None if edit == before else edit


def draft_of(shown: Any) -> Edit:
    """What the fields of an edit hold at first: the question as it stands."""
    return Edit(stem=shown.stem, options=tuple(shown.options), key=shown.key)


def _current(visit: Visit, item: str, version: int) -> View | None:
    """What the form was about, None when that is gone or has other words now."""
    try:
        view = desk.view(visit.session, visit.account, item)
    except Stale:
        return None
    return view if view.version == version else None


def _desk(visit: Visit, view: View | None, status: int = 200, **values: Any) -> Response:
    pace = progress(visit.session, visit.account)
    given: dict[str, Any] = dict.fromkeys(("correct", "clear", "distractors", "comment"), "")
    given |= {"edited": False} | values.pop("given", {})
    draft = values.pop("draft", None) or (draft_of(view) if view and view.key else None)
    return visit.page(
        "review.html", status, view=view, pace=pace, criteria=CRITERIA, given=given, draft=draft,
        left=duration(pace.left, pace.per_hour), fault=values.pop("fault", ""),
    )  # fmt: skip


@router.get("/review")
def show(visit: Annotated[Visit, sees(Role.ANNOTATOR)]) -> Response:
    """Where this annotator is: the next question, or one that is answered and not judged yet."""
    return _desk(visit, desk.next_item(visit.session, visit.account))


@router.post("/review/answer")
def answer(
    visit: Annotated[Visit, does(Role.ANNOTATOR)], item: Id, version: Number, choice: Choice = ""
) -> Response:
    """Store the answer; only then is the key shown."""
    view = _current(visit, item, version)
    if view is None or view.key is not None:
        return to("/review", "stale")
    if choice != NONE and not (choice.isdecimal() and int(choice) < len(view.options)):
        return _desk(visit, view, 400, fault="Choose one answer.")
    text = None if choice == NONE else view.options[int(choice)]
    try:
        desk.answer(visit.session, visit.account, item, version, text)
    except (Stale, AlreadyDone):
        return to("/review", "stale")
    return to("/review")


@router.post("/review/judge")
def judge(
    visit: Annotated[Visit, does(Role.ANNOTATOR)],
    item: Id,
    version: Number,
    correct: Choice = "",
    clear: Choice = "",
    distractors: Choice = "",
    comment: Text = "",
    stem: Text = "",
    options: Annotated[list[str], Form(max_length=26)] = [],  # noqa: B006  read only
    key: Choice = "",
) -> Response:
    """Store the judgement of the question that was answered, and go on."""
    view = _current(visit, item, version)
    if view is None or view.key is None:
        return to("/review", "stale")
    said = {"correct": correct, "clear": clear, "distractors": distractors}
    draft = None
    try:
        draft = edit_of(view, stem, options, key)
        if not all(value in ("yes", "no") for value in said.values()):
            raise Invalid("answer all three criteria with yes or no")
        desk.judge(
            visit.session, visit.account, item, version, comment=comment, edit=draft,
            **{name: value == "yes" for name, value in said.items()},
        )  # fmt: skip
    except (Stale, AlreadyDone, NotAnswered):
        return to("/review", "stale")
    except Invalid as error:
        kept = {**said, "comment": comment, "edited": draft is not None}
        return _desk(visit, view, 400, given=kept, draft=draft, fault=sentence(error))
    return to("/review", "saved")


@router.post("/review/undo")
def undo(visit: Annotated[Visit, does(Role.ANNOTATOR)]) -> Response:
    """Void the last step, by an event of its own."""
    try:
        undone = desk.undo(visit.session, visit.account)
    except Stale:
        return to("/review", "settled")
    return to("/review", "undone" if undone is not None else "nothing")
