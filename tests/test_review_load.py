"""Eight people at once: nothing is lost, nothing is counted twice, whoever comes first."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import select

from echoic.curation.review_app.accounts import TRIES_PAIR, Account, add_account, check_password
from echoic.curation.review_app.adjudicate import decide
from echoic.curation.review_app.database import open_database, reading, writing
from echoic.curation.review_app.desk import Edit, answer, judge, next_item, undo
from echoic.curation.review_app.events import readings
from echoic.curation.review_app.questions import import_questions
from echoic.curation.review_app.refusals import AlreadyDone, Refused, Stale, TooManyTries
from echoic.curation.review_app.tables import EventRow, VersionRow
from review_site import QUESTIONS, Site, address, asked, engine, postgres, site

Result = TypeVar("Result")
ANNOTATORS, JUDGEMENTS = 8, 200
FINE = {"correct": True, "clear": True, "distractors": True}


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run jobs in threads that start together; what they return, in order."""
    start = Barrier(len(jobs))

    def go(job: Callable[[], Result]) -> Result:
        start.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(go, jobs))


def outcome(job: Callable[[], object]) -> str:
    """The name of the refusal a job ends with, or "done"."""
    try:
        job()
    except Refused as refusal:
        return type(refusal).__name__
    return "done"


def test_eight_annotators_lose_no_judgement(engine: Engine) -> None:
    with writing(engine) as session:
        import_questions(session, [asked(at) for at in range(JUDGEMENTS)], 1)
        people = [
            add_account(session, f"reader-{at}", None, "annotator") for at in range(ANNOTATORS)
        ]

    def read(person: Account) -> dict[str, str]:
        said = {}
        with writing(engine) as session:
            for _ in range(JUDGEMENTS):
                view = next_item(session, person)
                assert view is not None
                session.rollback()  # reading the page is a request of its own
                option = view.options[0]
                answer(session, person, view.item_id, view.version, option)
                judge(session, person, view.item_id, view.version, **FINE, comment=person.name)
                said[view.item_id] = option
        return said

    told = at_once([lambda person=person: read(person) for person in people])
    with reading(engine) as session:
        found = readings(session)
        events = session.exec(select(EventRow)).all()
    assert len(found) == ANNOTATORS * JUDGEMENTS
    for person, said in zip(people, told, strict=True):
        mine = [each for each in found if each.account_id == person.id]
        assert {each.item_id: each.answer for each in mine} == said
        assert {each.comment for each in mine} == {person.name}
    kinds = Counter(event.kind for event in events)
    assert kinds["answered"] == kinds["judged"] == ANNOTATORS * JUDGEMENTS


def test_the_same_form_sent_many_times_at_once_is_stored_once(site: Site) -> None:
    person = site.people["reader-1"]
    item = site.item(QUESTIONS[0])

    def send(option: str) -> str:
        def job() -> None:
            with writing(site.engine) as session:
                answer(session, person, item, 1, option)

        return outcome(job)

    told = at_once([lambda at=at: send(QUESTIONS[0].options[at % 4]) for at in range(8)])
    assert Counter(told) == {"done": 1, AlreadyDone.__name__: 7}
    with reading(site.engine) as session:
        assert len(readings(session)) == 1

    def back() -> str | None:
        with writing(site.engine) as session:
            return undo(session, person)

    assert Counter(at_once([back] * 4)) == {item: 1, None: 3}


def test_two_decisions_at_once_make_one_version(site: Site) -> None:
    question = QUESTIONS[0]
    item = site.say("reader-1", question)
    site.say("reader-2", question, clear=False)

    def edit(at: int) -> str:
        def job() -> None:
            with writing(site.engine) as session:
                text = Edit(f"Wording {at}?", question.options, question.gold)
                decide(session, site.people[("judge", "owner")[at % 2]], item, 1, "edit", text)

        return outcome(job)

    told = at_once([lambda at=at: edit(at) for at in range(4)])
    assert Counter(told) == {"done": 1, Stale.__name__: 3}
    with reading(site.engine) as session:
        versions = session.exec(select(VersionRow).where(VersionRow.item_id == item)).all()
    assert sorted(version.number for version in versions) == [1, 2]


def test_guesses_at_once_do_not_slip_past_the_limit(engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "owner", "a long password", "owner")

    def guess() -> str:
        def job() -> None:
            with writing(engine) as session:
                check_password(session, "owner", "wrong", "here")

        return outcome(job)

    told = Counter(at_once([guess] * (TRIES_PAIR + 4)))
    assert told["done"] <= TRIES_PAIR
    assert told[TooManyTries.__name__] >= 4


def test_opening_and_filling_at_once_is_done_once(address: str) -> None:
    def start() -> int:
        opened = open_database(address)
        with writing(opened) as session:
            count = import_questions(session, QUESTIONS, 1, size=12)
        opened.dispose()
        return count

    assert sorted(at_once([start] * 3)) == [0, 0, len(QUESTIONS)]
