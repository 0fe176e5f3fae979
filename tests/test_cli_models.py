"""`echoic models`."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from echoic.cli.main import main
from echoic.cli.models import command
from echoic.errors import MissingExtra
from echoic.models.store import Store, store


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ECHOIC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_list_names_every_item_with_role_licence_and_second_source(empty: Path) -> None:
    done = CliRunner().invoke(command, ["list"])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0].split() == ["name", "role", "licence", "MB", "cached", "second", "source"]
    row = next(line for line in lines if line.startswith("whisper-tiny.en"))
    assert all(part in row for part in ("encoder", "MIT", " no ", "openai/whisper-tiny.en"))
    assert lines[-1] == f"cache: {empty}"
    assert not empty.exists()


def test_list_as_json_says_what_is_cached_where(empty: Path) -> None:
    rows = json.loads(CliRunner().invoke(command, ["list", "--json"]).output)
    assert {row["name"] for row in rows} == set(store().items)
    assert not any(row["cached"] for row in rows)
    assert all(Path(row["path"]).parent == empty for row in rows)
    assert all(row["packages"] and row["second_source"] and row["size_mb"] for row in rows)


@pytest.mark.models
def test_fetch_of_what_is_cached_prints_its_folder() -> None:
    store().fetch(["timgm6mb"])
    done = CliRunner().invoke(command, ["fetch", "--json", "timgm6mb"])
    assert done.exit_code == 0
    assert (Path(json.loads(done.stdout)["timgm6mb"]) / "TimGM6mb.sf2").is_file()


def test_fetch_of_an_unknown_name_is_one_line_and_status_1(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["models", "fetch", "whisper-tiny"])
    assert caught.value.code == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "did you mean 'whisper-tiny.en'?" in error


def test_a_model_that_needs_torch_says_so_before_any_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[Path]:
        raise AssertionError("downloaded what cannot be used")

    monkeypatch.setitem(sys.modules, "torch", None)  # to Python: not installed
    with pytest.raises(MissingExtra, match=r"pip install 'echoic\[local\]'"):
        Store(tmp_path, store().items, refuse).path("gemma-3-270m")
