"""The review app's pages: log in, answer, judge, undo, settle, watch, take out."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra echoic[review] is not installed")

from echoic.curation.planted import counting
from echoic.curation.review_app import web
from echoic.curation.review_folder import all_judgements, read_batches
from review_pages import OWNER, READERS, SETTLER, Site, form, options, questions, quick_hashes


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_everyone_begins_at_the_first_page_of_their_role(site: Site) -> None:
    for name, page in ((READERS[0], "/review"), (SETTLER, "/disputes"), (OWNER, "/overview")):
        client = site.visitor(name)
        assert client.get("/").url.path == page
        text = client.get(page).text
        assert f'aria-current="page">{page[1:].title()[:4]}' in text or page == "/disputes"
        client.post("/logout", data=form(text))
        assert client.get(page).url.path == "/login"


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(site: Site) -> None:
    pages = []
    for name in (OWNER, "nobody"):
        client = site.client()
        answer = client.post(
            "/login", data={**form(client.get("/login").text), "name": name, "password": "x" * 12}
        )
        assert answer.status_code == 401
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert pages[0] == pages[1]


def test_the_key_comes_after_the_answer_and_the_next_question_after_the_judgement(
    site: Site,
) -> None:
    reader = site.visitor(READERS[0])
    asked = reader.get("/review").text
    assert '<span class="tag good">key</span>' not in asked
    first = form(asked)["item"]
    judged = reader.post("/review/answer", data={**form(asked), "choice": "1"}).text
    assert form(judged)["item"] == first
    assert judged.count('<span class="tag good">key</span>') == 1
    assert reader.get("/review").text.count('<span class="tag good">key</span>') == 1  # resumes
    said = {"correct": "yes", "clear": "no", "distractors": "yes", "comment": "  vague "}
    after = reader.post("/review/judge", data={**form(judged), **said}).text
    assert form(after)["item"] != first
    assert "<strong>1</strong> of" in after
    (reading,) = site.readings(READERS[0])
    assert (reading.correct, reading.clear, reading.distractors) == (True, False, True)
    assert (reading.comment, reading.edit) == ("vague", None)


def test_none_of_the_options_is_an_answer_too(site: Site) -> None:
    reader = site.visitor(READERS[0])
    page = reader.post(
        "/review/answer", data={**form(reader.get("/review").text), "choice": "none"}
    ).text
    assert "You saw no single right option." in page
    assert site.readings(READERS[0])[0].answer == ""


def test_an_answer_stands_until_it_is_undone_and_both_stay_in_the_log(site: Site) -> None:
    reader = site.visitor(READERS[0])
    asked = reader.get("/review").text
    texts = options(asked)
    reader.post("/review/answer", data={**form(asked), "choice": "0"})
    again = reader.post("/review/answer", data={**form(asked), "choice": "1"})
    assert "changed or was done already" in again.text
    assert site.readings(READERS[0])[0].answer == texts[0]
    undone = reader.post("/review/undo", data=form(again.text)).text
    assert form(undone)["item"] == form(asked)["item"]
    assert options(undone) == texts  # the same order again
    reader.post("/review/answer", data={**form(undone), "choice": "1"})
    (reading,) = site.readings(READERS[0])
    assert (reading.answer, reading.after_key) == (texts[1], True)
    log = site.visitor(OWNER).get("/log").text
    for kind, count in (("answered", 2), ("undone", 1)):
        assert log.count(f'<span class="tag">{kind}</span>') == count


def test_nothing_to_undo_is_told(site: Site) -> None:
    reader = site.visitor(READERS[0])
    page = reader.post("/review/undo", data=form(reader.get("/review").text))
    assert "nothing left to undo" in page.text


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"clear": ""}, "all three criteria"),
        ({"clear": "perhaps"}, "all three criteria"),
        ({"options": ["a", "a", "b", "c"]}, "words of its own"),
        ({"options": ["a", "b", "c"], "key": "0"}, "keeps 4 options"),
        ({"key": "9"}, "Mark one option"),
        ({"stem": " "}, "stem of an edit is empty"),
    ],
)
def test_a_faulty_judgement_is_told_and_loses_nothing(
    site: Site, changes: dict[str, Any], fault: str
) -> None:
    reader = site.visitor(READERS[0])
    asked = reader.get("/review").text
    page = reader.post("/review/answer", data={**form(asked), "choice": "0"}).text
    said = {"correct": "no", "clear": "yes", "distractors": "yes", "comment": "mind this"}
    answer = reader.post("/review/judge", data={**form(page), **said, **changes})
    assert answer.status_code == 400
    assert fault in answer.text
    assert "mind this</textarea>" in answer.text
    assert re.search(r'name="correct" value="no" required checked', answer.text)
    assert not site.readings(READERS[0])[0].judged


def test_every_reader_has_an_order_of_their_own(site: Site) -> None:
    orders = []
    for name in READERS:
        reader = site.visitor(name)
        orders.append([form(site.read(reader))["item"] for _ in range(4)])
    assert orders[0] != orders[1]


def test_differences_are_settled_without_names(site: Site) -> None:
    item = site.disputed(comment="two options fit")
    settler = site.visitor(SETTLER)
    assert f'href="/disputes/{item}"' in settler.get("/disputes").text
    page = settler.get(f"/disputes/{item}").text
    assert "two options fit" in page
    assert page.count("<h2>Reader ") == 2
    assert not any(name in page for name in READERS)
    refused = settler.post(f"/disputes/{item}", data=form(page))
    assert refused.status_code == 400
    assert "Choose one decision" in refused.text
    done = settler.post(
        f"/disputes/{item}", data={**form(page), "decision": "reject", "comment": "unclear"}
    )
    assert "Nothing to settle" in done.text
    assert "unclear" in done.text
    back = settler.post(f"/disputes/{item}/reopen", data={**form(done.text), "version": "1"})
    assert "taken back" in back.text
    assert f'href="/disputes/{item}"' in back.text


def test_an_accepted_edit_makes_a_new_version_that_all_read_again(site: Site) -> None:
    item = site.disputed(edit="Which of these sounds is it?")
    settler = site.visitor(SETTLER)
    page = settler.get(f"/disputes/{item}?start=1").text
    if "checked" not in page.split("decision", 1)[1].split("</fieldset>")[0]:
        page = settler.get(f"/disputes/{item}?start=2").text
    assert "<ins>" in page
    stale = site.visitor(READERS[0]).get("/review").text
    settler.post(f"/disputes/{item}", data={**form(page), "decision": "edit"})
    assert site.version(item) == 2
    late = settler.post(f"/disputes/{item}", data={**form(page), "decision": "accept"})
    assert "changed or was done already" in late.text
    assert not [said for said in site.readings() if said.item_id == item]  # void
    for name in READERS:
        reader = site.visitor(name)
        seen = ""
        while "All questions are reviewed" not in (page := reader.get("/review").text):
            seen += page
            site.read(reader)
        assert "Which of these sounds is it?" in seen
    assert form(stale)["item"]  # an old page of another item harms nothing


def test_an_edit_that_changes_nothing_is_refused(site: Site) -> None:
    item = site.disputed()
    settler = site.visitor(SETTLER)
    page = settler.get(f"/disputes/{item}").text
    answer = settler.post(f"/disputes/{item}", data={**form(page), "decision": "edit"})
    assert answer.status_code == 400
    assert "changes nothing" in answer.text


def test_the_owner_sees_progress_and_agreement_or_no_data(site: Site) -> None:
    owner = site.visitor(OWNER)
    assert "No data" in owner.get("/agreement").text
    assert "no data" in owner.get("/overview").text
    site.disputed()
    overview, agreement = owner.get("/overview").text, owner.get("/agreement").text
    assert re.search(r"<dt>To settle</dt><dd>1</dd>", overview)
    assert agreement.count("<details") == 4
    assert "no data" in agreement


def test_accounts_are_added_locked_and_given_passwords(site: Site) -> None:
    owner = site.visitor(OWNER)
    token = form(owner.get("/people").text)
    new = {"name": "third", "password": "another password", "role": "annotator"}
    assert "The account is added." in owner.post("/people/add", data={**token, **new}).text
    for wrong in ({"name": "a/b"}, {"name": "fourth", "password": "short"}, {"role": "king"}, {}):
        assert owner.post("/people/add", data={**token, **new, **wrong}).status_code == 400
    third = site.visitor("third", "another password")
    owner.post("/people/lock", data={**token, "name": "third", "active": "no"})
    assert third.get("/review").url.path == "/login"
    owner.post("/people/lock", data={**token, "name": "third", "active": "yes"})
    owner.post("/people/password", data={**token, "name": "third", "password": "a third password"})
    assert site.visitor("third", "a third password").get("/review").url.path == "/review"
    last = owner.post("/people/lock", data={**token, "name": OWNER, "active": "no"})
    assert "only owner" in last.text


def test_a_reader_changes_their_own_password(site: Site) -> None:
    reader = site.visitor(READERS[0])
    token = form(reader.get("/account").text)
    wrong = reader.post("/account", data={**token, "old": "not this one", "new": "y" * 12})
    assert wrong.status_code == 400
    short = reader.post("/account", data={**token, "old": site.password, "new": "short"})
    assert short.status_code == 400
    done = reader.post("/account", data={**token, "old": site.password, "new": "a new password"})
    assert "Your password is changed" in done.text
    assert site.visitor(READERS[0], "a new password").get("/review").url.path == "/review"


def test_a_review_folder_comes_out_and_counts(site: Site, tmp_path: Path) -> None:
    for name in READERS:
        reader = site.visitor(name)
        while "All questions are reviewed" not in reader.get("/review").text:
            site.read(reader)
    owner = site.visitor(OWNER)
    answer = owner.post("/export/folder", data=form(owner.get("/overview").text))
    assert 'filename="review.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert not [name for name in archive.namelist() if name.startswith(("/", ".."))]
        archive.extractall(tmp_path / "out")
    folder = tmp_path / "out" / "review"
    kept = counting(read_batches(folder), all_judgements(folder))
    assert len(kept) == 2 * len(questions())
    assert {judgement.kind for judgement in kept} == {"human"}


@pytest.mark.parametrize("kind", ["label-studio", "argilla"])
def test_labels_go_out_and_come_in(site: Site, kind: str) -> None:
    site.disputed()
    owner = site.visitor(OWNER)
    token = form(owner.get("/overview").text)
    rows = owner.post(f"/export/{kind}", data=token).content
    assert len(json.loads(rows)) >= len(questions())
    back = owner.post("/import", data=token, files={"labels": ("labels.json", rows)})
    assert re.search(r"0 taken in, [1-9]\d* here already, 0 incomplete, 0 about", back.text)
    for wrong in (b"{", b"[1]", b"\xff\xfe", b"[]"):
        answer = owner.post("/import", data=token, files={"labels": ("labels.json", wrong)})
        assert answer.status_code == 400


def test_the_log_says_who_it_was_and_nothing_in_the_words_of_the_program(site: Site) -> None:
    reader = site.visitor(READERS[0])
    for choice in ("0", "1"):
        page = reader.get("/review").text
        reader.post("/review/answer", data={**form(page), "choice": choice})
        if choice == "0":
            reader.post("/review/undo", data=form(page))
    stranger = site.client()
    wrong = {"name": "stranger", "password": "a wrong password"}
    stranger.post("/login", data={**form(stranger.get("/login").text), **wrong})
    log = site.visitor(OWNER).get("/log").text
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in log.split('<tr role="row">')]
    failed = next(row for row in rows if "log-in failed" in row)
    assert "a visitor" in failed
    assert "the command line" not in failed
    assert "the command line" in next(row for row in rows if "imported" in row)
    assert log.count("given again after the key was shown") == 1
    assert "after_key" not in log


def test_imported_readers_are_told_from_those_who_log_in(site: Site) -> None:
    site.disputed()
    owner = site.visitor(OWNER)
    token = form(owner.get("/overview").text)
    rows = json.loads(owner.post("/export/label-studio", data=token).content)
    for row in rows:
        for each in row["annotations"]:
            each["reader"] = "someone-else"
    data = json.dumps(rows).encode()
    owner.post("/import", data=token, files={"labels": ("labels.json", data)})
    states = dict(
        re.findall(r'scope="row">([\w-]+)</th>.*?data-label="State">([^<]*)<',
                   owner.get("/people").text, re.DOTALL)
    )  # fmt: skip
    assert states == {
        **dict.fromkeys((*READERS, SETTLER, OWNER), "open"),
        "someone-else": "imported, no log-in",
    }
    added = next(row for row in owner.get("/log").text.split("<tr") if "account added" in row)
    assert f"{OWNER}</td>" in added


def test_a_comment_of_many_lines_is_counted_as_it_was_typed(site: Site) -> None:
    reader = site.visitor(READERS[0])
    site.read(reader, comment="x\r\n" * 1999 + "x")
    (reading,) = site.readings(READERS[0])
    assert reading.comment == "x\n" * 1999 + "x"
    asked = reader.get("/review").text
    page = reader.post("/review/answer", data={**form(asked), "choice": "0"}).text
    said = {"correct": "yes", "clear": "yes", "distractors": "yes", "comment": "x" * 4001}
    answer = reader.post("/review/judge", data={**form(page), **said})
    assert answer.status_code == 400
    assert "at most 4,000 characters" in answer.text


def test_a_step_on_a_question_that_was_settled_since_stands_and_that_is_told(site: Site) -> None:
    item = site.disputed()
    settler = site.visitor(SETTLER)
    page = settler.get(f"/disputes/{item}").text
    settler.post(f"/disputes/{item}", data={**form(page), "decision": "accept"})
    reader = site.visitor(READERS[0])
    answer = reader.post("/review/undo", data=form(reader.get("/review").text))
    assert "edited or decided since: it stands" in answer.text
    assert "nothing left to undo" not in answer.text


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'[{"fields": {}, "metadata": {"item": "x", "version": 1e999}, "responses": []}]',
        b'[{"data": {"item": "x", "version": 1e999}, "annotations": []}]',
        b'{"a": ' * 100_000,
    ],
)
def test_a_file_of_labels_that_is_none_is_told(site: Site, data: bytes) -> None:
    owner = site.visitor(OWNER)
    token = form(owner.get("/overview").text)
    answer = owner.post("/import", data=token, files={"labels": ("labels.json", data)})
    assert answer.status_code == 400
    assert "That did not work" in answer.text


def luminance(colour: str) -> float:
    """WCAG 2.2: relative luminance of "#rrggbb"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_told_apart_in_light_and_dark() -> None:
    """WCAG AA: 4.5 for text, 3 for what surrounds a control."""
    css = (Path(web.__file__).parent / "static" / "app.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    pairs = [(ink, paper) for ink in ("ink", "muted", "accent", "good", "bad")
             for paper in ("paper", "card", "chosen")]  # fmt: skip
    pairs += [("on-accent", "accent"), ("good", "good-paper"), ("bad", "bad-paper")]
    pairs += [("ink", "good-paper"), ("ink", "bad-paper"), ("card", "good")]
    for scheme in (1, 2):
        colour = {row[0]: row[scheme] for row in found}
        for ink, paper in pairs:
            assert contrast(colour[ink], colour[paper]) >= 4.5, (scheme, ink, paper)
        for paper in ("paper", "card"):
            assert contrast(colour["edge"], colour[paper]) >= 3, (scheme, paper)
