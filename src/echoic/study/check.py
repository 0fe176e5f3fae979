"""What a study's file alone shows to be wrong, found before anything is asked.

A name that is mended later makes another study, which cannot use what was paid for before.
"""

from collections.abc import Iterable
from pathlib import Path

from echoic.captioners.names import check_name, parts_of
from echoic.engine.providers import LOCAL_PREFIXES, VLLM
from echoic.errors import BadRecipe, EchoicError
from echoic.evals.plan import AUDIO, CASCADE, TEXT, check_control
from echoic.evals.render import FREE
from echoic.models.catalogue import embedded
from echoic.models.named import locate
from echoic.study.names import model_string, route
from echoic.study_file import Study


def check_file(study: Study, trained: Iterable[str]) -> None:
    """Raise BadRecipe for names that lead nowhere or do not go together; `trained` become LALMs."""
    for backbone in study.backbones:
        scores = route(backbone).partition("/")[0] in LOCAL_PREFIXES
        if not scores and study.answering != FREE:
            raise BadRecipe(f"study {study.name!r}: {backbone} is asked where no answers can "
                            'be scored; set answering = "free"')  # fmt: skip
    for backbone in trained if study.audio.recipes else ():
        if route(backbone).partition("/")[0] not in (*LOCAL_PREFIXES, VLLM):
            raise BadRecipe(f"study {study.name!r}: {backbone} has no weights here to train an "
                            "LALM on; name those to train in [audio] backbones, or none with "
                            "recipes = []")  # fmt: skip
    try:
        _check_names(study)
    except EchoicError as error:
        raise BadRecipe(f"study {study.name!r}: {error}") from error


def _check_names(study: Study) -> None:
    for mode, part in ((TEXT, study.knowledge), (CASCADE, study.cascade), (AUDIO, study.audio)):
        for control in part.controls:
            check_control(control, mode)
    for captioner in study.cascade.captioners:
        check_name(captioner)
        if study.benchmarks and "oracle" in parts_of(captioner):
            raise BadRecipe("captioner 'oracle' knows rendered clips only; leave it or "
                            "[benchmarks] out")  # fmt: skip
    for model in (*study.backbones, *filter(None, [study.judge])):
        prefix, _, name = model_string(model).partition("/")
        there = name in embedded() or Path(name).expanduser().exists()
        if prefix in LOCAL_PREFIXES and not there:
            locate(name, role="backbone")
