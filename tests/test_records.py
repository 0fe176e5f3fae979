"""Files that are whole or not there, journals that survive a crash, locks."""

import json
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoic import records
from echoic.errors import BadRecord, OutputRefused
from echoic.records import (
    Journal,
    atomic_folder,
    canonical,
    digest,
    file_digest,
    locked,
    make_folder,
    read_json,
    read_jsonl,
    write_atomic,
    write_json,
    write_jsonl,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_canonical_text_gives_the_value_back(value: object) -> None:
    assert json.loads(canonical(value)) == value


def test_the_order_of_keys_does_not_change_a_digest_but_values_do() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    # SHA-256 of the two bytes "[]", as any other tool gives it.
    assert digest([]) == "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"


def test_a_files_digest_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"[]")
    assert file_digest(path) == digest([])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"a": 1,\n]', r"a\.json:2: not JSON"),
        (b"", r"a\.json:1: not JSON"),
        (b"\xff\xfe", r"a\.json: cannot be read as UTF-8"),
    ],
)
def test_a_bad_json_file_is_named_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(BadRecord, match=told):
        read_json(path)


def test_missing_files_and_folders_are_bad_records(tmp_path: Path) -> None:
    for reader in (read_json, lambda path: list(read_jsonl(path))):
        with pytest.raises(BadRecord, match=r"gone\.json: no such file"):
            reader(tmp_path / "gone.json")
        with pytest.raises(BadRecord, match="cannot be read"):
            reader(tmp_path)


def test_lines_are_numbered_from_one_and_empty_ones_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n  \n{"a": 2}')
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (4, {"a": 2})]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[1]", r"a\.jsonl:2: a list, not a JSON object"),
        ("1", r"a\.jsonl:2: a int, not"),
        ('{"a"', r"a\.jsonl:2: not a JSON object"),
        ("\udcff", "cannot be read as UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(f'{{"a": 1}}\n{line}\n'.encode(errors="surrogateescape"))
    with pytest.raises(BadRecord, match=told):
        list(read_jsonl(path))


def test_written_rows_come_back_whatever_the_alphabet(tmp_path: Path) -> None:
    rows = [{"a": "Fähre\n\u2028"}, {"a": "鳥"}]
    write_jsonl(tmp_path / "deep" / "a.jsonl", rows)
    assert [row for _, row in read_jsonl(tmp_path / "deep" / "a.jsonl")] == rows
    write_json(tmp_path / "a.json", rows)
    assert read_json(tmp_path / "a.json") == rows


def test_an_atomic_write_replaces_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "old")
    write_atomic(path, b"new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputRefused, match=r"a\.txt: cannot be written: No space left"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "below"
    with pytest.raises(OutputRefused, match="cannot be made a folder"):
        make_folder(below)
    with pytest.raises(OutputRefused, match="cannot be made a folder"):
        write_atomic(below / "a.txt", "x")
    with pytest.raises(OutputRefused, match="cannot be made a folder"):
        Journal(below / "a.jsonl")
    with pytest.raises(OutputRefused, match="cannot be made a folder"), atomic_folder(below / "a"):
        pass
    with pytest.raises(OutputRefused, match="cannot be made a folder"), locked(below / "lock"):
        pass


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match="cannot be written"):
        write_atomic(tmp_path, "x")
    with pytest.raises(OutputRefused, match="cannot be written"):
        Journal(tmp_path)
    with pytest.raises(OutputRefused, match="cannot be written"), locked(tmp_path):
        pass


def test_an_atomic_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a"
    with pytest.raises(IsADirectoryError), atomic_folder(path) as work:
        work.write_text("fails in mid-way")
    assert os.listdir(tmp_path / "deep") == []
    with atomic_folder(path) as work:
        (work / "part").write_text("x")
        assert not path.exists()
    assert (path / "part").read_text() == "x"
    assert os.listdir(tmp_path / "deep") == ["a"]


def test_an_atomic_folder_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputRefused, match="exists already"), atomic_folder(tmp_path / "a"):
        pass


def test_a_journal_keeps_its_lines_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.jsonl"
    with Journal(path) as journal:
        assert list(journal.records()) == []
        journal.append({"n": 1, "text": "zwei\nZeilen"})
        assert list(journal.records()) == [{"n": 1, "text": "zwei\nZeilen"}]
    with Journal(path) as journal:
        journal.append({"n": 2})
        assert [row["n"] for row in journal.records()] == [1, 2]
    assert path.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("tail", [b'{"n": 2', b"{", b'{"text": "\xc3', b'{"n": 2}'])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n": 1}\n' + tail)  # without its line end even whole JSON is torn
    with Journal(path) as journal:
        assert list(journal.records()) == [{"n": 1}]
        journal.append({"n": 3})
    assert path.read_bytes() == b'{"n": 1}\n{"n": 3}\n'


def test_a_file_that_is_one_torn_line_becomes_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n"')
    with Journal(path) as journal:
        assert list(journal.records()) == []


def test_a_bad_line_in_the_middle_is_not_hidden(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n"\n{"n": 2}\n')
    with Journal(path) as journal, pytest.raises(BadRecord, match=r"a\.jsonl:1"):
        list(journal.records())


def test_a_second_writer_is_refused_until_the_first_closes(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with Journal(path) as journal:
        journal.append({"n": 1})
        with pytest.raises(OutputRefused, match="another process writes it"):
            Journal(path)
    journal.close()  # closing twice does no harm
    with Journal(path) as journal:
        assert list(journal.records()) == [{"n": 1}]


def test_a_journal_syncs_at_most_once_a_second_and_when_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    synced: list[float] = []
    monkeypatch.setattr(records.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(records.os, "fsync", lambda handle: synced.append(now[0]))
    with Journal(tmp_path / "a.jsonl") as journal:
        for at in (100.2, 100.9, 101.0, 101.5, 102.3):
            now[0] = at
            journal.append({})
    assert synced == [101.0, 102.3, 102.3]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    with Journal(tmp_path / "a.jsonl") as journal:
        with open("/dev/full", "ab") as full:
            os.dup2(full.fileno(), journal._stream.fileno())
        with pytest.raises(OutputRefused, match=r"a\.jsonl: cannot be written: No space left"):
            journal.append({"n": 1})


WRITER = """
    import sys
    from pathlib import Path
    from echoic.records import Journal
    with Journal(Path(sys.argv[1])) as journal:
        number = 0
        while True:
            journal.append({"n": number, "text": "x" * 1000})
            if number == 200:
                print("ready", flush=True)
            number += 1
"""


def test_what_a_killed_process_wrote_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)], stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
    with Journal(path) as journal:  # the lock died with the process
        numbers = [row["n"] for row in journal.records()]
    assert len(numbers) > 200
    assert numbers == list(range(len(numbers)))


def _add_one(path: str, times: int) -> None:
    for _ in range(times):
        with locked(Path(path + ".lock")):
            value = int(Path(path).read_text())
            time.sleep(0.001)
            Path(path).write_text(str(value + 1))


def test_a_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_one, args=(str(path), 20)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert path.read_text() == "60"
