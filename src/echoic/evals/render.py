"""The one renderer: a question becomes a prompt, the same way for every task, benchmark and model.

Order: the clip (as caption or as audio) first, then the stem, then what free answering needs. All
prompts about one clip thus begin alike, and an engine can keep that beginning.

Free answering lists the options with letters and says how to answer. Likelihood answering asks the
stem alone and scores " " + option as the model's own words, after the question's lead ("Tempo:") or
else the prompt file's cue; options are not listed, so their order says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from echoic.engine.ask import AUDIO_MARK, Prompt
from echoic.evals.prompt_file import PromptFile
from echoic.question import LETTERS, Question

FREE, LIKELIHOOD = "free", "likelihood"


@dataclass(frozen=True)
class Sight:
    """What the model gets to see of a question.

    `caption` stands for the clip as text; `audio` (with `audio_hash`, SHA-256 of the file) is the
    clip itself; `stem` False withholds the question and its lead (options only); `order` lists the
    options' indices in the order in which they are shown.
    """

    order: tuple[int, ...]
    caption: str | None = None
    audio: Path | None = None
    audio_hash: str = ""
    stem: bool = True


def render(
    question: Question, sight: Sight, *, wording: PromptFile, answering: str, id_: str
) -> Prompt:
    """The prompt for one question. `answering` is "free" or "likelihood"."""
    clip = []
    if sight.audio is not None:
        clip.append(AUDIO_MARK)
    if sight.caption is not None:
        clip.append(wording.caption.format(caption=_plain(sight.caption)))
    stem = _plain(question.stem)
    if answering == LIKELIHOOD:
        asked, prefill = (stem, question.lead or wording.cue) if sight.stem else (
            wording.neutral_stem, wording.cue)  # fmt: skip
        texts = tuple(" " + question.options[at] for at in sight.order)
    else:
        asked, prefill, texts = _listed(question, sight, wording, stem), "", ()
    return Prompt(
        id=id_,
        system=wording.system,
        user="\n\n".join([*clip, asked]),
        prefill=prefill,
        continuations=texts,
        audio=sight.audio,
        audio_hash=sight.audio_hash,
    )


def _listed(question: Question, sight: Sight, wording: PromptFile, stem: str) -> str:
    options = wording.separator.join(
        wording.option.format(letter=LETTERS[place], text=_plain(question.options[at]))
        for place, at in enumerate(sight.order)
    )
    layout = wording.layout if sight.stem else wording.bare
    return layout.format(stem=stem, options=options, instruction=wording.instruction).strip()


def _plain(text: str) -> str:
    """Text from outside, without the mark that stands for audio."""
    return text.replace(AUDIO_MARK, "").strip()


def rng_for(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for every (seed, names), whatever else is drawn before."""
    words = [int.from_bytes(sha256(name.encode()).digest()[:8]) for name in names]
    return np.random.default_rng([seed, *words])


def permutations(question: Question, *, seed: int, count: int) -> list[tuple[int, ...]]:
    """Up to `count` orders of the options: a drawn order and its rotations.

    As many as there are options at most; then every option stands in every place exactly once, so
    a preference for a place cannot pass for knowledge. The original order has no special role.
    """
    size = len(question.options)
    base: Sequence[int] = rng_for(seed, "order", question.id).permutation(size).tolist()
    return [(*base[turn:], *base[:turn]) for turn in range(min(count, size))]
