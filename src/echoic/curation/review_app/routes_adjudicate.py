"""Settling differences: both readings without names, and one decision."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from echoic.curation.review_app import adjudicate
from echoic.curation.review_app.accounts import Role
from echoic.curation.review_app.adjudicate import Dispute
from echoic.curation.review_app.refusals import AlreadyDone, Invalid, Stale
from echoic.curation.review_app.routes_common import Visit, does, sees, sentence, to
from echoic.curation.review_app.routes_review import Choice, Number, Text, draft_of, edit_of

router = APIRouter(prefix="/disputes")
SETTLERS = (Role.ADJUDICATOR, Role.OWNER)
LISTED = 100
DECISIONS = (
    ("accept", "a", "Accept", "as it stands"),
    ("reject", "r", "Reject", "it leaves the set"),
    ("edit", "e", "Edit", "a new version, read again by all"),
)


def _find(visit: Visit, item: str) -> Dispute | None:
    waiting = adjudicate.disputes(visit.session)
    return next((dispute for dispute in waiting if dispute.item_id == item), None)


def _draw(visit: Visit, dispute: Dispute, status: int = 200, **values: Any) -> Response:
    given = {"decision": "", "comment": ""} | values.pop("given", {})
    draft = values.pop("draft", None) or draft_of(dispute)
    return visit.page(
        "dispute.html", status, dispute=dispute, decisions=DECISIONS, given=given, draft=draft,
        fault=values.pop("fault", ""),
    )  # fmt: skip


@router.get("")
def queue(visit: Annotated[Visit, sees(*SETTLERS)]) -> Response:
    """All questions that wait for a decision, and the decisions that stand."""
    made = adjudicate.decisions(visit.session)[::-1]
    waiting = adjudicate.disputes(visit.session)
    return visit.page("disputes.html", disputes=waiting, made=made, shown=LISTED)


@router.get("/{item}")
def show(
    visit: Annotated[Visit, sees(*SETTLERS)], item: str, start: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """One question. `start` fills the edit with that reading's proposal, counted from 1."""
    dispute = _find(visit, item)
    if dispute is None:
        return to("/disputes", "stale")
    proposed = dispute.opinions[start - 1].edit if 0 < start <= len(dispute.opinions) else None
    given = {"decision": "edit"} if proposed else {}
    return _draw(visit, dispute, draft=proposed, given=given)


@router.post("/{item}")
def decide(
    visit: Annotated[Visit, does(*SETTLERS)],
    item: str,
    version: Number,
    decision: Choice = "",
    comment: Text = "",
    stem: Text = "",
    options: Annotated[list[str], Form(max_length=26)] = [],  # noqa: B006  read only
    key: Choice = "",
) -> Response:
    """Store the decision and go on with the next question."""
    dispute = _find(visit, item)
    if dispute is None or dispute.version != version:
        return to("/disputes", "stale")
    draft = None
    try:
        if decision not in [value for value, *_ in DECISIONS]:
            raise Invalid("choose one decision")
        draft = edit_of(dispute, stem, options, key) if decision == "edit" else None
        if decision == "edit" and draft is None:
            raise Invalid("the edit changes nothing: change its text, or accept the question")
        adjudicate.decide(
            visit.session, visit.account, item, version, decision, draft, comment=comment
        )
    except (Stale, AlreadyDone):
        return to("/disputes", "stale")
    except Invalid as error:
        kept = {"decision": decision, "comment": comment}
        return _draw(visit, dispute, 400, given=kept, draft=draft, fault=sentence(error))
    left = adjudicate.disputes(visit.session)
    return to(f"/disputes/{left[0].item_id}" if left else "/disputes", "decided")


@router.post("/{item}/reopen")
def reopen(visit: Annotated[Visit, does(*SETTLERS)], item: str, version: Number) -> Response:
    """Take a decision back; the log keeps it."""
    adjudicate.reopen(visit.session, visit.account, item, version)
    return to("/disputes", "reopened")
