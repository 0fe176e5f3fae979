"""What the stages of a study will have before them, as far as that can be known beforehand.

Questions and seeds of the rendered world are drawn as they will be, without rendering. Captions,
transcripts and replies are those that are there already, else those of the calibration run, else
as long as `assumptions.toml` says.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import BY_PATH, load
from echoic.captioners.whisper import NO_SPEECH, said
from echoic.engine.audio_input import duration_s
from echoic.errors import BadClip
from echoic.models.backbone import facts
from echoic.question import Question
from echoic.records import plain_name, read_json, write_json
from echoic.seed import Seed, read_seeds
from echoic.study.assumptions import assumed
from echoic.study.inputs import open_benchmark, seeds_file
from echoic.study.names import weights_of
from echoic.study.places import WORLD, Places
from echoic.study.tokens import Tokens
from echoic.study.watch import lines
from echoic.study_file import Study

CALIBRATION = "calibration.json"  # what was timed and seen before the study began
CLIPS_LOOKED_AT = 100  # of a benchmark, for the mean length of its clips
CLIP_S = 3.5  # the mean length of rendered clips
WORDS = "Which of these sounds is heard when the bow is drawn over a string? "
MEASURED = (
    "A clip of 3.7 seconds: speech. Loudness: moderate (-28 LUFS), steady; wide dynamics (23 dB). "
    "Pitch: very low (85 Hz, as of most men), falling from 90 to 77 Hz, during 44% of the sound. "
    "Rhythm: 15 onsets (4.0 a second). Timbre: warm (centroid 543 Hz), tonal (noisiness 0.01). "
    "Speech: 94% of the clip, normal rate (2.0 words a second). Somebody speaks.",
    "A clip of 4.2 seconds: tonal sound, such as music or a tone. Loudness: very loud (-14 LUFS), "
    "getting louder by 20 dB; wide dynamics (39 dB). Pitch: very high (3413 Hz), varying, during "
    "94% of the sound. Rhythm: 15 onsets (3.6 a second), moderate pulse (126 BPM). 8 separate "
    "sounds. Timbre: very bright (centroid 3292 Hz), tonal (noisiness 0.02). No speech is heard. "
    "If it is music: techno (18%).",
)  # what the acoustic captioner writes


def text_of(characters: float) -> str:
    """Some English text of that length."""
    return (WORDS * (int(characters) // len(WORDS) + 1))[: int(characters)]


class Foresight:
    """What is known of a study in folder `root` before it is run."""

    def __init__(self, study: Study, root: Path) -> None:
        self.study, self.places = study, Places(root)
        self._tokens: dict[str, Tokens] = {}
        self._benchmarks: dict[str, Benchmark] = {}
        self._clip_s: dict[str, float] = {}
        self.guesses: set[str] = set()

    def tokens(self, model: str) -> Tokens:
        """The counter of tokens for a model."""
        name = weights_of(model)
        if name not in self._tokens:
            self._tokens[name] = Tokens.of(name)
        return self._tokens[name]

    def benchmark(self, name: str) -> Benchmark:
        """A benchmark, or one of its size where it is not there yet."""
        if name not in self._benchmarks:
            self._benchmarks[name] = self._found(name)
        return self._benchmarks[name]

    def _found(self, name: str) -> Benchmark:
        if name == WORLD and not self.study.benchmarks:
            if (self.places.world / "world.json").exists():
                return open_benchmark(self.study, self.places, name)
            return self._drawn[0]
        path = Path(self.study.benchmarks.get(name, self.study.knowledge.path))
        if name in assumed()["benchmarks"] and name in BY_PATH and not path.exists():
            self.guesses.add(f"{name} is not at {path or '(no path)'}: its published size is taken")
            return _of_size(name, assumed()["benchmarks"][name])
        return open_benchmark(self.study, self.places, name)

    def clip_s(self, name: str) -> float:
        """The mean length in seconds of a benchmark's clips that are here, else assumed."""
        if name not in self._clip_s:
            row = assumed()["benchmarks"].get(name)
            measured = self._measured_s(self.benchmark(name))
            self._clip_s[name] = measured or (float(row["seconds"]) if row else CLIP_S)
        return self._clip_s[name]

    def _measured_s(self, benchmark: Benchmark) -> float:
        step = max(1, len(benchmark.clips) // CLIPS_LOOKED_AT)
        found = []
        for clip in benchmark.clips[::step]:
            with suppress(BadClip):
                found.append(duration_s(benchmark.clip_path(clip)))
        return float(np.mean(found)) if found else 0.0

    @cached_property
    def _drawn(self) -> tuple[Benchmark, list[Seed], list[Seed]]:
        """The world before it is rendered: questions, seeds of training and test clips."""
        from echoic.world.kinds import fair_scenes, scenes
        from echoic.world.questions import questions
        from echoic.world.render import seed_of

        part = self.study.world
        train_seed, test_seed, question_seed = np.random.SeedSequence(part.seed).spawn(3)
        train = scenes("train", part.train, train_seed, part.multilingual)
        test = fair_scenes(part.test, test_seed, part.multilingual)
        with TemporaryDirectory() as folder:
            write_json(Path(folder, "questions.json"), questions(test, question_seed))
            benchmark = load(WORLD, Path(folder))
        seeds = [[seed_of(scene, CLIP_S) for scene in some] for some in (train, test)]
        return benchmark, seeds[0], seeds[1]

    @cached_property
    def seeds(self) -> Sequence[Seed]:
        """The seeds of the training clips."""
        path = seeds_file(self.study, self.places)
        if path.exists():
            return read_seeds(path)
        if not self.study.audio.training:
            return self._drawn[1]
        count = self.study.audio.training_clips
        self.guesses.add(f"{path} is not there: {count:,} training clips are taken"
                         if count else f"{path} is not there and training_clips not set: training "
                         "is planned as if on nothing")  # fmt: skip
        text = text_of(assumed()["seed"]["characters"])
        return [Seed("seed", "clip", text)] * count

    @cached_property
    def _test_seeds(self) -> Mapping[str, Seed]:
        path = self.places.world / "seeds-test.jsonl"
        seeds = read_seeds(path) if path.exists() else self._drawn[2]
        return {seed.audio: seed for seed in seeds}

    def transcript(self, clip: str, benchmark: str) -> str:
        """About what is said in a clip."""
        if benchmark == WORLD:
            return self._test_seeds[clip].text
        rate = assumed()["caption"]["whisper_characters_a_second"]
        return text_of(rate * self.clip_s(benchmark))

    def captions(self, captioner: str, benchmark: str) -> Mapping[str, str]:
        """A caption of every clip of a benchmark, by clip."""
        clips = self.benchmark(benchmark).clips
        path = self.places.captions(captioner, benchmark)
        made = {str(row["clip"]): str(row["text"]) for row in lines(path)}
        texts = [*made.values()] or self._seen("captions").get(path.name)
        likely = cycle(texts) if texts else (self._likely(captioner, c, benchmark) for c in clips)
        found = {
            clip: f"{number} {text[len(str(number)) + 1 :]}"  # no two begin alike
            for number, (clip, text) in enumerate(zip(clips, likely, strict=False), 1)
        }
        return found | made

    def _likely(self, captioner: str, clip: str, benchmark: str) -> str:
        kind = captioner.partition(":")[0]
        spoken = self.transcript(clip, benchmark)
        if kind == "whisper":
            return said(spoken) if spoken else NO_SPEECH
        if kind == "oracle" and benchmark == WORLD:
            return self._test_seeds[clip].description
        if "/" in kind:
            return text_of(assumed()["caption"]["chat_characters"])
        return MEASURED[0] if spoken else MEASURED[1]

    def _seen(self, what: str) -> Mapping[str, Any]:
        """What the calibration run saw, if there was one."""
        path = self.places.root / CALIBRATION
        found: Mapping[str, Any] = read_json(path)[what] if path.exists() else {}
        return found

    def reply_tokens(self, backbone: str, mode: str, model: str) -> tuple[float, float]:
        """The mean length of a free reply in tokens, and how much of it is no reasoning."""
        pattern = f"runs/{mode}*-free/*/{plain_name(backbone)}/replies.jsonl"
        found = [
            (row["reply"]["tokens_out"], row["reply"].get("tokens_reasoning", 0))
            for path in self.places.root.glob(pattern)
            for row in lines(path)
        ]
        if found:
            written, thought = np.mean(found, axis=0)
            return float(written), float(written - thought)
        if seen := self._seen("reply_tokens").get(f"{mode} {backbone}"):
            return float(seen), float(seen)
        limit = self.study.reply_tokens
        usual = limit * assumed()["reply_share"] if limit else assumed()["reply_tokens"]
        thoughts = assumed()["reasoning_tokens"].get(facts(model).name, 0)
        whose = f"{backbone}'s replies" if thoughts else "replies"
        kind = "with" if thoughts else "without"
        self.guesses.add(f"{whose} of {usual + thoughts:.0f} tokens, {kind} reasoning, where none "
                         "is here yet")  # fmt: skip
        return float(usual + thoughts), float(usual)


def _of_size(name: str, size: Mapping[str, Any]) -> Benchmark:
    questions = tuple(
        Question(
            id=str(number),
            stem=text_of(size["stem"]),
            options=tuple(f"{at} {text_of(size['option'] - 2)}" for at in range(size["options"])),
            answer=0,
            category="all",
            subcategory="all",
            clip=f"{number}.wav" if size["seconds"] else "",
            source=name,
        )
        for number in range(size["questions"])
    )
    return Benchmark(name, "", Path(), questions)
