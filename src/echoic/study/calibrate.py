"""A calibration run: the study in miniature, to time each kind of local stage on this machine.

It runs in a scratch folder; `calibration.json` in the study's own keeps the rates, with machine and
versions, and how long captions and replies were. Remote models are left out: they cost money, and
their pace hangs on their limits.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from echoic.caption import read_captions
from echoic.errors import BadRecipe
from echoic.evals.plan import SHUFFLED
from echoic.evals.render import FREE
from echoic.evals.run_folder import versions
from echoic.models.inventory import inventory
from echoic.records import make_folder, write_json
from echoic.study.estimate import Estimator
from echoic.study.foresight import CALIBRATION, Foresight
from echoic.study.lanes import Announce, do_stage
from echoic.study.money import replies
from echoic.study.names import route
from echoic.study.rates import Rates, measured
from echoic.study.stage import HERE, Asking, Call, Captioning, Reporting, Stage
from echoic.study.stages import stages, trained
from echoic.study.watch import Notes
from echoic.study_file import Study

TRAIN_CLIPS, TEST_CLIPS, TARGETS = 40, 12, 16
QUESTIONS, IN_WORDS = 16, 8
STEPS, WARMUP_STEPS = 2, 4


def miniature(study: Study) -> Study:
    """The study with one of each kind of local stage, and little of it.

    Raises BadRecipe when no stage would be local.
    """
    here = tuple(name for name in study.backbones if not Call(route(name), Path()).remote)
    captioners = tuple(c for c in study.cascade.captioners if "/" not in c.partition(":")[0])
    if not here:
        raise BadRecipe(f"study {study.name!r}: all its backbones are behind an API, so there is "
                        "nothing to time on this machine")  # fmt: skip

    def cut(part: Any, **changes: Any) -> Any:
        few = {"limit": min(part.limit or QUESTIONS, QUESTIONS)}
        words = {"free": min(part.free, IN_WORDS)}
        kept = tuple(control for control in part.controls if control == SHUFFLED)
        return replace(part, **few, **words, controls=kept, **changes)

    audio = tuple(name for name in trained(study) if name in here)
    return replace(
        study,
        name=f"{study.name} in miniature",
        backbones=here,
        judge="" if study.judge and Call(route(study.judge), Path()).remote else study.judge,
        budget=None,
        world=replace(study.world, train=TRAIN_CLIPS, test=TEST_CLIPS),
        knowledge=cut(study.knowledge),
        cascade=cut(study.cascade, captioners=captioners, only=dict.fromkeys(captioners[1:], ())),
        audio=cut(
            study.audio,
            recipes=study.audio.recipes if audio else (),
            backbones=audio,
            seeds=study.audio.seeds[:1],
            steps=dict.fromkeys(audio, STEPS),
            warmup=dict.fromkeys(audio, WARMUP_STEPS),
            clips=dict.fromkeys(audio, TARGETS),
            limits={},
        ),
    )


def calibrate(study: Study, root: Path, announce: Announce) -> Rates:
    """Run the study in miniature below `root` and keep its rates; an older one is replaced.

    Raises BadRecipe when there is nothing local, and what a stage raises.
    """
    small = miniature(study)
    make_folder(root)
    with TemporaryDirectory() as folder:
        out = Path(folder)
        todo = [s for s in stages(small, out) if not isinstance(s.work, Reporting)]
        notes, rows = Notes(out, HERE), {}
        for number, stage in enumerate(todo, 1):
            draw = announce(number, len(todo), f"calibrating: {stage.name}")
            rows[stage.name] = do_stage(small, out, stage, draw, notes, lambda: None)
        estimator = Estimator(Foresight(small, out))
        rates = measured([estimator.of(stage) for stage in todo], rows)
        seen = {"captions": _captions(todo), "reply_tokens": _reply_tokens(todo)}
    found = inventory()
    write_json(
        root / CALIBRATION,
        {
            "made": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
            "machine": {key: found[key] for key in ("platform", "cpus", "memory_gib", "gpu")},
            "versions": versions(),
            "seconds": round(sum(row["seconds"] for row in rows.values()), 1),
            "rates": {name: asdict(rate) for name, rate in rates.items()},
            **seen,
        },
    )
    return rates


def _captions(todo: Iterable[Stage]) -> dict[str, list[str]]:
    """What the captioners wrote, by the name of the captions' file."""
    works = [stage.work for stage in todo if isinstance(stage.work, Captioning)]
    return {
        work.out.name: [caption.text for caption in read_captions(work.out).values()]
        for work in works
    }


def _reply_tokens(todo: Iterable[Stage]) -> dict[str, float]:
    """The mean length of free replies, by mode and backbone."""
    found: dict[str, list[int]] = defaultdict(list)
    for stage in todo:
        work = stage.work
        if isinstance(work, Asking) and work.answering == FREE:
            written = [reply["tokens_out"] for reply in replies(stage.calls[0])]
            found[f"{work.mode} {work.backbone}"] += written
    return {key: sum(some) / len(some) for key, some in found.items() if some}
