"""Do everything that is still missing of a study; the same call goes on after a crash."""

from collections.abc import Sequence
from pathlib import Path

from echoic.engine.memory import peak_rss_mib, reset_peak
from echoic.errors import EchoicError, OutputRefused
from echoic.records import Journal, digest, make_folder, read_json, write_json
from echoic.study.foresight import CALIBRATION
from echoic.study.lanes import Announce, Lanes, do_stage, shares, wait
from echoic.study.money import check_prices
from echoic.study.stage import HERE, Stage
from echoic.study.stages import stages
from echoic.study.watch import STAGES, Notes
from echoic.study_file import Study

NOTE = "study.json"


def run_study(study: Study, out: Path, announce: Announce, *, jobs: int = 1) -> Path:
    """Run all stages of `study` in `out`; returns the report's page.

    With `jobs` above 1, stages that only wait for remote models run in processes of their own
    beside those that keep this machine busy; `announce` must then be a function of a module. What
    each stage took (seconds, peak resident memory in MiB) goes to `stages.jsonl`. Raises
    OutputRefused when `out` holds another study or another process runs it, and what a stage
    raises; when that is a stage beside, everything that does not need it is done first.
    """
    make_folder(out)
    todo = list(stages(study, out))  # first: it finds what the file names wrongly
    check_prices(study, todo)
    _claim(study, out)
    with Journal(out / STAGES) as journal:
        kept = {row["stage"] for row in journal.records()}
        finished = {stage.name for stage in todo if stage.name in kept and stage.makes.exists()}
        missing = [stage for stage in todo if stage.name not in finished]
        # With a budget only one lane may spend, so that all of it is counted.
        beside = shares(missing, jobs if study.budget is None else min(jobs, 2))
        with Lanes.start(study, out, beside, announce) as lanes:
            lanes.tell(finished)
            mine = [s for s in missing if not any(s.name in names for names in beside)]
            _run(study, out, todo, mine, finished, lanes, journal, announce)
    return out / "report" / "index.html"


def _claim(study: Study, out: Path) -> None:
    """Take `out` for the study. Raises OutputRefused when it holds anything else."""
    identity = {"study": study.to_record(), "hash": digest(study.to_record())}
    note = out / NOTE
    if note.exists() and read_json(note)["hash"] != identity["hash"]:
        raise OutputRefused(f"{out}: holds another study; choose another --out or remove it")
    if not note.exists():
        ours = (f".{NOTE}.", CALIBRATION, f".{CALIBRATION}.")
        if any(not path.name.startswith(ours) for path in out.iterdir()):
            raise OutputRefused(f"{out}: is not empty and no study's; choose another --out")
        write_json(note, identity)


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
    try:
        while mine:
            for row in lanes.rows():
                journal.append(row)
                finished.add(row["stage"])
            stage = next((s for s in mine if finished.issuperset(s.needs)), None)
            if stage is None:
                if not lanes.running:
                    raise EchoicError(" | ".join(lanes.errors))
                wait()
                continue
            draw = announce(todo.index(stage) + 1, len(todo), stage.name)
            reset_peak()
            row = do_stage(study, out, stage, draw, notes, lanes.listen)
            if stage.kind != "report":
                journal.append({**row, "peak_rss_mib": peak_rss_mib()})
            mine.remove(stage)
            finished.add(stage.name)
            lanes.tell([stage.name])
    finally:
        notes.end()
