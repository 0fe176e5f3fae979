"""A chat model that hears as captioner, against a local server that checks what it is sent."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audio_server import MODEL, Heard, hearing, main_pitch_hz
from echoic.caption import Caption, lengths, read_captions
from echoic.captioners.chat import ChatCaptioner, parts
from echoic.captioners.prompt_file import CaptionPrompt, load_prompt, names
from echoic.captioners.registry import open_captioner
from echoic.captioners.run import CaptionsMissing, caption_all
from echoic.cli.main import main
from echoic.clip import write_wav
from echoic.engine.ask import AUDIO_MARK, Prompt, Reply
from echoic.errors import BadRecipe, NoData, ProviderFailed, UnknownName
from echoic.records import write_jsonl

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")

RATE_HZ = 16_000
PROMPT = CaptionPrompt("short", "What is it?", split_s=2)


def write_sines(folder: Path, pitches: Mapping[str, Sequence[float]]) -> list[str]:
    """Clips of one second for every pitch, in Hz."""
    for name, several in pitches.items():
        times = np.arange(RATE_HZ) / RATE_HZ
        waves = [0.3 * np.sin(2 * np.pi * hz * times) for hz in several]
        write_wav(folder / name, np.concatenate(waves).astype(np.float32))
    return list(pitches)


class Deaf:
    """Tells what it was asked for: the file's name and the span. `fails` names clips that fail."""

    name = "deaf"

    def __init__(self, fails: Sequence[str] = (), says: str = "{name} {span}") -> None:
        self.fails, self.says, self.settings = fails, says, {"engine": "deaf"}
        self.asked: list[Prompt] = []

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for at, prompt in enumerate(prompts):
            if at not in done:
                self.asked.append(prompt)
                assert prompt.audio is not None
                if prompt.audio.name in self.fails:
                    yield at, Reply("", stop="failed", error="503 overloaded")
                else:
                    text = self.says.format(name=prompt.audio.name, span=prompt.span_s)
                    yield at, Reply(text, tokens_in=10, tokens_out=4)


@pytest.mark.parametrize(
    ("duration_s", "split_s", "spans"),
    [
        (10.0, 0, [None]),
        (10.0, 30, [None]),
        (30.9, 30, [None]),
        (32.0, 30, [(0.0, 16.0), (16.0, 32.0)]),
        (90.5, 30, [(0.0, 30.167), (30.167, 60.333), (60.333, 90.5)]),
    ],
)
def test_long_clips_are_split_equally_without_overlap(
    duration_s: float, split_s: float, spans: list[Any]
) -> None:
    assert parts(duration_s, split_s) == spans


def test_the_clip_goes_first_then_the_prompt(tmp_path: Path) -> None:
    clips, model = write_sines(tmp_path, {"a.wav": [440]}), Deaf()
    caption_all(ChatCaptioner(model, PROMPT), tmp_path, clips, tmp_path / "out.jsonl")
    (prompt,) = model.asked
    assert prompt.user == f"{AUDIO_MARK}\n\nWhat is it?"
    assert prompt.audio == tmp_path / "a.wav"


def test_a_model_that_takes_audio_only_gets_no_text(tmp_path: Path) -> None:
    clips, model = write_sines(tmp_path, {"a.wav": [440]}), Deaf()
    asker = ChatCaptioner(model, load_prompt("audio-only"))
    caption_all(asker, tmp_path, clips, tmp_path / "out.jsonl")
    assert (model.asked[0].user, model.asked[0].system) == (AUDIO_MARK, "")
    assert asker.name == "deaf#audio-only"


def test_parts_are_joined_in_order_with_time_marks(tmp_path: Path) -> None:
    clips, out = write_sines(tmp_path, {"a.wav": [440] * 5}), tmp_path / "out.jsonl"
    made = caption_all(ChatCaptioner(Deaf(), PROMPT), tmp_path, clips, out)
    assert made["a.wav"].text == ("[00:00-00:02] a.wav (0.0, 2.5)\n[00:02-00:05] a.wav (2.5, 5.0)")


def test_thinking_is_no_part_of_a_caption(tmp_path: Path) -> None:
    clips, out = write_sines(tmp_path, {"a.wav": [440]}), tmp_path / "out.jsonl"
    model = Deaf(says="<think>A bell?\nNo.</think>\nA sine.")
    made = caption_all(ChatCaptioner(model, PROMPT), tmp_path, clips, out)
    assert made["a.wav"].text == "A sine."


