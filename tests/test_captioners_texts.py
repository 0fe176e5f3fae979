"""What the captioners write, and how they are named."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from echoic.captioners.acoustic import AcousticCaptioner
from echoic.captioners.registry import open_captioner
from echoic.captioners.whisper import NO_SPEECH, UNCLEAR, WhisperCaptioner
from echoic.clip import SAMPLE_RATE_HZ, Clip, Samples, write_wav
from echoic.errors import BadClip, UnknownName
from echoic.models.transcriber import Heard, Transcriber, unlooped
from echoic.records import write_jsonl


class Ears(Transcriber):
    """Hears one second of speech in every clip that is louder than 0.5, and says how many."""

    def hear(self, clips: Sequence[Clip]) -> list[Heard]:
        return [
            Heard(1.0, "two words") if np.abs(clip.samples).max() > 0.5 else Heard(0.0, "")
            for clip in clips
        ]


def clip_of(samples: Samples, name: str = "a.wav") -> Clip:
    return Clip(Path(name), samples.astype(np.float32), "0" * 64)


def tone(hz: float, amplitude: float, seconds: float = 2.0) -> Samples:
    time_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


def write_seeds(folder: Path, *names: str) -> Path:
    path = folder / "seeds.jsonl"
    write_jsonl(
        path, [{"id": name, "audio": name, "description": f"about {name}"} for name in names]
    )
    return path


def test_whisper_writes_the_words_or_that_there_are_none() -> None:
    captioner = WhisperCaptioner(Ears())
    loud, soft = clip_of(tone(200, 0.9)), clip_of(tone(200, 0.1))
    assert captioner.captions([soft, loud]) == [NO_SPEECH, 'Somebody says: "two words"']


def test_speech_without_words_says_so() -> None:
    class Muffled(Transcriber):
        def hear(self, clips: Sequence[Clip]) -> list[Heard]:
            return [Heard(1.0, "") for _ in clips]

    assert WhisperCaptioner(Muffled()).captions([clip_of(tone(200, 0.5))]) == [UNCLEAR]


def test_acoustic_writes_numbers_and_words_and_what_is_said() -> None:
    pytest.importorskip("pyloudnorm")
    (text,) = AcousticCaptioner(Ears()).captions([clip_of(tone(200, 0.9))])
    assert text.startswith("A clip of 2.0 seconds: speech. Loudness: very loud (-")
    assert "Pitch: medium (200 Hz, as of most women and children), steady" in text
    assert "Rhythm: 1 onset (0.5 a second)." in text
    assert "Speech: 50% of the clip, normal rate (2.0 words a second)." in text
    assert text.endswith('Somebody says: "two words"')


def test_acoustic_without_transcripts_keeps_the_share_of_speech() -> None:
    pytest.importorskip("pyloudnorm")
    told = AcousticCaptioner(Ears(), transcripts=False)
    spoken, mute = told.captions([clip_of(tone(200, 0.9)), clip_of(tone(200, 0.1), "b.wav")])
    assert "Speech: 50% of the clip" in spoken
    assert "two words" not in spoken
    assert NO_SPEECH not in mute  # the whisper beside it says so


def test_acoustic_says_of_silence_only_that_it_is_silent() -> None:
    (text,) = AcousticCaptioner(Ears()).captions([clip_of(np.zeros(16_000, np.float32))])
    assert text == "A clip of 1.0 seconds: silence."


def test_noise_gets_no_music_tags() -> None:
    pytest.importorskip("pyloudnorm")
    noise = 0.1 * np.random.default_rng(0).standard_normal(32_000)
    (text,) = AcousticCaptioner(Ears()).captions([clip_of(noise)])
    assert "pure noise" in text
    assert NO_SPEECH in text
    assert "music" not in text


@pytest.mark.models
def test_music_gets_its_likeliest_tags() -> None:
    (text,) = AcousticCaptioner(Ears()).captions([clip_of(tone(220, 0.3))])
    assert "If it is music: " in text
    assert text.count("%)") <= 3


def test_the_oracle_finds_seeds_by_place_and_copies_by_content(tmp_path: Path) -> None:
    for i, name in enumerate(("a.wav", "b.wav")):
        write_wav(tmp_path / name, np.full(100 + i, 0.1, np.float32))
    copied = tmp_path / "elsewhere" / "c.wav"
    copied.parent.mkdir()
    copied.write_bytes((tmp_path / "b.wav").read_bytes())
    captioner = open_captioner(f"oracle:{write_seeds(tmp_path, 'a.wav', 'b.wav')}")
    clips = [Clip.read(tmp_path / "b.wav"), Clip.read(copied), Clip.read(tmp_path / "a.wav")]
    assert captioner.captions(clips) == ["about b.wav", "about b.wav", "about a.wav"]
    assert captioner.name == "oracle"


def test_the_oracle_names_a_clip_it_knows_nothing_of(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.full(100, 0.1, np.float32))
    captioner = open_captioner(f"oracle:{write_seeds(tmp_path, 'b.wav')}")
    with pytest.raises(BadClip, match=r"a\.wav: has no seed in .*seeds\.jsonl"):
        captioner.captions([Clip.read(tmp_path / "a.wav")])


def test_the_oracles_hash_follows_the_descriptions(tmp_path: Path) -> None:
    first = open_captioner(f"oracle:{write_seeds(tmp_path, 'a.wav', 'b.wav')}").prompt_hash
    swapped = open_captioner(f"oracle:{write_seeds(tmp_path, 'b.wav', 'a.wav')}").prompt_hash
    other = open_captioner(f"oracle:{write_seeds(tmp_path, 'a.wav')}").prompt_hash
    assert first == swapped
    assert first != other


def test_joined_captioners_write_a_line_each(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.full(100, 0.1, np.float32))
    seeds = write_seeds(tmp_path, "a.wav")
    captioner = open_captioner(f"oracle:{seeds}+oracle:{seeds}")
    assert captioner.name == "oracle+oracle"
    assert captioner.captions([Clip.read(tmp_path / "a.wav")]) == ["about a.wav\nabout a.wav"]


def test_names_say_which_whisper() -> None:
    names = ["whisper", "whisper:tiny.en", "whisper:base", "whisper:openai/whisper-small"]
    assert [open_captioner(name).name for name in names] == [
        "whisper", "whisper", "whisper:whisper-base", "whisper:openai/whisper-small",
    ]  # fmt: skip
    assert open_captioner("acoustic").name == "acoustic"
    assert open_captioner("whisper+acoustic").name == "whisper+acoustic"


def test_prompt_hashes_tell_settings_apart() -> None:
    names = ["whisper", "whisper:base", "acoustic", "whisper+acoustic", "acoustic+whisper"]
    hashes = [open_captioner(name).prompt_hash for name in names]
    hashes.append(open_captioner("acoustic", whisper="base").prompt_hash)
    assert len(set(hashes)) == 6
    assert open_captioner("acoustic").prompt_hash == hashes[2]


def test_beside_whisper_acoustic_leaves_the_words_to_it() -> None:
    joined = open_captioner("whisper+acoustic")
    assert [getattr(part, "transcripts", None) for part in joined.parts] == [None, False]  # type: ignore[attr-defined]


def test_a_plus_in_a_file_name_joins_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a+b"
    folder.mkdir()
    assert open_captioner(f"oracle:{write_seeds(folder, 'a.wav')}").name == "oracle"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("acustic", "did you mean 'acoustic'"),
        ("whisper+wisper", "none of acoustic"),
        ("acoustic:loud", "none of acoustic"),
        ("oracle", "name a file of seeds"),
        ("oracle:no/such/file", "name a file of seeds"),
        ("", "none of acoustic"),
    ],
)
def test_unknown_names_are_refused_with_the_known_ones(name: str, told: str) -> None:
    with pytest.raises(UnknownName, match=told):
        open_captioner(name)


def test_the_transcriber_remembers_and_never_loads_whisper_for_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []

    def spans(samples: Samples) -> list[tuple[float, float]]:
        asked.append(len(samples))
        return []

    monkeypatch.setattr("echoic.models.vad.speech_spans", spans)
    transcriber = Transcriber("no-such-model", tmp_path / "t.jsonl")
    silences = [Clip(Path("a"), np.zeros(n, np.float32), str(n)) for n in (100, 200, 100)]
    assert transcriber.hear(silences) == [Heard(0.0, "")] * 3
    assert transcriber.hear(silences) == [Heard(0.0, "")] * 3
    assert Transcriber("no-such-model", tmp_path / "t.jsonl").known("200") == Heard(0.0, "")
    assert Transcriber("another-model", tmp_path / "t.jsonl").known("200") is None
    assert asked == [100, 200]


def test_a_group_that_is_not_whole_is_heard_again_whole_and_what_was_known_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def heard(self: Transcriber, clips: Sequence[Samples]) -> list[Heard]:
        asked.append(len(clips))
        return [Heard(1.0, f"call {len(asked)}") for _ in clips]

    monkeypatch.setattr(Transcriber, "_hear", heard)
    transcriber = Transcriber()
    one, two = (Clip(Path(name), np.zeros(9, np.float32), name) for name in "ab")
    transcriber.hear([one])
    assert [each.text for each in transcriber.hear([one, two])] == ["call 1", "call 2"]
    assert asked == [1, 2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mwah, " + "mwah, " * 50 + "mwah, mw", "Mwah, mwah... mw"),
        ("I see a man. " * 6, "I see a man..."),
        ("It was no no no good", "It was no no no good"),  # three times: people do say that
        ("no no no no way", "no... way"),
        ("no no no nobody", "no no no nobody"),
        ("one two three four", "one two three four"),
        ("", ""),
    ],
)
def test_loops_of_the_decoder_are_told_once(text: str, told: str) -> None:
    assert unlooped(text) == told


@pytest.mark.models
def test_an_unknown_whisper_is_named_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr("echoic.models.vad.speech_spans", lambda samples: [(0.0, 1.0)])
    with pytest.raises(UnknownName, match="whisper-tinny"):
        Transcriber("whisper-tinny").hear([clip_of(np.zeros(16_000, np.float32))])
