"""Which captions of a file belong to a benchmark's clips."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from echoic.benchmarks.base import Benchmark
from echoic.caption import Caption
from echoic.clip import write_wav
from echoic.errors import BadRecord
from echoic.evals.captions import captions_of
from echoic.question import Question
from echoic.records import file_digest, write_jsonl

CLIPS = ("a.wav", "b.wav", "c.wav")


def benchmark_in(folder: Path) -> Benchmark:
    questions = [
        Question(clip, "What?", ("bell", "drum"), 0, "sound", "type", clip=clip) for clip in CLIPS
    ]
    return Benchmark("toy", "0" * 64, folder, tuple(questions))


def with_audio(folder: Path) -> Benchmark:
    for at, clip in enumerate(CLIPS):
        write_wav(folder / clip, np.full(160, 0.1 * at, np.float32))
    return benchmark_in(folder)


def published(folder: Path, benchmark: Benchmark) -> tuple[Path, list[Caption]]:
    """A file of captions of the benchmark's audio."""
    made = [
        Caption(clip, file_digest(benchmark.clip_path(clip)), "oracle", "p", f"about {clip}")
        for clip in CLIPS
    ]
    return write_down(folder, made), made


def write_down(folder: Path, captions: list[Caption]) -> Path:
    path = folder / "captions.jsonl"
    write_jsonl(path, [caption.to_record() for caption in captions])
    return path


def test_captions_are_taken_by_path_where_the_audio_is_not_at_hand(tmp_path: Path) -> None:
    path, made = published(tmp_path, with_audio(tmp_path))
    elsewhere = benchmark_in(tmp_path / "no audio")
    assert captions_of(elsewhere, path) == {caption.clip: caption for caption in made}


def test_captions_of_audio_under_other_names_are_taken_by_content(tmp_path: Path) -> None:
    benchmark = with_audio(tmp_path)
    _, made = published(tmp_path, benchmark)
    path = write_down(tmp_path, [replace(one, clip=f"audio/{one.clip}") for one in made])
    found = captions_of(benchmark, path)
    assert {clip: caption.text for clip, caption in found.items()} == {
        clip: f"about {clip}" for clip in CLIPS
    }


def test_a_caption_of_another_file_of_that_name_is_refused(tmp_path: Path) -> None:
    benchmark = with_audio(tmp_path)
    path, _ = published(tmp_path, benchmark)
    write_wav(benchmark.clip_path("b.wav"), np.full(99, 0.3, np.float32))
    with pytest.raises(BadRecord, match=r"1 captions are about another file .* is 'b\.wav'"):
        captions_of(benchmark, path)


def test_captions_of_another_benchmark_are_refused(tmp_path: Path) -> None:
    path = write_down(tmp_path, [Caption("x/1.wav", "h", "oracle", "p", "about it")])
    with pytest.raises(BadRecord, match=r"none of its 1 captions .* toy, .* 'x/1\.wav'"):
        captions_of(benchmark_in(tmp_path), path)


def test_captions_of_several_prompts_are_refused(tmp_path: Path) -> None:
    benchmark = with_audio(tmp_path)
    _, made = published(tmp_path, benchmark)
    path = write_down(tmp_path, [*made[:2], replace(made[2], prompt_hash="q")])
    with pytest.raises(BadRecord, match="with several prompts or settings"):
        captions_of(benchmark, path)