def test_failures_are_named_and_only_they_are_asked_again(tmp_path: Path) -> None:
    clips = write_sines(tmp_path, {f"{n}.wav": [200 + n] * (5 if n == 1 else 1) for n in range(4)})
    (tmp_path / "broken.wav").write_text("no audio")
    out, journal = tmp_path / "out.jsonl", tmp_path / "out.replies.jsonl"
    first = ChatCaptioner(Deaf(fails=["2.wav"]), PROMPT, journal)
    with pytest.raises(CaptionsMissing) as caught:
        caption_all(first, tmp_path, [*clips, "broken.wav"], out)
    assert set(caught.value.failures) == {"2.wav", "broken.wav"}
    assert "2.wav: deaf failed: 503 overloaded" in str(caught.value)
    assert str(caught.value).startswith("2 of 5 clips have no caption")
    assert set(read_captions(out)) == {"0.wav", "1.wav", "3.wav"}
    assert first.tokens == (40, 16)  # 0.wav, two parts of 1.wav, 3.wav
    again = Deaf()
    caption_all(ChatCaptioner(again, PROMPT, journal), tmp_path, clips, out)
    assert [prompt.audio and prompt.audio.name for prompt in again.asked] == ["2.wav"]


def test_a_part_that_was_paid_for_is_not_asked_again_after_a_crash(tmp_path: Path) -> None:
    clips = write_sines(tmp_path, {"a.wav": [440] * 5, "b.wav": [550]})
    out, journal = tmp_path / "out.jsonl", tmp_path / "replies.jsonl"

    class Crashing(Deaf):
        def replies(self, *args: Any) -> Iterator[tuple[int, Reply]]:
            for count, found in enumerate(super().replies(*args)):
                if count == 1:
                    raise KeyboardInterrupt
                yield found

    with pytest.raises(KeyboardInterrupt):
        caption_all(ChatCaptioner(Crashing(), PROMPT, journal), tmp_path, clips, out)
    again = Deaf()
    made = caption_all(ChatCaptioner(again, PROMPT, journal), tmp_path, clips, out)
    assert len(again.asked) == 2
    assert made["a.wav"].text.count("\n") == 1


def test_a_file_of_captions_is_enough_for_somebody_else(tmp_path: Path) -> None:
    clips, out = write_sines(tmp_path, {"a.wav": [440]}), tmp_path / "out.jsonl"
    caption_all(ChatCaptioner(Deaf(), PROMPT), tmp_path, clips, out)
    other = Deaf()
    caption_all(ChatCaptioner(other, PROMPT), tmp_path, clips, out)
    assert other.asked == []
    caption_all(ChatCaptioner(other, load_prompt("brief")), tmp_path, clips, tmp_path / "2.jsonl")
    assert len(other.asked) == 1


@pytest.mark.parametrize("says", [" ", "<think>A bell?</think>"])
def test_an_empty_reply_is_no_caption_and_is_asked_again(says: str, tmp_path: Path) -> None:
    clips, out = write_sines(tmp_path, {"a.wav": [440], "b.wav": [550]}), tmp_path / "out.jsonl"
    journal = tmp_path / "out.replies.jsonl"

    class Moody(Deaf):
        def replies(self, *args: Any) -> Iterator[tuple[int, Reply]]:
            for at, reply in super().replies(*args):
                yield at, replace(reply, text=says) if at else reply

    with pytest.raises(CaptionsMissing, match="deaf failed: it wrote nothing"):
        caption_all(ChatCaptioner(Moody(), PROMPT, journal), tmp_path, clips, out)
    again = Deaf()
    assert len(caption_all(ChatCaptioner(again, PROMPT, journal), tmp_path, clips, out)) == 2
    assert [prompt.audio and prompt.audio.name for prompt in again.asked] == ["b.wav"]


def test_of_many_clips_without_a_caption_a_few_are_named(tmp_path: Path) -> None:
    clips = write_sines(tmp_path, {"a.wav": [440]})
    with pytest.raises(CaptionsMissing) as caught:
        caption_all(
            ChatCaptioner(Deaf(), PROMPT), tmp_path, [*clips, *"bcdefghij"], tmp_path / "out.jsonl"
        )
    assert len(caught.value.failures) == 9
    assert str(caught.value).count("No such file") == 5
    assert "and 4 more" in str(caught.value)


def test_a_model_that_always_fails_ends_the_run(tmp_path: Path) -> None:
    clips = write_sines(tmp_path, {"a.wav": [440], "b.wav": [550]})
    with pytest.raises(ProviderFailed, match="all of the first 2 requests failed: 503"):
        caption_all(
            ChatCaptioner(Deaf(fails=clips), PROMPT), tmp_path, clips, tmp_path / "out.jsonl"
        )


