"""`echoic eval`: ask a model (knowledge, cascade, audio) and the controls."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from echoic.cli.asking import asking_options, generation, judge_budget, prices, provider_options
from echoic.cli.finished import as_json, show
from echoic.errors import OutputRefused

if TYPE_CHECKING:
    from echoic.engine.ask import Generation
    from echoic.evals.plan import Task

CONTROLS = ("no-audio", "options-only", "shuffled", "other-clip", "transcript-only")
UNNAMED = re.compile(r"[^A-Za-z0-9._-]+")


@click.group()
def command() -> None:
    """Ask a model multiple-choice questions about sound."""


def shared(function: Callable[..., None]) -> Callable[..., None]:
    """The options that every evaluation takes."""
    path = click.Path(path_type=Path)
    options = (
        click.option("--model", required=True, help="Model string, as in echoic/<name>, openai/…"),
        click.option("--benchmark", required=True, help="A name that 'echoic bench show "
                     "--help' lists, or a .jsonl file of questions."),
        click.option("--path", type=path, help="The benchmark's folder, file or hub id."),
        click.option("--mapping", type=path, help="Which column of the file is what (TOML)."),
        click.option("--limit", type=click.IntRange(min=1), help="Ask only so many questions, "
                     "every category with its share."),
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
                     help="Draws the subset, the orders of options and the other clips."),
        click.option("--answering", type=click.Choice(["free", "likelihood"]), default="free",
                     show_default=True, help="Let the model write, or score each option."),
        click.option("--rule", type=click.Choice(["letter", "official", "judge"]), help="The rule "
                     "that counts for free answers.  [default: judge with --judge, else letter]"),
        click.option("--judge", metavar="MODEL", help="A model that reads which option each free "
                     "answer chooses."),
        click.option("--judge-prompt", default="", help="Its wording, your own FILE.toml."),
        click.option("--prompt", default="choice", show_default=True, help="Wording: choice, "
                     "desta, exam, letter, official, spoken, or your own FILE.toml."),
        click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True,
                     help="Ask everything so many times (sampled decoding) and show the spread."),
        click.option("--temperature", type=click.FloatRange(min=0), help="Of sampling.  [default: "
                     "the provider's own; local models decode greedily]"),
        click.option("--out", type=path, help="Where the run is kept; the same command goes on "
                     "there.  [default: runs/<task>/<benchmark>/<model>]"),
        click.option("--json", "json_out", type=path, help="Write the summary to this file."),
    )  # fmt: skip
    function = asking_options(function)
    for option in reversed(options):
        function = option(function)
    return function


captions_option = click.option(
    "--captions", type=click.Path(path_type=Path), help="Captions of the benchmark's clips (JSONL)."
)


@command.command()
@shared
def knowledge(**options: Any) -> None:
    """The questions as text: what the model knows about sound."""
    _evaluate("text", "", None, options)


@command.command()
@shared
@captions_option
def cascade(captions: Path | None, **options: Any) -> None:
    """A caption of each clip, then the question."""
    if captions is None:
        raise click.UsageError("a cascade needs --captions FILE (see 'echoic caption')")
    _evaluate("cascade", "", captions, options)


@command.command()
@shared
def audio(**options: Any) -> None:
    """Each clip itself, then the question: for models that hear."""
    _evaluate("audio", "", None, options)


@command.command()
@shared
@captions_option
@click.option("--control", "name", type=click.Choice(CONTROLS), required=True)
def control(name: str, captions: Path | None, **options: Any) -> None:
    """A control: something is taken away or exchanged.

    With --captions it controls the cascade, else the audio task, or on a benchmark without clips
    the knowledge task.
    """
    _evaluate("cascade" if captions else "", name, captions, options)


def _evaluate(mode: str, control_name: str, captions: Path | None, options: dict[str, Any]) -> None:
    from echoic.benchmarks.registry import load
    from echoic.cli.progress import progress_line
    from echoic.engine.providers import LOCAL_PREFIXES, open_provider, resolve
    from echoic.evals.captions import captions_of
    from echoic.evals.judge import open_judge
    from echoic.evals.plan import AUDIO, PROVIDER_OPTIONS, Task
    from echoic.evals.prompt_file import PromptFile
    from echoic.evals.run_folder import JUDGED, TRANSCRIPTS
    from echoic.evals.tasks import run_task

    model, generating = resolve(options["model"], generation(options))
    _check_repeats(options["repeats"], model, generating)
    _check_rule(options)
    if (json_out := options["json_out"]) is not None and json_out.exists():
        raise OutputRefused(f"{json_out}: exists already; remove it or choose another place")
    benchmark = load(options["benchmark"], options["path"], options["mapping"])
    task = Task(
        mode=mode or ("audio" if benchmark.clips else "text"),
        benchmark=benchmark,
        control=control_name,
        answering=options["answering"],
        rule=options["rule"] or "",
        judged=bool(options["judge"]),
        captions=captions_of(benchmark, captions) if captions else {},
        seed=options["seed"],
        limit=options["limit"],
        repeats=options["repeats"],
        wording=PromptFile.load(options["prompt"]),
    )
    out = options["out"] or _default_out(task, options["model"], generating)
    asked = provider_options(model, options)
    asked |= PROVIDER_OPTIONS.get(control_name, {})
    if task.mode == AUDIO and model.partition("/")[0] in LOCAL_PREFIXES:
        asked["transcripts"] = out / TRANSCRIPTS
        asked["progress"] = progress_line("transcribing")
    provider, budget = open_provider(model, generation=generating, **asked), asked.get("budget")
    with ExitStack() as stack:
        judge = None
        if options["judge"]:
            capped = judge_budget(options, out / JUDGED, budget)
            opened = open_judge(options["judge"], out / JUDGED, options["judge_prompt"], capped)
            judge = stack.enter_context(opened)
        summary = run_task(
            task,
            provider,
            out,
            progress=progress_line("asking"),
            judge=judge,
            prices=prices(options),
            budget=budget,
        )
    show(summary)
    if json_out is not None:
        from echoic.records import write_json

        write_json(json_out, as_json(summary))


def _check_repeats(repeats: int, model: str, generating: "Generation") -> None:
    """Repeats of greedy decoding are all the same: refused, as they would pass for steadiness."""
    from echoic.engine.providers import LOCAL_PREFIXES

    temperature = generating.temperature
    local = model.partition("/")[0] in LOCAL_PREFIXES
    if repeats > 1 and (temperature == 0 or (local and temperature is None)):
        raise click.UsageError(
            "--repeats of greedy decoding are all the same: give --temperature above 0"
        )


def _check_rule(options: dict[str, Any]) -> None:
    if options["answering"] != "free" and (options["rule"] or options["judge"]):
        raise click.UsageError(
            "--rule and --judge are for --answering free; likelihood has a rule of its own"
        )
    if not options["judge"] and (options["rule"] == "judge" or options["judge_prompt"]):
        raise click.UsageError("a judge needs a model: --judge MODEL")


def _default_out(task: "Task", model: str, generating: "Generation") -> Path:
    from echoic.evals.prompt_file import DEFAULT

    parts = [task.mode, task.control, task.answering]
    parts += [task.wording.name] if task.wording.name != DEFAULT else []
    parts += [f"x{task.repeats}"] if task.repeats > 1 else []
    parts += [f"t{generating.temperature:g}"] if generating.temperature is not None else []
    parts += [f"reasoning-{generating.reasoning}"] if generating.reasoning else []
    kind = "-".join(part for part in parts if part)
    return Path("runs", kind, task.benchmark.name, UNNAMED.sub("-", model))
