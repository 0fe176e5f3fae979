"""`echoic eval`: ask a model (knowledge, cascade, audio) and the controls."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from echoic.cli.asking import asking_options, generation, prices, provider_options
from echoic.errors import OutputRefused

if TYPE_CHECKING:
    from echoic.evals.plan import Task
    from echoic.evals.tasks import Summary

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
        click.option("--benchmark", required=True, help="akb-open, akb-2000, mmau, mmar, world, or "
                     "a .jsonl file of questions."),
        click.option("--path", type=path, help="The benchmark's folder or file."),
        click.option("--limit", type=click.IntRange(min=1), help="Ask only so many questions, "
                     "every category with its share."),
        click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True,
                     help="Draws the subset, the orders of options and the other clips."),
        click.option("--answering", type=click.Choice(["free", "likelihood"]), default="free",
                     show_default=True, help="Let the model write, or score each option."),
        click.option("--rule", type=click.Choice(["letter", "official"]), default="letter",
                     show_default=True, help="The rule that counts for free answers."),
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
    from echoic.caption import read_captions
    from echoic.cli.progress import progress_line
    from echoic.engine.providers import open_provider, resolve
    from echoic.evals.plan import PROVIDER_OPTIONS, Task
    from echoic.evals.tasks import run_task

    if (json_out := options["json_out"]) is not None and json_out.exists():
        raise OutputRefused(f"{json_out}: exists already; remove it or choose another place")
    benchmark = load(options["benchmark"], options["path"])
    task = Task(
        mode=mode or ("audio" if benchmark.clips else "text"),
        benchmark=benchmark,
        control=control_name,
        answering=options["answering"],
        rule=_rule(options),
        captions=read_captions(captions) if captions else {},
        seed=options["seed"],
        limit=options["limit"],
    )
    model, generating = resolve(options["model"], generation(options))
    asked = provider_options(model, options)
    provider = open_provider(
        model,
        generation=generating,
        **{**asked, **PROVIDER_OPTIONS.get(control_name, {})},
    )
    out = options["out"] or _default_out(task, options["model"])
    summary = run_task(
        task,
        provider,
        out,
        progress=progress_line("asking"),
        prices=prices(options),
        budget=asked.get("budget"),
    )
    _show(summary)
    if json_out is not None:
        from echoic.records import write_json

        write_json(json_out, _as_json(summary))


def _rule(options: dict[str, Any]) -> str:
    """The rule that was asked for; "" (the default) for likelihood answering."""
    if options["answering"] == "free":
        return str(options["rule"])
    source = click.get_current_context().get_parameter_source("rule")
    if source is not None and source.name == "COMMANDLINE":
        raise click.UsageError("--rule is for --answering free; likelihood has a rule of its own")
    return ""


def _default_out(task: "Task", model: str) -> Path:
    kind = "-".join(part for part in (task.mode, task.control, task.answering) if part)
    return Path("runs", kind, task.benchmark.name, UNNAMED.sub("-", model))


def _as_json(summary: "Summary") -> dict[str, Any]:
    from dataclasses import asdict

    from echoic.evals.scores import score, scores_by_category

    return {
        "run": dict(summary.run),
        "folder": str(summary.folder),
        **asdict(score(summary.verdicts)),
        "by_category": {
            name: asdict(row) for name, row in scores_by_category(summary.verdicts).items()
        },
    }


def _show(summary: "Summary") -> None:
    from echoic.engine.accounting import described
    from echoic.evals.scores import table

    run, counts = summary.run, summary.run["counts"]
    what = f"{run['mode']}, control {run['control']}" if run["control"] else run["mode"]
    limit = f", a subset of {run['n']} drawn by category with seed {run['seed']}"
    click.echo(
        f"{run['model']} on {run['benchmark']} (version {run['benchmark_hash'][:12]}"
        f"{limit if run['limit'] else ''}): {what}"
    )
    click.echo(f"answering {run['answering']}, rule {run['rule']}; 95% Wilson intervals")
    click.echo("\n".join(table(summary.verdicts)))
    click.echo(f"unparsed {counts['unparsed']}, failed {counts['failed']} of {counts['asked']}")
    click.echo(described(run["model"], run["usage"]))
    if counts["failed"]:
        click.echo("the same command asks the failed ones again", err=True)
    click.echo(f"kept in {summary.folder}")