def test_the_prompt_hash_follows_wording_and_settings_and_not_the_name() -> None:
    def hash_of(**changes: Any) -> str:
        values = {"name": "n", "user": "What?", "split_s": 30.0, **changes}
        return ChatCaptioner(Deaf(), CaptionPrompt(**values)).prompt_hash

    assert hash_of() == hash_of(name="other")
    assert len({hash_of(), hash_of(user="Who?"), hash_of(split_s=60.0), hash_of(system="s")}) == 4


def test_every_shipped_prompt_loads_and_wrong_ones_say_why(tmp_path: Path) -> None:
    assert {load_prompt(name).name for name in names()} == set(names())
    with pytest.raises(UnknownName, match="audio-only, brief, describe"):
        load_prompt("descibe")
    own = tmp_path / "own.toml"
    own.write_text('name = "own"\nuser = "Hm?"\n[generation]\ntemperature = 0.5\n')
    assert load_prompt(str(own)).generation.temperature == 0.5
    own.write_text('name = "own"\nuser = "Hm?"\nsplit = 3\n')
    with pytest.raises(BadRecipe, match="did you mean 'split_s'"):
        load_prompt(str(own))


def test_names_of_chat_captioners_and_joints(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEARING_API_KEY", "HEARING_BASE_URL"):
        monkeypatch.setenv(name, "http://localhost")
    captioner = open_captioner(f"whisper+{MODEL}#brief")
    assert captioner.name == f"whisper+{MODEL}#brief"
    assert open_captioner(MODEL).name == MODEL
    with pytest.raises(UnknownName, match="did you mean openai"):
        open_captioner("opnai/gpt-4o-audio")


def test_the_length_of_captions_is_counted_in_words() -> None:
    made = [Caption(f"{n}.wav", "h", "c", "p", "word " * n) for n in (4, 1, 10)]
    found = lengths(made)
    assert (found.mean, found.median, found.shortest, found.longest) == (5, 4, 1, 10)
    assert (found.shortest_clip, found.longest_clip) == ("1.wav", "10.wav")
    with pytest.raises(NoData):
        lengths([])


def test_the_command_captions_through_a_server_that_hears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sines(tmp_path, {"a.wav": [440], "long.wav": [500] * 2 + [700] * 2})
    samples, _ = soundfile.read(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.flac", samples[::2], RATE_HZ)  # an octave up
    (tmp_path / "own.toml").write_text('name = "own"\nuser = "How high?"\nsplit_s = 2\n')
    question = {"stem": "?", "options": ["a", "b"], "answer": 0, "category": "c"}
    rows = [
        {**question, "id": clip, "subcategory": "s", "clip": clip}
        for clip in ("a.wav", "b.flac", "long.wav", "gone.wav")
    ]
    write_jsonl(tmp_path / "q.jsonl", rows)

    def answer(heard: Heard) -> str:
        assert heard.samples is not None
        return f"A tone of {main_pitch_hz(heard.samples, heard.rate_hz):.0f} Hz."

    arguments = ["caption", "--benchmark", str(tmp_path / "q.jsonl"), "--captioner", MODEL]
    arguments += ["--prompt", str(tmp_path / "own.toml"), "--out", str(tmp_path / "out.jsonl")]
    with hearing(monkeypatch, answer) as server, pytest.raises(SystemExit) as ended:
        main([*arguments, "--json", str(tmp_path / "told.json")])
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert "1 of 4 clips have no caption" in told.err
    assert "gone.wav" in told.err
    assert f"3 captions by {MODEL}#own, 1 failed" in told.out
    assert "words: mean 7.3, median 5, shortest 5 (a.wav), longest 12 (long.wav)" in told.out
    texts = {clip: made.text for clip, made in read_captions(tmp_path / "out.jsonl").items()}
    assert texts == {
        "a.wav": "A tone of 440 Hz.",
        "b.flac": "A tone of 880 Hz.",
        "long.wav": "[00:00-00:02] A tone of 500 Hz.\n[00:02-00:04] A tone of 700 Hz.",
    }
    assert {heard.text for heard in server.requests} == {"How high?"}
    record = json.loads((tmp_path / "told.json").read_text())
    assert record["words"]["shortest_clip"] == "a.wav"
    assert (record["words"]["shortest"], record["words"]["longest"]) == (5, 12)
    assert list(record["failures"]) == ["gone.wav"]
    assert record["tokens_in"] == 4 * 7
