"""How far annotators are, and how well they agree: the owner's pages.

Agreement is over all readings made independently, those of versions edited later among them:
without them every settled difference would make agreement look better. Planted faults are left
out. Of answers those count that were given before a key was shown: the first of each reader, and
none to an edited version, whose readers have mostly seen the key of the one before.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlmodel import Session, col

from echoic.analysis.agreement import gwet_ac1, krippendorff_alpha, pairwise_kappa, raw
from echoic.curation.assemble import READERS
from echoic.curation.decisions import REJECT
from echoic.curation.planted import caught
from echoic.curation.review_app.accounts import Account, Role, accounts
from echoic.curation.review_app.adjudicate import CRITERIA, differences, judged_readings
from echoic.curation.review_app.events import (
    LIVE,
    Reading,
    judgement_of,
    questions_of,
    readings,
)
from echoic.curation.review_app.standing import decided, judged, rejected
from echoic.curation.review_app.tables import JUDGED, EventRow, ItemRow, VersionRow
from echoic.errors import NoData
from echoic.question import Question

BREAK = timedelta(minutes=10)  # between judgements; a longer one is no time at work
RECENT = 500  # judgements that the pace is taken from
ALL = ""
NONE_RIGHT = "none"


@dataclass(frozen=True)
class Progress:
    """Items judged of those in the queue, and judgements per hour at work (None: not known)."""

    done: int
    total: int
    per_hour: float | None

    @property
    def left(self) -> int:
        """Items that wait."""
        return self.total - self.done


@dataclass(frozen=True)
class Reader:
    """One annotator: how far, how many of the planted faults met were noticed, and when seen."""

    name: str
    active: bool
    progress: Progress
    planted: int
    noticed: int
    last: datetime | None

    @property
    def found(self) -> float | None:
        """Share of planted faults noticed; None before the first one."""
        return self.noticed / self.planted if self.planted else None


@dataclass(frozen=True)
class Overview:
    """Candidates by state (each in one of the last five), how many were edited, and the readers."""

    items: int
    edited: int
    open: int
    agreed: int
    disputed: int
    accepted: int
    rejected: int
    readers: tuple[Reader, ...]


@dataclass(frozen=True)
class Agreement:
    """Agreement on one criterion; `subcategory` is "" over all. None where it is not defined.

    `n` counts versions of items that two readers or more have judged.
    """

    criterion: str
    subcategory: str
    n: int
    raw: float | None
    kappa: float | None
    ac1: float | None
    alpha: float | None


def progress(session: Session, account: Account) -> Progress:
    """How far this annotator is."""
    done, _ = judged(session, account)
    gone = rejected(session)
    items = session.execute(select(func.count()).select_from(ItemRow)).scalar_one()
    return Progress(len(done - gone), items - len(gone), _pace(session, account))


def _pace(session: Session, account: Account) -> float | None:
    """Judgements per hour over the latest ones, breaks left out."""
    rows = session.execute(
        select(col(EventRow.at), col(EventRow.payload))
        .where(col(EventRow.account_id) == account.id, col(EventRow.kind) == JUDGED, LIVE)
        .order_by(col(EventRow.id).desc())
        .limit(RECENT)
    ).all()
    times = [at for at, payload in rows if "imported" not in payload]
    gaps = [late - early for late, early in pairwise(times) if late - early <= BREAK]
    worked = sum(gaps, timedelta())
    return len(gaps) / (worked / timedelta(hours=1)) if worked else None


def overview(session: Session) -> Overview:
    """The state of all candidates and readers."""
    said = judged_readings(session)
    items = session.execute(select(ItemRow)).scalars().all()
    closed = decided(session)
    states: Counter[str] = Counter()
    for item in items:
        if not item.fault:
            states[_state(closed.get(item.id), said.get(item.id, []))] += 1
    return Overview(
        items=states.total(),
        edited=sum(item.version > 1 for item in items),
        open=states["open"],
        agreed=states["agreed"],
        disputed=states["disputed"],
        accepted=states["accepted"],
        rejected=states["rejected"],
        readers=_readers(session, said, {item.id: item for item in items if item.fault}),
    )


def _state(decision: EventRow | None, said: Sequence[Reading]) -> str:
    if decision:
        return "rejected" if decision.payload["decision"] == REJECT else "accepted"
    if len(said) < READERS:
        return "open"
    return "disputed" if differences(said) else "agreed"


def _readers(
    session: Session, said: Mapping[str, Sequence[Reading]], plants: Mapping[str, ItemRow]
) -> tuple[Reader, ...]:
    wordings = questions_of(session)
    met: Counter[int] = Counter()
    noticed: Counter[int] = Counter()
    for item in plants.values():
        for reading in said.get(item.id, []):
            question = wordings[item.id]
            judgement = judgement_of(reading, question, "", item.batch)
            met[reading.account_id] += 1
            noticed[reading.account_id] += caught(question, item.fault, judgement)
    latest = select(col(EventRow.account_id), func.max(col(EventRow.at))).group_by(
        col(EventRow.account_id)
    )
    rows = session.execute(latest).all()
    seen: dict[int | None, datetime] = {row[0]: row[1] for row in rows}
    return tuple(
        Reader(
            name=account.name,
            active=account.active,
            progress=progress(session, account),
            planted=met[account.id],
            noticed=noticed[account.id],
            last=seen.get(account.id),
        )
        for account in accounts(session)
        if account.role == Role.ANNOTATOR
    )


def agreement_table(session: Session) -> list[Agreement]:
    """Per criterion: all subcategories together, then each. Empty before anything was judged."""
    rows = session.execute(
        select(ItemRow, VersionRow)
        .join(VersionRow, col(VersionRow.item_id) == col(ItemRow.id))
        .where(col(ItemRow.fault) == "")
    )
    wordings = {
        (item.id, version.number): Question.from_record(version.record, item.question_id)
        for item, version in rows
    }
    said: dict[tuple[str, int], list[Reading]] = {}
    for reading in readings(session, earlier=True):
        if reading.judged and (reading.item_id, reading.version) in wordings:
            said.setdefault((reading.item_id, reading.version), []).append(reading)
    groups = [ALL, *sorted({wordings[place].subcategory for place in said})] if said else []
    return [
        _agreement(criterion, group, [
            (wordings[place], here)
            for place, here in said.items()
            if group in (ALL, wordings[place].subcategory)
        ])
        for criterion in CRITERIA
        for group in groups
    ]  # fmt: skip


def _agreement(
    criterion: str, subcategory: str, said: Sequence[tuple[Question, Sequence[Reading]]]
) -> Agreement:
    items: list[dict[str, Hashable]] = [
        {
            f"{reading.account_id:09d}": _label(criterion, question, reading)
            for reading in here
            if criterion != "answer" or reading.version == 1
        }
        for question, here in said
    ]
    most = max((len(question.options) for question, _ in said), default=0)
    labels: list[Hashable] = [True, False]
    if criterion == "answer":
        labels = [*range(most), NONE_RIGHT]
    return Agreement(
        criterion=criterion,
        subcategory=subcategory,
        n=sum(len(item) > 1 for item in items),
        raw=_or_none(lambda: raw(items)),
        kappa=_or_none(lambda: pairwise_kappa(items)),
        ac1=_or_none(lambda: gwet_ac1(items, labels)),
        alpha=_or_none(lambda: krippendorff_alpha(items)),
    )


def _label(criterion: str, question: Question, reading: Reading) -> Hashable:
    """The verdict, or the place of the answer among the options as they were written."""
    if criterion != "answer":
        return bool(getattr(reading, criterion))
    return question.options.index(reading.first) if reading.first else NONE_RIGHT


def _or_none(statistic: Callable[[], float]) -> float | None:
    try:
        return statistic()
    except NoData:
        return None
