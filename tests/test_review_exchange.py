"""What goes out and comes back: review folders, Label Studio, Argilla, and the command line."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from echoic.curation.assemble import objection
from echoic.curation.decisions import Decision, decided, read_decisions
from echoic.curation.judgements import by_question
from echoic.curation.planted import counting, found_share
from echoic.curation.review_app.accounts import Role, accounts, check_password
from echoic.curation.review_app.adjudicate import decide
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
from echoic.curation.review_app.progress import audit_log, progress
from echoic.curation.review_app.refusals import Invalid
from echoic.curation.review_app.tables import EventRow
from echoic.curation.review_folder import all_decisions, all_judgements, read_batches
from echoic.errors import BadRecord, OutputRefused
from echoic.question import read_questions
from echoic.records import write_jsonl
from review_site import QUESTIONS, Site, address, engine, postgres, read_all, site


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
            "Dr.-Who--who-example.org-", "label-studio-7", "a-b.c",
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


def test_a_long_name_is_cut_to_what_an_account_can_have(site: Site) -> None:
    with writing(site.engine) as session:
        (row,) = to_label_studio(session)[:1]
        row["annotations"] = [_annotation(row, "x" * 99, 0)]
        assert import_labels(session, [row]).taken == 1
        assert accounts(session)[-1].name == "x" * 40
