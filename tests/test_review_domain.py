"""The desk, adjudication, accounts and sessions, on both databases."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from echoic.curation.review_app import database
from echoic.curation.review_app.adjudicate import decide, decisions, disputes, reopen
from echoic.curation.review_app.database import open_database, reading, unmigrate, writing
from echoic.curation.review_app.desk import (
    Edit,
    View,
    answer,
    judge,
    next_item,
    undo,
    view,
)
from echoic.curation.review_app.events import question_of, questions_of, readings
from echoic.curation.review_app.exchange import tasks
from echoic.curation.review_app.log import audit_log
from echoic.curation.review_app.progress import overview, progress
from echoic.curation.review_app.questions import held_out, import_questions
from echoic.curation.review_app.refusals import (
    AlreadyDone,
    Forbidden,
    Invalid,
    NotAnswered,
    Stale,
)
from echoic.curation.review_app.tables import EventRow, ItemRow
from echoic.errors import BadQuestion, BadRecord, NoData, OutputRefused
from review_site import QUESTIONS, Site, address, asked, engine, postgres, site

FINE = {"correct": True, "clear": True, "distractors": True}


def shown(site: Site, name: str) -> View:
    with reading(site.engine) as session:
        found = next_item(session, site.people[name])
    assert found is not None
    return found


def queue(site: Site, name: str) -> list[str]:
    """Judge everything; the item ids in the order they came."""
    seen = []
    with writing(site.engine) as session:
        while view := next_item(session, site.people[name]):
            seen.append(view.item_id)
            answer(session, site.people[name], view.item_id, view.version, None)
            judge(session, site.people[name], view.item_id, view.version, **FINE)
    return seen


def events(engine: Engine) -> int:
    with reading(engine) as session:
        return len(session.exec(select(EventRow)).all())


# Database


def test_tables_go_up_and_down_and_opening_twice_changes_nothing(address: str) -> None:
    engine = open_database(address)
    tables = set(inspect(engine).get_table_names())
    assert {"account", "event", "item", "login_session", "login_try", "version"} < tables
    columns = {
        name: {column["name"] for column in inspect(engine).get_columns(name)}
        for name in tables - {"alembic_version"}
    }
    declared = {
        name: set(table.columns.keys())
        for name, table in EventRow.metadata.tables.items()
        if name in columns
    }
    assert columns == declared
    unmigrate(engine)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    database.migrate(engine)
    engine.dispose()
    again = open_database(address)
    assert set(inspect(again).get_table_names()) == tables
    again.dispose()


def test_the_migration_makes_what_the_tables_declare(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), EventRow.metadata)
    assert found == []


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE event SET version = 9",
        "DELETE FROM event",
        "UPDATE version SET number = 9",
        "DELETE FROM version",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(site: Site, act: str) -> None:
    before = events(site.engine)
    with pytest.raises(DatabaseError, match="append-only"), site.engine.begin() as connection:
        connection.execute(text(act))
    assert events(site.engine) == before > 0


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("nothing://secret@here", BadRecord),
        ("mysql://someone:secret@localhost/none", BadRecord),
        ("postgresql://someone:secret@:x:y", BadRecord),
        ("sqlite://", BadRecord),
        ("sqlite:///:memory:", BadRecord),
        ("sqlite+aiosqlite:///x.db", BadRecord),
        ("sqlite+pysqlcipher://:secret@/x.db", BadRecord),
        ("sqlite:///x.db?check_same_thread=abc", BadRecord),
        ("postgresql://someone:secret@localhost:1/none", OutputRefused),
        ("postgresql://someone:secret@localhost/none?port=abc", OutputRefused),
        ("postgresql://someone:secret@a..b/none", OutputRefused),
        ("/proc/none/review.db", OutputRefused),
    ],
)
def test_a_bad_address_is_one_line_without_its_password(
    address: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"is no database|cannot be opened|no options") as told:
        open_database(address)
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but long enough to be taken for one\n" * 40)
    before = path.read_bytes()
    with pytest.raises(OutputRefused, match="not a database"):
        open_database(str(path))
    assert path.read_bytes() == before


def test_a_database_of_another_version_is_refused_in_a_line(address: str) -> None:
    engine = open_database(address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of a later day'"))
    engine.dispose()
    with pytest.raises(OutputRefused, match="another version of echoic") as told:
        open_database(address)
    assert "\n" not in str(told.value)


# Questions


def test_questions_come_in_once_with_plants_in_every_batch(site: Site) -> None:
    with writing(site.engine) as session:
        assert import_questions(session, QUESTIONS, 3) == 0
        items = session.exec(select(ItemRow)).all()
        assert {item.batch for item in items} == {"batch-01", "batch-02"}
        assert len([item for item in items if not item.fault]) == len(QUESTIONS)
        assert {item.batch for item in items if item.fault} == {"batch-01", "batch-02"}
        more = [*QUESTIONS, *[asked(at) for at in range(100, 112)]]
        assert import_questions(session, more, 4, size=6) == 12
        batches = {item.batch for item in session.exec(select(ItemRow))}
        assert batches == {f"batch-{at:02d}" for at in range(1, 5)}
        changed = [replace(QUESTIONS[0], stem="Other words?"), *QUESTIONS[1:]]
        with pytest.raises(OutputRefused, match="in other words"):
            import_questions(session, changed, 3)
        session.rollback()
        with pytest.raises(NoData, match="too few"):
            import_questions(session, [asked(500)], 3)


def test_what_is_asked_with_a_fault_is_asked_nowhere_else(engine: Engine) -> None:
    """A reader of all batches must not know a planted fault by its stem."""
    asked_ = [asked(at) for at in range(60)]
    with writing(engine) as session:
        assert import_questions(session, asked_, 1) == 60
        held = held_out(session)
        wordings = questions_of(session)
        items = session.exec(select(ItemRow)).all()
        assert len(held) == len([item for item in items if item.fault]) == 4
        assert len(items) == 60
        stems = [question.stem for question in wordings.values()]
        assert len(set(stems)) == len(stems) == 60
        names = {wordings[item.id].id for item in items if not item.fault}
        assert names == {question.id for question in asked_} - held
        assert import_questions(session, asked_, 1) == 0  # also those that are held out
        (told,) = [row.detail for row in audit_log(session) if row.kind == "imported"]
        assert "held out, asked with a fault only" in told


def test_texts_are_stored_as_forms_send_them_back(engine: Engine) -> None:
    """Else every judgement would propose an edit, since forms cut blanks off."""
    texts = (" one", "two\nlines ", "three\t", "four")
    odd = [
        replace(asked(at), stem=f"  Which is {at}?\r\nSay it. ", options=texts) for at in range(6)
    ]
    with writing(engine) as session:
        import_questions(session, odd, 1)
        assert import_questions(session, odd, 1) == 0
        for question in questions_of(session).values():
            assert question.stem.endswith("?\nSay it.")
            assert set(question.options) <= {"one", "two lines", "three", "four"}
        for bad in (("a", "a ", "b", "c"), ("a", " ", "b", "c")):
            with pytest.raises(BadQuestion, match="words of its own"):
                import_questions(session, [replace(asked(9), options=bad)], 1)


def test_the_hundredth_batch_comes_after_the_eleventh(site: Site) -> None:
    with writing(site.engine) as session:
        for item in session.exec(select(ItemRow)):
            item.batch = {"batch-01": "batch-100", "batch-02": "batch-11"}[item.batch]
            session.add(item)
        session.commit()
        order = [task.item for task in tasks(session)]
        batches = {item.id: item.batch for item in session.exec(select(ItemRow))}
    assert list(dict.fromkeys(batches[item] for item in order)) == ["batch-11", "batch-100"]
    for question in QUESTIONS:
        site.say("reader-1", question)
        site.say("reader-2", question, clear=False)
    with reading(site.engine) as session:
        found = list(dict.fromkeys(batches[each.item_id] for each in disputes(session)))
    assert found == ["batch-11", "batch-100"]


# The desk


def test_the_key_is_shown_only_after_the_answer_and_nothing_else_of_the_origin(site: Site) -> None:
    before = shown(site, "reader-1")
    assert before.key is None
    assert before.answer is None
    told = repr(before)
    assert "writer" not in told
    assert "reason" not in told
    assert "plant" not in told
    with writing(site.engine) as session:
        after = answer(session, site.people["reader-1"], before.item_id, 1, before.options[0])
    assert after.key in after.options
    assert after.answer == before.options[0]
    assert after.options == before.options
    assert shown(site, "reader-1") == after  # resumes where they were
    assert shown(site, "reader-2").key is None


def test_everyone_has_an_order_of_their_own_and_all_start_with_the_first_batch(site: Site) -> None:
    with reading(site.engine) as session:
        items = session.exec(select(ItemRow)).all()
        first = [item.id for item in items if item.batch == "batch-01"]
        one, two = (
            [view(session, site.people[name], item.id).options for item in items]
            for name in ("reader-1", "reader-2")
        )
    assert one != two
    assert list(map(sorted, one)) == list(map(sorted, two))
    orders = [queue(site, name) for name in ("reader-1", "reader-2")]
    assert orders[0] != orders[1]
    assert set(orders[0]) == set(orders[1]) == {item.id for item in items}
    for order in orders:
        assert set(order[: len(first)]) == set(first)
    with reading(site.engine) as session:
        assert next_item(session, site.people["reader-1"]) is None


def test_an_answer_stands_until_it_is_undone_and_undoing_is_recorded(site: Site) -> None:
    reader = site.people["reader-1"]
    now_ = shown(site, "reader-1")
    with writing(site.engine) as session:
        with pytest.raises(NotAnswered):
            judge(session, reader, now_.item_id, 1, **FINE)
        answer(session, reader, now_.item_id, 1, now_.options[0])
        with pytest.raises(AlreadyDone):
            answer(session, reader, now_.item_id, 1, now_.options[1])
        judge(session, reader, now_.item_id, 1, **FINE)
        with pytest.raises(AlreadyDone):
            judge(session, reader, now_.item_id, 1, **FINE)
        assert undo(session, reader) == now_.item_id
        back = next_item(session, reader)
        assert back is not None
        assert (back.item_id, back.answer) == (now_.item_id, now_.options[0])
        assert undo(session, reader) == now_.item_id
        again = next_item(session, reader)
        assert again is not None
        assert (again.item_id, again.answer, again.key) == (now_.item_id, None, None)
        assert undo(session, reader) is None
        answer(session, reader, now_.item_id, 1, None)
        said = readings(session, account=reader)
        assert [(one.answer, one.after_key, one.judged) for one in said] == [("", True, False)]
        kinds = [row.kind for row in reversed(audit_log(session)) if row.account == "reader-1"]
    assert kinds == ["answered", "judged", "undone", "undone", "answered"]


@pytest.mark.parametrize("what", ["option", "comment", "edit"])
def test_values_that_cannot_be_taken_change_nothing(site: Site, what: str) -> None:
    reader = site.people["reader-1"]
    now_ = shown(site, "reader-1")
    item = now_.item_id
    with writing(site.engine) as session:
        if what == "option":
            with pytest.raises(Invalid):
                answer(session, reader, item, 1, "something else")
        else:
            answer(session, reader, item, 1, None)
            edit = Edit(now_.stem, now_.options, "no option") if what == "edit" else None
            with pytest.raises(Invalid):
                judge(session, reader, item, 1, **FINE, comment="x" * 5000, edit=edit)
    count = events(site.engine)
    with reading(site.engine) as session:
        said = readings(session, account=reader)
    assert [one.judged for one in said] == ([] if what == "option" else [False])
    assert count == events(site.engine)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit("", ("a", "b", "c", "d"), "a"), "stem"),
        (Edit("Which?", ("a", "b", "c"), "a"), "4 options"),
        (Edit("Which?", ("a", "A ", "c", "d"), "a"), "words of its own"),
        (Edit("Which?", ("a", " ", "c", "d"), "a"), "words of its own"),
        (Edit("Which?", ("a", "b", "c", "d"), "e"), "one of its options"),
        (Edit("W" * 9999, ("a", "b", "c", "d"), "a"), "at most"),
        (Edit(QUESTIONS[0].stem, QUESTIONS[0].options, QUESTIONS[0].gold), "changes nothing"),
    ],
)
def test_an_edit_must_make_another_question(edit: Edit, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        edit.applied(QUESTIONS[0])


def test_only_annotators_judge_and_only_adjudicators_and_owners_decide(site: Site) -> None:
    item = site.item(QUESTIONS[0])
    with writing(site.engine) as session:
        for name in ("judge", "owner"):
            person = site.people[name]
            with pytest.raises(Forbidden):
                next_item(session, person)
            with pytest.raises(Forbidden):
                answer(session, person, item, 1, None)
            with pytest.raises(Forbidden):
                judge(session, person, item, 1, **FINE)
            with pytest.raises(Forbidden):
                undo(session, person)
        with pytest.raises(Forbidden):
            decide(session, site.people["reader-1"], item, 1, "accept")
        with pytest.raises(Forbidden):
            reopen(session, site.people["reader-1"], item, 1)
        with pytest.raises(Stale):
            answer(session, site.people["reader-1"], "no such item", 1, None)


# Adjudication


def test_differences_come_up_without_names_and_planted_faults_never(site: Site) -> None:
    wrong = QUESTIONS[1].options[(QUESTIONS[1].answer + 1) % 4]
    edit = Edit("Which sound is the third?", QUESTIONS[3].options, QUESTIONS[3].gold)
    for question in QUESTIONS[:5]:
        site.say("reader-1", question)
    site.say("reader-2", QUESTIONS[0])
    site.say("reader-2", QUESTIONS[1], wrong, correct=False)
    site.say("reader-2", QUESTIONS[2], clear=False, comment="two readings")
    site.say("reader-2", QUESTIONS[3], edit=edit)
    with reading(site.engine) as session:
        found = {dispute.item_id: dispute for dispute in disputes(session)}
    expected = {
        site.item(QUESTIONS[1]): ("answer", "correct"),
        site.item(QUESTIONS[2]): ("clear",),
        site.item(QUESTIONS[3]): ("edit proposed",),
    }
    assert {item: dispute.differs for item, dispute in found.items()} == expected
    one = found[site.item(QUESTIONS[2])]
    assert [opinion.reader for opinion in one.opinions] == ["Reader 1", "Reader 2"]
    assert {opinion.comment for opinion in one.opinions} == {"", "two readings"}
    assert "reader-" not in repr(found)
    with reading(site.engine) as session:
        plants = {item.id: question_of(session, item) for item in site.plants()}
    for question in plants.values():
        site.say("reader-1", question)
        site.say("reader-2", question, clear=False)
    with writing(site.engine) as session:
        assert {dispute.item_id for dispute in disputes(session)} == set(expected)
        with pytest.raises(Stale):
            decide(session, site.people["judge"], next(iter(plants)), 1, "reject")


def test_an_accepted_edit_makes_a_version_that_all_read_again(site: Site) -> None:
    question = QUESTIONS[2]
    item = site.say("reader-1", question)
    edit = Edit("Which sound is the second?", question.options[::-1], question.options[0])
    site.say("reader-2", question, correct=False, edit=edit)
    judge_ = site.people["judge"]
    with writing(site.engine) as session:
        for bad in ("keep", "edit"):
            with pytest.raises(Invalid):
                decide(session, judge_, item, 1, bad)
        with pytest.raises(Invalid):
            decide(session, judge_, item, 1, "accept", edit)
        assert decide(session, judge_, item, 1, "edit", edit) == 2
        with pytest.raises(Stale):
            decide(session, judge_, item, 1, "reject")
        assert disputes(session) == []
        assert readings(session) == []
        assert len(readings(session, earlier=True)) == 2
        again = view(session, site.people["reader-1"], item)
        assert (again.version, again.stem, again.key) == (2, edit.stem, None)
        with pytest.raises(Stale):
            answer(session, site.people["reader-3"], item, 1, None)
        with pytest.raises(Stale, match="it stands"):
            undo(session, site.people["reader-2"])
        assert progress(session, site.people["reader-1"]).done == 0
    assert item in queue(site, "reader-1")


def test_nothing_is_stored_of_a_question_that_was_rejected_meanwhile(site: Site) -> None:
    answered, open_ = site.item(QUESTIONS[0]), site.item(QUESTIONS[1])
    reader = site.people["reader-1"]
    with writing(site.engine) as session:
        answer(session, reader, answered, 1, None)
        for item in (answered, open_):
            decide(session, site.people["owner"], item, 1, "reject")
    count = events(site.engine)
    with writing(site.engine) as session:
        with pytest.raises(Stale, match="rejected"):
            judge(session, reader, answered, 1, **FINE)
        with pytest.raises(Stale, match="rejected"):
            answer(session, reader, open_, 1, None)
    assert events(site.engine) == count


def test_comments_have_one_kind_of_line_break_and_are_counted_so(site: Site) -> None:
    site.say("reader-1", QUESTIONS[0], comment="line\r\n" * 800)
    with reading(site.engine) as session:
        (said,) = readings(session)
    assert said.comment == "\n".join(["line"] * 800)


def test_a_rejected_item_leaves_the_queues_until_it_is_reopened(site: Site) -> None:
    question = QUESTIONS[4]
    item = site.say("reader-1", question)
    site.say("reader-2", question, distractors=False)
    owner, third = site.people["owner"], site.people["reader-3"]
    with writing(site.engine) as session:
        total = progress(session, third).total
        decide(session, owner, item, 1, "reject", comment=" not sound ")
        with pytest.raises(AlreadyDone):
            decide(session, owner, item, 1, "accept")
        assert [(each.decision, each.comment) for each in decisions(session)] == [
            ("reject", "not sound")
        ]
        assert disputes(session) == []
        with pytest.raises(Stale, match="it stands"):
            undo(session, site.people["reader-2"])  # what was decided on stays
        assert progress(session, third).total == total - 1
        assert overview(session).rejected == 1
        reopen(session, owner, item, 1)
        with pytest.raises(Stale):
            reopen(session, owner, item, 1)
        assert [dispute.item_id for dispute in disputes(session)] == [item]
        assert decisions(session) == []
        decide(session, owner, item, 1, "accept")
        assert overview(session).accepted == 1
    assert item in queue(site, "reader-3")
