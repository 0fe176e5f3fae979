"""What a study reads: benchmarks, and the seeds that LALMs are trained on."""

from pathlib import Path

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.study.places import WORLD, Places
from echoic.study_file import Study


def open_benchmark(study: Study, places: Places, name: str) -> Benchmark:
    """A benchmark of the study by name. Raises as `benchmarks.registry.load`."""
    if name == WORLD and not study.benchmarks:
        return load(WORLD, places.world)
    path = study.benchmarks.get(name, study.knowledge.path)
    return load(name, Path(path) if path else None)


def seeds_file(study: Study, places: Places) -> Path:
    """The seeds of the clips that LALMs are trained on."""
    return Path(study.audio.training) if study.audio.training else places.seeds
