"""A clip as APIs take it: WAV or MP3 bytes.

Those two are what every audio API takes (Inspect's `ContentAudio` knows no other). They are sent as
they are; FLAC, OGG and the rest are decoded and sent as 16-bit mono WAV at 16 kHz, and so are files
too large to send inline and stretches of longer clips. What a file is, its content says: benchmarks
hold misnamed ones.
"""

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Literal

import soundfile

from echoic.clip import SAMPLE_RATE_HZ, Clip
from echoic.engine.ask import Prompt
from echoic.errors import BadClip

AudioFormat = Literal["wav", "mp3"]
MIME_TYPES: dict[AudioFormat, str] = {"wav": "audio/wav", "mp3": "audio/mpeg"}
SENT_AS_THEY_ARE: dict[str, AudioFormat] = {"WAV": "wav", "WAVEX": "wav", "MP3": "mp3"}
# Requests of Google's API may have 20 MB, and base64 makes four bytes of three.
MAX_BYTES = 14_000_000

Span = tuple[float, float]


def api_audio(path: Path, span_s: Span | None = None) -> tuple[str, AudioFormat]:
    """The file as a data URI, and its format; `span_s` cuts out (start, end) in seconds.

    Raises BadClip for a file that is missing, empty, no audio, cut short, or too long to be sent.
    """
    clip = Clip.read(path)  # decoded whole: what is broken must not be paid for
    format_ = SENT_AS_THEY_ARE.get(soundfile.info(path).format)
    if span_s is None and format_ and path.stat().st_size <= MAX_BYTES:
        return _uri(path.read_bytes(), format_), format_
    samples = clip.stretch(*span_s, clip.hash).samples if span_s else clip.samples
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
    if buffer.tell() > MAX_BYTES:
        raise BadClip(
            f"{path}: {clip.duration_s:.0f} s of audio are too long for one request; the most is "
            f"{MAX_BYTES // (2 * SAMPLE_RATE_HZ)} s"
        )
    return _uri(buffer.getvalue(), "wav"), "wav"


def inspect_audio(path: Path) -> str:
    """What Inspect is to read: the path where every API takes the file as it is, else its data URI.

    Raises BadClip for a file that is missing or no audio.
    """
    duration_s(path)
    named = {".wav": "wav", ".mp3": "mp3"}.get(path.suffix.lower())
    fits = named == SENT_AS_THEY_ARE.get(soundfile.info(path).format) is not None
    return str(path) if fits and path.stat().st_size <= MAX_BYTES else api_audio(path)[0]


def heard(prompt: Prompt) -> Clip:
    """The clip of a prompt, or its stretch, under the prompt's `audio_hash`. Raises BadClip."""
    assert prompt.audio is not None, "a prompt without audio is not heard"
    clip = Clip.read(prompt.audio)
    if prompt.span_s:
        return clip.stretch(*prompt.span_s, prompt.audio_hash)
    return replace(clip, hash=prompt.audio_hash)


def duration_s(path: Path) -> float:
    """Length in seconds by the file's header. Raises BadClip for no audio."""
    try:
        return float(soundfile.info(path).duration)
    except (OSError, soundfile.LibsndfileError):
        return Clip.read(path).duration_s  # says what is wrong with it


def _uri(data: bytes, format_: AudioFormat) -> str:
    return f"data:{MIME_TYPES[format_]};base64,{base64.b64encode(data).decode()}"
