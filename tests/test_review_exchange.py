"""What goes out and comes back: review folders, Label Studio, Argilla, and the command line."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from echoic.curation.assemble import objection
from echoic.curation.decisions import Decision, decided, read_decisions
from echoic.curation.judgements import by_question
from echoic.curation.planted import BROKEN_OPTIONS, WRONG_KEY, counting, found_share
from echoic.curation.review_app.accounts import Role, accounts, check_password
from echoic.curation.review_app.adjudicate import decide, disputes
from echoic.curation.review_app.database import reading, writing
from echoic.curation.review_app.desk import Edit, undo
from echoic.curation.review_app.events import AGAIN, question_of, readings
from echoic.curation.review_app.exchange import (
    export_folder,
    import_labels,
    to_argilla,
    to_label_studio,
    zip_bytes,
)
from echoic.curation.review_app.log import audit_log
from echoic.curation.review_app.progress import overview, progress
from echoic.curation.review_app.refusals import Invalid
from echoic.curation.review_app.tables import EventRow
from echoic.curation.review_folder import all_decisions, all_judgements, read_batches
from echoic.errors import BadRecord, OutputRefused
from echoic.question import Question, read_questions
from echoic.records import digest, write_jsonl
from review_site import QUESTIONS, Site, address, engine, fill, postgres, read_all, site


def exported(site: Site, tmp_path: Path) -> Path:
    folder = tmp_path / "review"
    with writing(site.engine) as session:
        export_folder(session, folder)
    return folder


# Review folders


def test_judgements_in_an_exported_folder_count_for_assembly(site: Site, tmp_path: Path) -> None:
    read_all(site, "reader-1", "reader-2")
    folder = exported(site, tmp_path)
    batches, judgements = read_batches(folder), all_judgements(folder)
    assert [batch.name for batch in batches] == ["batch-01", "batch-02"]
    for batch in batches:
        assert len(batch.plants) >= 2
        assert found_share(batch, judgements) == {"reader-1": 1.0, "reader-2": 1.0}
    kept = counting(batches, judgements)
    candidates = read_questions(folder / "questions.jsonl")
    assert sorted(candidates, key=lambda question: question.id) == QUESTIONS
    assert len(kept) == 2 * len(QUESTIONS)
    said = by_question(candidates, kept)
    assert [objection(question, said[question.id]) for question in candidates] == [""] * 24
    assert {judgement.kind for judgement in judgements} == {"human"}
    assert not (folder / "decisions.jsonl").exists()


def test_who_takes_planted_faults_for_sound_does_not_count(site: Site, tmp_path: Path) -> None:
    with reading(site.engine) as session:
        plants = [question_of(session, item) for item in site.plants()]
    for question in [*QUESTIONS, *plants]:
        site.say("reader-1", question)
    folder = exported(site, tmp_path)
    assert counting(read_batches(folder), all_judgements(folder)) == []


def test_edits_decisions_and_second_thoughts_are_in_the_folder(site: Site, tmp_path: Path) -> None:
    read_all(site, "reader-1")
    first, second, third, fourth = QUESTIONS[:4]
    edit = Edit("Which sound is it?", first.options, first.options[0])
    site.say("reader-2", first, clear=False, edit=edit)
    site.say("reader-2", second, clear=False, comment="hm\nhm")
    site.say("reader-2", third, distractors=False)
    site.say("reader-2", fourth, correct=False)  # found the key, then called it wrong
    with writing(site.engine) as session:
        adjudicator = site.people["judge"]
        decide(session, adjudicator, site.item(first), 1, "edit", edit)
        decide(session, adjudicator, site.item(second), 1, "accept")
        decide(session, adjudicator, site.item(third), 1, "reject", comment="two fit")
        for _ in range(2):
            undo(session, site.people["reader-2"])
    site.say("reader-2", fourth, correct=False)
    folder = exported(site, tmp_path)
    candidates = {question.id: question for question in read_questions(folder / "questions.jsonl")}
    assert candidates[first.id] == edit.applied(first)
    assert {q.id: q for batch in read_batches(folder) for q in batch.questions}[first.id] == (
        candidates[first.id]
    )
    judgements = all_judgements(folder)
    said = by_question(list(candidates.values()), judgements)
    assert first.id not in said
    assert len(judgements) == len(QUESTIONS) - 1 + len(site.plants()) + 3
    retracted = next(each for each in said[fourth.id] if each.reviewer == "reader-2")
    assert (retracted.answer, retracted.comment) == ("", AGAIN)
    settled = decided(list(candidates.values()), all_decisions(folder))
    assert settled == {second.id: "accept", third.id: "reject"}
    reasons = [
        objection(candidates[question.id], said.get(question.id, []), settled.get(question.id, ""))
        for question in (first, second, third, fourth)
    ]
    assert reasons == [
        "read by too few", "", "an adjudicator rejected it", "a reader chose another option",
    ]  # fmt: skip


def test_nothing_is_overwritten_and_every_export_is_logged(site: Site, tmp_path: Path) -> None:
    folder = exported(site, tmp_path)
    before = sorted(path.name for path in folder.rglob("*"))
    with writing(site.engine) as session, pytest.raises(OutputRefused, match="exists"):
        export_folder(session, folder)
    assert sorted(path.name for path in folder.rglob("*")) == before
    with writing(site.engine) as session:
        zip_bytes(session, site.people["owner"])
        rows = [row for row in audit_log(session) if row.kind == "exported"]
    assert [row.account for row in rows] == ["owner", ""]


def test_the_zip_holds_the_folder_and_no_path_leads_out_of_it(site: Site, tmp_path: Path) -> None:
    read_all(site, "reader-1")
    with writing(site.engine) as session:
        data = zip_bytes(session)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert set(names) == {
        "review/batches/batch-01.json", "review/batches/batch-02.json",
        "review/judgements/reader-1.jsonl", "review/questions.jsonl",
    }  # fmt: skip
    assert len(all_judgements(tmp_path / "review")) == len(QUESTIONS) + len(site.plants())


def test_decisions_are_read_strictly(tmp_path: Path) -> None:
    good = Decision("q", "c", "accept", "judge").to_record()
    path = tmp_path / "decisions.jsonl"
    assert read_decisions(path) == []
    for bad in ({**good, "decision": "maybe"}, {**good, "x": ""}, {**good, "comment": None}):
        write_jsonl(path, [good, bad])
        with pytest.raises(BadRecord, match=r"decisions\.jsonl:2"):
            read_decisions(path)


def test_the_answer_from_before_the_key_counts_and_a_slip_goes_to_the_adjudicator(
    site: Site, tmp_path: Path
) -> None:
    question = QUESTIONS[0]
    slip = question.options[(question.answer + 1) % 4]
    site.say("reader-1", question)
    item = site.say("reader-2", question, slip)
    with writing(site.engine) as session:
        for _ in range(2):
            undo(session, site.people["reader-2"])
        assert disputes(session) == []
    site.say("reader-2", question)  # the key, which is known by now
    with writing(site.engine) as session:
        (dispute,) = disputes(session)
        assert (dispute.item_id, dispute.differs) == (item, ("answer",))
        told = {(each.answer, each.again) for each in dispute.opinions}
        assert told == {(question.gold, None), (slip, question.gold)}
        (row,) = [row for row in to_label_studio(session) if row["annotations"]]
        chosen = [each["result"][0]["value"]["choices"] for each in row["annotations"]]
        assert chosen == [[question.gold], [slip]]
    said = by_question([question], all_judgements(exported(site, tmp_path)))[question.id]
    assert {each.answer for each in said} == {question.gold, slip}
    assert objection(question, said) == "a reader chose another option"


def test_who_calls_the_key_of_a_planted_fault_wrong_has_noticed_it(
    site: Site, tmp_path: Path
) -> None:
    """Whatever they answered first: of broken options, another one than the key as well."""
    with reading(site.engine) as session:
        plants = [question_of(session, item) for item in site.plants()]
    for at, question in enumerate(plants):
        site.say("reader-1", question, question.options[question.answer - 1], correct=False)
        site.say("reader-2", question, question.gold if at % 2 else None, correct=False)
    folder = exported(site, tmp_path)
    for batch in read_batches(folder):
        assert BROKEN_OPTIONS in batch.plants.values()
        assert found_share(batch, all_judgements(folder)) == {"reader-1": 1.0, "reader-2": 1.0}
    with reading(site.engine) as session:
        found = {reader.name: reader.found for reader in overview(session).readers}
    assert found == {"reader-1": 1.0, "reader-2": 1.0, "reader-3": None}


# Label Studio and Argilla


@pytest.mark.parametrize("tool", [to_label_studio, to_argilla])
def test_other_tools_get_the_questions_blind(site: Site, tool: Any) -> None:
    with writing(site.engine) as session:
        rows = tool(session)
    assert len(rows) == len(QUESTIONS) + len(site.plants())
    told = json.dumps(rows)
    for secret in ("writer", "reason", "plant", "answer", "batch", "gold"):
        assert secret not in told


@pytest.mark.parametrize("tool", [to_label_studio, to_argilla])
def test_labels_come_back_as_they_went_out(site: Site, tool: Any, tmp_path: Path) -> None:
    other = QUESTIONS[1].options[(QUESTIONS[1].answer + 1) % 4]
    site.say("reader-1", QUESTIONS[0], comment="<b>fine</b>")
    site.say("reader-1", QUESTIONS[1], other, correct=False, clear=False)
    site.say("reader-2", QUESTIONS[1], nothing=True, distractors=False)
    with writing(site.engine) as session:
        rows = json.loads(json.dumps(tool(session)))
        before = readings(session)
        assert import_labels(session, rows).known == 3
        for name in ("reader-1", "reader-1", "reader-2"):
            for _ in range(2):
                undo(session, site.people[name])
        assert readings(session) == []
        told = import_labels(session, rows, site.people["owner"])
        assert (told.taken, told.known, told.stale, told.incomplete) == (3, 0, 0, 0)
        order = [(said.account_id, said.item_id) for said in before]
        after = {(said.account_id, said.item_id): said for said in readings(session)}
        assert [after[place] for place in order] == before
        assert progress(session, site.people["reader-1"]).per_hour is None  # typed by nobody
        assert audit_log(session)[0].kind == "labels imported"
    assert len(all_judgements(exported(site, tmp_path))) == 3


def test_labels_of_strangers_get_accounts_that_nobody_can_log_in_to(site: Site) -> None:
    with writing(site.engine) as session:
        rows = to_label_studio(session)[:2]
        rows[0]["annotations"] = [_annotation(rows[0], "Dr. Who <who@example.org>", 0)]
        rows[1]["annotations"] = [
            _annotation(rows[1], 7, 1),
            _annotation(rows[1], {"email": "a@b.c"}, 1),
        ]
        assert import_labels(session, rows).taken == 3
        fresh = [each for each in accounts(session) if each.name not in site.people]
        assert [each.name for each in fresh] == [
            f"Dr.-Who--who-example.org--{digest('Dr. Who <who@example.org>')[:8]}",
            "label-studio-7", f"a-b.c-{digest('a@b.c')[:8]}",
        ]  # fmt: skip
        assert {each.role for each in fresh} == {Role.ANNOTATOR}
        assert check_password(session, "label-studio-7", "!", "here") is None


def _annotation(row: dict[str, Any], by: object, option: int, **values: str) -> dict[str, Any]:
    told = {"answer": row["data"]["choices"][option]["value"], "clear": "yes", "distractors": "no"}
    result = [
        {"from_name": name, "to_name": "stem", "type": "choices", "value": {"choices": [value]}}
        for name, value in {**told, **values}.items()
    ]
    return {"completed_by": by, "result": result, "was_cancelled": False}


def test_drafts_and_old_versions_are_left_out_and_counted(site: Site) -> None:
    with writing(site.engine) as session:
        rows = to_label_studio(session)[:4]
        for row in rows:
            row["annotations"] = [_annotation(row, "reader-1", 0)]
        rows[0]["annotations"][0]["was_cancelled"] = True
        rows[1]["annotations"][0]["result"].pop()
        rows[2]["data"]["version"] = 9
        rows[3]["predictions"] = [_annotation(rows[3], "a model", 1)]
        told = import_labels(session, rows)
        assert (told.taken, told.known, told.stale, told.incomplete) == (1, 0, 1, 1)
        assert {said.item_id for said in readings(session)} == {rows[3]["data"]["item"]}


def test_argilla_records_of_either_version_are_read_and_suggestions_are_nobodys(site: Site) -> None:
    with writing(site.engine) as session:
        two, one = to_argilla(session)[:2]
        said = {"answer": "B", "clear": "yes", "distractors": "yes", "comment": "good"}
        two["responses"] = {
            name: [{"value": value, "user_id": "0b0b0b0b"}] for name, value in said.items()
        }
        two["suggestions"] = {"answer": {"value": "A", "score": 0.9, "agent": "a model"}}
        values = {name: {"value": value} for name, value in {**said, "answer": "none"}.items()}
        one["responses"] = [
            {"user_id": "0b0b0b0b", "values": values, "status": "submitted"},
            {"user_id": "0c0c0c0c", "values": values, "status": "draft"},
        ]
        assert import_labels(session, [two, one]).taken == 2
        found = {said.item_id: said for said in readings(session)}
    options = two["fields"]["options"].splitlines()
    first = found[two["metadata"]["item"]]
    assert options[1] == f"B. {first.answer}"
    assert first.comment == "good"
    assert found[one["metadata"]["item"]].answer == ""
    assert found[one["metadata"]["item"]].correct is False


def test_a_file_that_cannot_be_read_changes_nothing(site: Site) -> None:
    with writing(site.engine) as session:
        good = to_label_studio(session)[:2]
        record = to_argilla(session)[0]
        for row in good:
            row["annotations"] = [_annotation(row, "stranger", 0)]
        count = len(session.exec(select(EventRow)).all())
    first, second = good
    odd = {**second, "annotations": [{"completed_by": 1, "result": [{"value": {}}]}]}
    wrong = {**second, "annotations": [_annotation(second, 1, 0, clear="maybe")]}
    unknown = {**second, "annotations": [_annotation(second, 1, 0, answer="Z")]}
    owner = {**second, "annotations": [_annotation(second, "owner", 0)]}
    other = {**second, "data": {**second["data"], "item": "of another site"}}
    bad: Sequence[tuple[Any, str]] = [
        ([], "no tasks"),
        ([first, record], "mixes"),
        ([first, {"text": "x"}], "row 2 is neither"),
        ([first, ["x"]], "row 2 is neither"),
        ([first, odd], "row 2: is no task"),
        ([first, {**second, "data": {"text": "x"}}], "row 2: is no task"),
        ([record, {"fields": {}, "metadata": {}}], "row 2: is no record"),
        ([first, wrong], "row 2: clear: 'maybe'"),
        ([first, unknown], "no option"),
        ([first, owner], "rename"),
        ([other], "none of 1 labels belongs"),
    ]
    for rows, why in bad:
        with writing(site.engine) as session, pytest.raises(Invalid, match=why):
            import_labels(session, rows)
    with reading(site.engine) as session:
        assert len(session.exec(select(EventRow)).all()) == count
        assert {each.name for each in accounts(session)} == set(site.people)


def test_names_that_have_to_be_changed_stay_apart(site: Site) -> None:
    """Two that are cut or cleaned to the same are two readers, and the same name is one."""
    long = [f"{'x' * 60}@{place}.org" for place in ("here", "there")]
    odd = ["a.b_c", "a.b-c", "a.b c", "", "-"]
    with writing(site.engine) as session:
        one, two = to_label_studio(session)[:2]
        for row in (one, two):
            row["annotations"] = [_annotation(row, name, 0) for name in (*long, *odd)]
        assert import_labels(session, [one]).taken == 7
        fresh = [each.name for each in accounts(session) if each.name not in site.people]
        assert len(fresh) == 7
        assert max(map(len, fresh)) == 40
        assert "a.b-c" in fresh
        assert import_labels(session, [two]).taken == 7
        assert len(accounts(session)) == len(site.people) + 7


def test_two_annotations_of_one_reader_on_one_item_are_one_and_the_other_is_counted(
    site: Site,
) -> None:
    with writing(site.engine) as session:
        row = to_label_studio(session)[0]
        row["annotations"] = [_annotation(row, "someone", at) for at in (0, 1)]
        told = import_labels(session, [row])
        assert (told.taken, told.known) == (1, 1)
        (said,) = readings(session)
        assert said.answer == row["data"]["choices"][0]["value"]
        kinds = [line.kind for line in audit_log(session) if line.account == "someone"]
        assert kinds == ["judged", "answered"]


def test_an_option_that_looks_like_a_letter_is_read_as_the_tool_means_it(engine: Engine) -> None:
    """Argilla gives letters, Label Studio texts: option A of these says "C"."""
    notes = [
        Question(f"n{at}", f"Which note is {at}?", ("C", "D", "A", f"E {at}"), 0, "Music", "Notes")
        for at in range(24)
    ]
    site = fill(engine, notes)
    with writing(site.engine) as session:
        records, rows = to_argilla(session), to_label_studio(session)
        record = next(r for r in records if r["fields"]["options"].startswith("A. C\nB. D\nC. A"))
        row = next(r for r in rows if r["data"]["item"] == record["metadata"]["item"])
        said = {"answer": "A", "clear": "yes", "distractors": "yes"}
        record["responses"] = {
            name: [{"value": value, "user_id": "0a0a"}] for name, value in said.items()
        }
        row["annotations"] = [_annotation(row, "someone", 0)]  # the text "C"
        assert import_labels(session, [record]).taken == 1
        assert import_labels(session, [row]).taken == 1
        assert [each.answer for each in readings(session)] == ["C", "C"]
        row["annotations"] = [_annotation(row, "other", 0, answer="B")]
        with pytest.raises(Invalid, match="no option"):
            import_labels(session, [row])


def test_a_text_that_no_file_can_hold_is_refused(site: Site, tmp_path: Path) -> None:
    half = "half \ud800 a character"
    with writing(site.engine) as session:
        row, record = to_label_studio(session)[0], to_argilla(session)[0]
    remark = {"from_name": "comment", "value": {"text": [half]}}
    told = _annotation(row, "someone", 0)
    row["annotations"] = [{**told, "result": [*told["result"], remark]}]
    record["responses"] = {"comment": [{"value": half, "user_id": "0a"}]}
    stranger = {**row, "annotations": [_annotation(row, half, 0)]}
    for bad in (row, record, stranger):
        with writing(site.engine) as session, pytest.raises(Invalid, match="cannot be stored"):
            import_labels(session, [bad])
    with pytest.raises(Invalid, match="cannot be stored"):
        site.say("reader-1", QUESTIONS[0], comment=half)
    first = QUESTIONS[1]
    with pytest.raises(Invalid, match="cannot be stored"):
        site.say("reader-1", first, edit=Edit(half, first.options, first.gold))
    with writing(site.engine) as session, pytest.raises(Invalid, match="cannot be stored"):
        decide(session, site.people["judge"], site.item(first), 1, "accept", comment=half)
    exported(site, tmp_path)


def test_what_is_inferred_of_the_key_is_no_objection(site: Site, tmp_path: Path) -> None:
    """Readers elsewhere do not see the key: another answer alone notices no broken option."""
    with writing(site.engine) as session:
        rows = {row["data"]["item"]: row for row in to_label_studio(session)}
        for plant in site.plants():
            row = rows[plant.id]
            gold = question_of(session, plant).gold
            texts = [choice["value"] for choice in row["data"]["choices"]]
            other = next(at for at, text in enumerate(texts) if text != gold)
            row["annotations"] = [_annotation(row, "someone", other, distractors="yes")]
        import_labels(session, list(rows.values()))
        again = [row for row in to_label_studio(session) if row["annotations"]]
        assert {each["annotations"][0]["correct"] for each in again} == {""}
    folder = exported(site, tmp_path)
    judgements = all_judgements(folder)
    assert all(each.answer for each in judgements)
    for batch in read_batches(folder):
        wrong_keys = sum(fault == WRONG_KEY for fault in batch.plants.values())
        assert 0 < wrong_keys < len(batch.plants)
        assert found_share(batch, judgements) == {"someone": wrong_keys / len(batch.plants)}
