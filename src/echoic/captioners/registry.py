"""Captioners by name."""

from dataclasses import dataclass, replace
from pathlib import Path

from echoic.captioners.acoustic import AcousticCaptioner
from echoic.captioners.base import Captioner
from echoic.captioners.chat import SPLIT_SLACK_S, ChatCaptioner
from echoic.captioners.joined import JoinedCaptioner
from echoic.captioners.names import parts_of, unknown
from echoic.captioners.oracle import OracleCaptioner
from echoic.captioners.prompt_file import DEFAULT, load_prompt
from echoic.captioners.whisper import WhisperCaptioner
from echoic.engine.providers import LOCAL_PREFIXES, open_provider
from echoic.errors import UnknownName
from echoic.models.transcriber import DEFAULT_WHISPER, transcriber_of

LOCAL_TOKENS = 300  # of a caption whose prompt names no limit; local answers have far fewer


@dataclass(frozen=True)
class _Means:
    """What captioners are opened with."""

    whisper: str
    transcripts: Path | None
    prompt: str
    replies: Path | None


def open_captioner(
    name: str,
    *,
    whisper: str = DEFAULT_WHISPER,
    transcripts: Path | None = None,
    prompt: str = DEFAULT,
    replies: Path | None = None,
) -> Captioner:
    """The captioner of that name; several joined with "+" write one after the other.

    `whisper[:model]` transcribes, `acoustic` measures, transcribes and tags, `oracle:<seeds file>`
    repeats the seeds; a model string (`google/gemini-2.5-pro`) is an audio chat model, asked with
    the prompt file named after "#" or else `prompt`. `whisper` is the model for those that name
    none. Beside a `whisper` the `acoustic` one leaves the words to it. `transcripts` and `replies`
    (of chat models) are files in which those are kept between calls. Embedded weights are not
    loaded yet. Raises UnknownName, or for a chat model what `open_provider` raises.
    """
    names = parts_of(name)
    means = _Means(whisper, transcripts, prompt, replies)
    beside_whisper = any(part.partition(":")[0] == "whisper" for part in names)
    parts = [_open(name, part, means, beside_whisper) for part in names]
    return parts[0] if len(parts) == 1 else JoinedCaptioner(tuple(parts))


def _open(name: str, part: str, means: _Means, beside_whisper: bool) -> Captioner:
    kind, _, rest = part.partition(":")
    if kind == "acoustic" and not rest:
        ears = transcriber_of(_whisper_name(means.whisper), means.transcripts)
        return AcousticCaptioner(ears, transcripts=not beside_whisper)
    if kind == "oracle":
        return OracleCaptioner(_seeds(rest))
    if kind == "whisper":
        model = _whisper_name(rest or means.whisper)
        return WhisperCaptioner(transcriber_of(model, means.transcripts))
    if "/" in kind:
        model, _, asked = part.partition("#")
        prompt = load_prompt(asked or means.prompt)
        if model.partition("/")[0] in LOCAL_PREFIXES and prompt.generation.max_tokens is None:
            long = replace(prompt.generation, max_tokens=LOCAL_TOKENS)
            prompt = replace(prompt, generation=long)
        provider = open_provider(model, generation=prompt.generation)
        if window_s := provider.settings.get("window_s"):  # what is beyond it would not be heard
            most_s = max(window_s - SPLIT_SLACK_S, window_s / 2)
            prompt = replace(prompt, split_s=min(prompt.split_s or most_s, most_s))
        return ChatCaptioner(provider, prompt, means.replies)
    raise unknown(name, part)


def _whisper_name(model: str) -> str:
    """`tiny.en` stands for `whisper-tiny.en`; a folder or a hub id stays what it is."""
    bare = "/" not in model and not model.startswith("whisper") and not Path(model).exists()
    return f"whisper-{model}" if bare else model


def _seeds(rest: str) -> Path:
    path = Path(rest).expanduser()
    if not rest or not path.is_file():
        raise UnknownName(f"captioner 'oracle:{rest}': name a file of seeds: oracle:<seeds file>")
    return path
