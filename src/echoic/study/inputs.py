"""What a study reads: benchmarks, and the seeds that LALMs are trained on."""

from pathlib import Path

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.evals.plan import OTHER_CLIP, subset
from echoic.study.places import WORLD, Places
from echoic.study_file import Study


def open_benchmark(study: Study, places: Places, name: str) -> Benchmark:
    """A benchmark of the study by name. Raises as `benchmarks.registry.load`."""
    if name == WORLD and not study.benchmarks:
        return load(WORLD, places.world)
    path = study.benchmarks.get(name, study.knowledge.path)
    return load(name, Path(path) if path else None)


def described(study: Study, benchmark: Benchmark) -> tuple[str, ...]:
    """The clips of which the study's cascades read captions."""
    part = study.cascade
    if OTHER_CLIP in part.controls:
        return benchmark.clips
    wanted = {
        question.clip
        for limit in (part.limit, part.free or part.limit)
        for question in subset(benchmark.questions, limit=limit or None, seed=study.seed)
    }
    return tuple(clip for clip in benchmark.clips if clip in wanted)


def seeds_file(study: Study, places: Places) -> Path:
    """The seeds of the clips that LALMs are trained on."""
    return Path(study.audio.training) if study.audio.training else places.seeds
