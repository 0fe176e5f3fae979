"""`echoic caption` as a user meets it."""

from pathlib import Path

import numpy as np
import pytest

from command import ended_with
from echoic.caption import read_captions
from echoic.clip import write_wav
from echoic.records import write_jsonl

Told = pytest.CaptureFixture[str]


def lay_out(folder: Path, count: int = 3) -> Path:
    """A benchmark of `count` clips with two questions each, and the clips' seeds."""
    clips = [f"{i}.wav" for i in range(count)]
    for i, clip in enumerate(clips):
        write_wav(folder / clip, np.full(100 + i, 0.1, np.float32))
    questions = [
        {"id": f"{clip}-{turn}", "stem": "What?", "options": ["a", "b"], "answer": 0,
         "category": "sound", "subcategory": "type", "clip": clip}
        for clip in clips for turn in (1, 2)
    ]  # fmt: skip
    write_jsonl(folder / "questions.jsonl", questions)
    write_jsonl(
        folder / "seeds.jsonl",
        [{"id": clip, "audio": clip, "description": f"about {clip}"} for clip in clips],
    )
    return folder


def caption(folder: Path, captioner: str, out: Path) -> int:
    """Run the command; its exit status."""
    questions = folder / "questions.jsonl"
    return ended_with("caption", "--benchmark", questions, "--captioner", captioner, "--out", out)


def test_every_clip_of_the_benchmark_is_captioned_once(tmp_path: Path, capsys: Told) -> None:
    folder, out = lay_out(tmp_path), tmp_path / "captions.jsonl"
    for _ in range(2):
        assert caption(folder, f"oracle:{folder / 'seeds.jsonl'}", out) == 0
        assert "3 captions by oracle" in capsys.readouterr().out
    assert {clip: made.text for clip, made in read_captions(out).items()} == {
        f"{i}.wav": f"about {i}.wav" for i in range(3)
    }
    assert len(out.read_text().splitlines()) == 3


def one_line(capsys: Told) -> str:
    """The error line, after the lines of progress."""
    lines = capsys.readouterr().err.splitlines()
    assert "Traceback" not in "".join(lines)
    return lines[-1]


def test_a_broken_clip_is_named_and_the_others_are_kept(tmp_path: Path, capsys: Told) -> None:
    folder, out = lay_out(tmp_path), tmp_path / "captions.jsonl"
    (folder / "1.wav").write_text("no audio at all")
    assert caption(folder, f"oracle:{folder / 'seeds.jsonl'}", out) == 1
    told = one_line(capsys)
    assert "1 of 3 clips have no caption" in told
    assert "1.wav: not audio that can be decoded" in told
    assert set(read_captions(out)) == {"0.wav", "2.wav"}


def test_wrong_names_and_places_give_one_line_and_status_one(tmp_path: Path, capsys: Told) -> None:
    folder = lay_out(tmp_path)
    seeds = f"oracle:{folder / 'seeds.jsonl'}"
    assert caption(folder, "acustic", tmp_path / "out.jsonl") == 1
    assert "did you mean 'acoustic'" in one_line(capsys)
    assert caption(folder, seeds, folder / "0.wav" / "out.jsonl") == 1
    assert "cannot be made a folder" in one_line(capsys)
    assert caption(folder / "nowhere", seeds, tmp_path / "out.jsonl") == 1
    assert "no such file" in one_line(capsys)


def test_a_table_with_a_mapping_is_captioned_like_any_benchmark(tmp_path: Path) -> None:
    folder = lay_out(tmp_path)
    (folder / "table.csv").write_text(
        "q,a,b,wav\n" + "".join(f"What?,bell,drum,{at}.wav\n" for at in range(3))
    )
    (folder / "columns.toml").write_text('stem = "q"\noptions = ["a", "b"]\nclip = "wav"\n')
    mine = ["--benchmark", "mine", "--path", folder / "table.csv", "--mapping"]
    seeds, out = f"oracle:{folder / 'seeds.jsonl'}", tmp_path / "captions.jsonl"
    mapped = [*mine, folder / "columns.toml", "--captioner", seeds, "--out", out]
    assert ended_with("caption", *mapped) == 0
    assert set(read_captions(out)) == {"0.wav", "1.wav", "2.wav"}


def test_a_limit_captions_what_the_evaluation_with_that_limit_asks_about(tmp_path: Path) -> None:
    folder, out = lay_out(tmp_path, 9), tmp_path / "captions.jsonl"
    asked = ["--benchmark", folder / "questions.jsonl", "--limit", 4, "--seed", 5]
    seeds = f"oracle:{folder / 'seeds.jsonl'}"
    assert ended_with("caption", *asked, "--captioner", seeds, "--out", out) == 0
    assert 2 <= len(read_captions(out)) <= 4
    model = ["--model", "mockllm/model", "--captions", out, "--out", tmp_path / "run"]
    assert ended_with("eval", "cascade", *asked, *model) == 0
    others = ["--benchmark", folder / "questions.jsonl", *model[:4], "--out", tmp_path / "other"]
    assert ended_with("eval", "cascade", *others) == 1
