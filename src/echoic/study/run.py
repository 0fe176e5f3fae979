"""Do everything that is still missing of a study; the same call goes on after a crash."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from echoic.engine.ask import Generation
from echoic.engine.memory import peak_rss_mib, reset_peak
from echoic.engine.providers import open_provider
from echoic.errors import EchoicError
from echoic.records import Journal, make_folder
from echoic.study import identity
from echoic.study.inputs import open_benchmark
from echoic.study.lanes import Announce, Lanes, do_stage, shares, wait
from echoic.study.money import check_prices
from echoic.study.places import WORLD, Places
from echoic.study.stage import HERE, Asking, Captioning, Stage
from echoic.study.stages import stages
from echoic.study.watch import STAGES, Notes, is_done, rows_of
from echoic.study_file import Study


def run_study(study: Study, out: Path, announce: Announce, *, jobs: int = 1) -> Path:
    """Run all stages of `study` in `out`; returns the report's page.

    With `jobs` above 1, stages that only wait for remote models run in processes of their own
    beside those that keep this machine busy; `announce` must then be a function of a module. What
    each stage took (seconds, peak resident memory in MiB) goes to `stages.jsonl`. Raises
    OutputRefused when `out` holds another study or another process runs it, and what a stage
    raises; when that is a stage beside, everything that does not need it is done first. A
    stage of which requests failed is done again.
    """
    make_folder(out)
    identity.check(study, out)
    todo = list(stages(study, out))  # first: it finds what the file names wrongly
    check_prices(study, todo)
    rows = rows_of(out)
    _check_surroundings(study, out, (stage for stage in todo if not is_done(stage, rows)))
    identity.claim(study, out)
    with Journal(out / STAGES) as journal:
        rows = {row["stage"]: row for row in journal.records()}
        finished = {stage.name for stage in todo if is_done(stage, rows)} - {todo[-1].name}
        missing = [stage for stage in todo if stage.name not in finished]
        beside = shares(missing, jobs, one_purse=study.budget is not None)
        with Lanes.start(study, out, beside, announce) as lanes:
            lanes.tell(finished)
            mine = [s for s in missing if not any(s.name in names for names in beside)]
            _run(study, out, todo, mine, finished, lanes, journal, announce)
    return out / "report" / "index.html"


def _check_surroundings(study: Study, out: Path, missing: Iterable[Stage]) -> None:
    """Raise what opening the benchmarks and remote models of stages raises: paths, keys."""
    found = list(missing)
    works = [stage.work for stage in found if isinstance(stage.work, Asking | Captioning)]
    for name in dict.fromkeys(work.benchmark for work in works):
        if name != WORLD or study.benchmarks:
            open_benchmark(study, Places(out), name)
    models = [call.model for stage in found for call in stage.calls if call.remote]
    for model in dict.fromkeys(models):
        open_provider(model, generation=Generation())


def _run(
    study: Study,
    out: Path,
    todo: Sequence[Stage],
    mine: list[Stage],
    finished: set[str],
    lanes: Lanes,
    journal: Journal,
    announce: Announce,
) -> None:
    """Do `mine`, the first that can be done first, while `lanes` do the others."""
    notes = Notes(out, HERE)

    def listen() -> None:
        for row in lanes.rows():
            journal.append(row)
            finished.add(row["stage"])

    try:
        while mine:
            listen()
            if gone := [stage for stage in mine if not lanes.lost.isdisjoint(stage.needs)]:
                lanes.lose(stage.name for stage in gone)
                mine = [stage for stage in mine if stage not in gone]
                continue
            stage = next((s for s in mine if finished.issuperset(s.needs)), None)
            if stage is None:
                notes.end()
                wait()
                continue
            draw = announce(todo.index(stage) + 1, len(todo), stage.name)
            reset_peak()
            row = do_stage(study, out, stage, draw, notes, listen)
            if stage.kind != "report":
                journal.append({**row, "peak_rss_mib": peak_rss_mib()})
            mine.remove(stage)
            finished.add(stage.name)
            lanes.tell([stage.name])
        while lanes.running:
            listen()
            wait()
        if lanes.errors:
            raise EchoicError(" | ".join(lanes.errors))
    finally:
        notes.end()
