"""Clips on their way to an API: what is sent is what the file holds."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio_server import MODEL, Heard, hearing, main_pitch_hz
from echoic.engine import audio_input
from echoic.engine.ask import AUDIO_MARK, Generation, Prompt
from echoic.engine.audio_input import api_audio
from echoic.engine.providers import open_provider
from echoic.errors import BadClip

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter:DeprecationWarning")

RATE_HZ = 44_100


def sine(hz: float, seconds: float = 1.0) -> np.ndarray:
    """Stereo, the same on both sides."""
    mono = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    return np.stack([mono, mono], axis=1)


def sent(uri: str) -> bytes:
    return base64.b64decode(uri.partition(",")[2])


@pytest.mark.parametrize(("name", "format_"), [("a.wav", "wav"), ("a.mp3", "mp3")])
def test_wav_and_mp3_are_sent_byte_for_byte(tmp_path: Path, name: str, format_: str) -> None:
    soundfile.write(tmp_path / name, sine(440), RATE_HZ)
    uri, kind = api_audio(tmp_path / name)
    assert kind == format_
    assert sent(uri) == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.aiff"])
def test_other_formats_are_sent_as_wav(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, sine(440), RATE_HZ)
    uri, kind = api_audio(tmp_path / name)
    samples, rate_hz = soundfile.read(io.BytesIO(sent(uri)))
    assert (kind, rate_hz, samples.shape) == ("wav", 16_000, (16_000,))
    assert main_pitch_hz(samples, rate_hz) == pytest.approx(440, abs=1)


def test_the_content_says_what_a_file_is_not_its_name(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.flac", sine(440), RATE_HZ)
    (tmp_path / "a.flac").rename(tmp_path / "a.mp3")
    uri, kind = api_audio(tmp_path / "a.mp3")
    assert kind == "wav"
    assert sent(uri)[:4] == b"RIFF"


def test_a_span_is_cut_out(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.concatenate([sine(440), sine(880)]), RATE_HZ)
    samples, rate_hz = soundfile.read(io.BytesIO(sent(api_audio(tmp_path / "a.wav", (1, 1.5))[0])))
    assert len(samples) == 8_000
    assert main_pitch_hz(samples, rate_hz) == pytest.approx(880, abs=2)


def test_a_large_file_is_sent_smaller_and_one_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.wav", sine(440), RATE_HZ)  # 176 kB; 32 kB at 16 kHz mono
    monkeypatch.setattr(audio_input, "MAX_BYTES", 40_000)
    assert len(sent(api_audio(tmp_path / "a.wav")[0])) == 32_044
    monkeypatch.setattr(audio_input, "MAX_BYTES", 20_000)
    with pytest.raises(BadClip, match="too long for one request; the most is 0 s"):
        api_audio(tmp_path / "a.wav")


def test_a_server_hears_every_format_and_broken_files_never_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["a.wav", "b.mp3", "c.flac", "d.ogg"]
    for at, name in enumerate(names):
        soundfile.write(tmp_path / name, sine(300 * (at + 1)), RATE_HZ)
    (tmp_path / "e.wav").write_bytes(b"")
    (tmp_path / "f.wav").write_text("no audio")
    names += ["e.wav", "f.wav", "g.wav"]
    prompts = [
        Prompt(id=name, user=f"{AUDIO_MARK}\n\nHow high?", system="Listen.", audio=tmp_path / name)
        for name in names
    ]

    def answer(heard: Heard) -> str:
        assert heard.samples is not None
        return f"{main_pitch_hz(heard.samples, heard.rate_hz):.0f}"

    with hearing(monkeypatch, answer) as server:
        replies = dict(open_provider(MODEL, generation=Generation()).replies(prompts))
    assert [int(replies[at].text) for at in range(4)] == pytest.approx([300, 600, 900, 1200], abs=3)
    assert (replies[0].tokens_in, replies[0].tokens_out) == (7, 3)
    assert [replies[at].stop for at in range(4, 7)] == ["failed"] * 3
    assert "the file is empty" in replies[4].error
    assert "not audio" in replies[5].error
    assert "cannot be read" in replies[6].error
    assert len(server.requests) == 4
    assert {(heard.system, heard.text) for heard in server.requests} == {("Listen.", "How high?")}
