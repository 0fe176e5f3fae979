"""The captioner that is a chat model with ears: any provider that takes audio.

Clips are asked about all at once, as many at a time as the provider allows, and every reply is kept
in a journal as it comes: a start after a crash pays for nothing twice. A caption of which a part
failed is no caption.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from echoic.captioners.base import ClipFile, Progress
from echoic.captioners.prompt_file import DEFAULT, CaptionPrompt
from echoic.clip import Clip
from echoic.engine.ask import AUDIO_MARK, Prompt, Provider, Reply
from echoic.engine.audio_input import Span, duration_s
from echoic.engine.runner import FAILED, run
from echoic.errors import BadClip
from echoic.records import digest

FORMAT = 1  # raise it when splitting or joining changes: older captions are made anew
SPLIT_SLACK_S = 1.0  # a clip that is longer by less is not worth two requests
THOUGHTS = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)


@dataclass
class ChatCaptioner:
    """Texts by `provider`, asked with `prompt`.

    `journal` keeps the replies (JSONL, the runner's); without one they live as long as a call.
    `tokens` (in, out) and `cut` (captions that ended at the limit of tokens) count what was found.
    """

    provider: Provider
    prompt: CaptionPrompt
    journal: Path | None = None
    tokens: tuple[int, int] = (0, 0)
    cut: int = 0
    _failed: dict[str, BadClip] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The model's name, with "#prompt" unless that is the default one."""
        asked = self.prompt.name
        return self.provider.name + ("" if asked == DEFAULT else f"#{asked}")

    @property
    def prompt_hash(self) -> str:
        """Covers the prompt file, the provider's settings and how parts are joined."""
        return digest([FORMAT, self.prompt.to_record(), dict(self.provider.settings)])

    def captions(self, clips: Sequence[Clip]) -> list[str]:
        """One text for each clip, in order. Raises BadClip for the first that has none.

        A clip that failed once is not asked again by this object.
        """
        wanted = [ClipFile(c.path, c.hash) for c in clips if c.hash not in self._failed]
        found = self.texts(wanted) if wanted else {}
        self._failed |= {key: text for key, text in found.items() if isinstance(text, BadClip)}
        for clip in clips:
            if clip.hash in self._failed:
                raise self._failed[clip.hash]
        return [str(found[clip.hash]) for clip in clips]

    def texts(
        self, clips: Sequence[ClipFile], progress: Progress | None = None
    ) -> dict[str, str | BadClip]:
        """Content hash -> caption, or why there is none. `progress` counts requests.

        Raises ProviderFailed when the model cannot be reached at all.
        """
        spans: dict[str, list[Span | None]] = {}
        found: dict[str, str | BadClip] = {}
        files = {clip.hash: clip.path for clip in clips}
        for clip_hash, path in files.items():
            try:
                spans[clip_hash] = parts(duration_s(path), self.prompt.split_s)
            except BadClip as error:
                found[clip_hash] = error
        asked = [(key, span) for key, some in spans.items() for span in some]
        replies = self._ask([self._prompt(key, files[key], span) for key, span in asked], progress)
        of_clip: dict[str, list[tuple[Span | None, Reply]]] = {key: [] for key in spans}
        for (key, span), reply in zip(asked, replies, strict=True):
            of_clip[key].append((span, reply))
        self.tokens = (sum(r.tokens_in for r in replies), sum(r.tokens_out for r in replies))
        self.cut = sum(any(r.stop == "length" for _, r in some) for some in of_clip.values())
        return found | {key: self._joined(files[key], some) for key, some in of_clip.items()}

    def _ask(self, prompts: Sequence[Prompt], progress: Progress | None) -> list[Reply]:
        if not prompts:
            return []
        provider = _Worded(self.provider)
        if self.journal is not None:
            return run(provider, prompts, self.journal, progress=progress)
        with TemporaryDirectory() as folder:
            return run(provider, prompts, Path(folder, "replies.jsonl"), progress=progress)

    def _prompt(self, clip_hash: str, path: Path, span: Span | None) -> Prompt:
        start = f"#{span[0]:.3f}" if span else ""
        return Prompt(
            id=clip_hash + start,
            system=self.prompt.system.strip(),
            user=f"{AUDIO_MARK}\n\n{self.prompt.user.strip()}".strip(),
            audio=path,
            audio_hash=digest([clip_hash, span]) if span else clip_hash,
            span_s=span,
        )

    def _joined(self, path: Path, replies: Sequence[tuple[Span | None, Reply]]) -> str | BadClip:
        texts = []
        for span, reply in replies:
            text = _without_thoughts(reply)
            where = f"{path}{f' {_marks(span)}' if span else ''}"
            if reply.stop == FAILED:
                return BadClip(f"{where}: {self.provider.name} failed: {reply.error}")
            if not text:  # kept by an earlier version
                return BadClip(f"{where}: {self.provider.name} failed: {_nothing(reply)}")
            texts.append(f"{_marks(span)} {text}" if span else text)
        return "\n".join(texts)


@dataclass(frozen=True)
class _Worded:
    """A provider whose replies without a word have failed: they are not kept, but asked again."""

    provider: Provider

    @property
    def name(self) -> str:
        return self.provider.name

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.provider.settings

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for at, reply in self.provider.replies(prompts, done):
            if reply.stop != FAILED and not _without_thoughts(reply):
                yield at, replace(reply, stop=FAILED, error=_nothing(reply))
            else:
                yield at, reply


def _without_thoughts(reply: Reply) -> str:
    return THOUGHTS.sub("", reply.text).strip()


def _nothing(reply: Reply) -> str:
    return f"it wrote nothing (it ended with {reply.extra.get('stop_reason', reply.stop)})"


def parts(duration_s: float, split_s: float) -> list[Span | None]:
    """Equal spans of at most about `split_s` seconds (0: no limit); [None] for a clip in one."""
    count = max(1, math.ceil((duration_s - SPLIT_SLACK_S) / split_s)) if split_s else 1
    if count == 1:
        return [None]
    edges = [round(duration_s * at / count, 3) for at in range(count + 1)]
    return list(pairwise(edges))


def _marks(span: Span) -> str:
    """ "[00:00-01:30]": minutes and seconds."""
    start, end = (f"{int(s) // 60:02d}:{int(s) % 60:02d}" for s in span)
    return f"[{start}-{end}]"
