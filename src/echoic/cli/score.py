"""`echoic score`: score a predictions file."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from echoic.cli.asking import cost_options, judge_budget
from echoic.errors import OutputRefused, UnknownName

if TYPE_CHECKING:
    from echoic.benchmarks.base import Benchmark
    from echoic.evals.predictions import Predictions
    from echoic.evals.scoring import Result

PATH = click.Path(path_type=Path)


@click.command()
@click.option("--benchmark", required=True, help="A name that 'echoic bench show --help' lists, or "
              "a .jsonl file of questions.")  # fmt: skip
@click.option("--predictions", type=PATH, required=True,
              help="Official result list, JSONL {id, prediction}, or a sample file of lm-eval or "
              "lmms-eval.")  # fmt: skip
@click.option("--questions", type=PATH,
              help="The benchmark's own file.  [default: the packaged one, or the predictions file "
              "if it repeats the questions]")  # fmt: skip
@click.option("--mapping", type=PATH, help="Which column of the questions' file is what (TOML).")
@click.option("--key", default="", help="The key that holds the reply.  [default: the first "
              "of model_prediction, answer_prediction, prediction, model_output]")  # fmt: skip
@click.option("--rule", type=click.Choice(["official", "letter", "judge"]), help="The rule that "
              "counts.  [default: judge with --judge, else official]")  # fmt: skip
@click.option("--judge", metavar="MODEL",
              help="A model that reads which option each reply chooses.")  # fmt: skip
@click.option("--judge-prompt", default="", help="Its wording, your own FILE.toml.")
@click.option("--judge-journal", type=PATH, help="Where its answers are kept; what is there is "
              "not asked again.  [default: PREDICTIONS.judge.jsonl]")  # fmt: skip
@cost_options[0]
@cost_options[1]
@click.option("--disagreements", type=PATH,
              help="List the replies on which the rules differ here (JSONL).")  # fmt: skip
@click.option("--details", type=PATH, help="Write versions, keys read, agreement of the rules and "
              "repeated options here (JSON).")  # fmt: skip
@click.option("--json", "json_out", type=PATH, help="Write the result here.")
@click.option("--submission", type=PATH, help="Write the official result list here: the questions' "
              "own rows with the predictions added.")  # fmt: skip
@click.option("--out", type=PATH, help="Keep the verdicts as a run folder, for 'echoic report' and "
              "'echoic analyse'; needs --model.")  # fmt: skip
@click.option("--model", help="With --out: whose predictions they are.")
@click.option("--mode", type=click.Choice(["text", "cascade", "audio"]), default="audio",
              show_default=True, help="With --out: what the model was given.")  # fmt: skip
def command(
    benchmark: str, predictions: Path, questions: Path | None, mapping: Path | None, key: str,
    **options: Any,
) -> None:  # fmt: skip
    """Score a predictions file.

    A question without prediction counts as wrong and is reported as missing. No letter is guessed.
    """
    from echoic.benchmarks.registry import BY_PATH, load
    from echoic.evals.exchange.samples import as_predictions, is_samples
    from echoic.evals.predictions import check_predictions, repeats_questions

    _check(options)
    samples = is_samples(predictions)
    if questions is None and not samples and repeats_questions(predictions):
        questions = predictions
    if questions is None and benchmark in BY_PATH:
        raise UnknownName(
            f"{predictions}: does not repeat the questions of {benchmark!r}; give their file with "
            "--questions"
        )
    known = load(benchmark, questions, mapping)
    with as_predictions(predictions, known) as plain:
        checked = check_predictions(plain, known, key)
        if options["submission"] is not None:
            _submit(known, questions, checked, options)
            if not known.keyed:
                return
        result = _score(known, checked, predictions, options)
    if samples:
        click.echo(f"{predictions}: a sample file of lm-eval or lmms-eval, {checked.count} replies")
    _show(result, repeated=questions == predictions)


def _check(options: dict[str, Any]) -> None:
    """Refuse what cannot go together, and places that are taken, before any work."""
    if (options["out"] is None) != (options["model"] is None):
        raise click.UsageError("--out and --model come together")
    wants = options["rule"] == "judge" or any(
        options[key] for key in ("judge_journal", "judge_prompt", "max_cost", "prices")
    )
    if options["judge"] is None and wants:
        raise click.UsageError("a judge needs a model: --judge MODEL")
    taken = set()
    for key in ("json_out", "disagreements", "details", "submission", "out"):
        if (place := options[key]) is None:
            continue
        if place.exists():
            raise OutputRefused(f"{place}: exists already; remove it or choose another place")
        if place.resolve() in taken:
            raise OutputRefused(f"{place}: named for two outputs; choose another place for one")
        taken.add(place.resolve())


def _score(
    known: "Benchmark", checked: "Predictions", file: Path, options: dict[str, Any]
) -> "Result":
    """Score, and write the files that are wanted. `file`: the predictions as they were given."""
    from echoic.cli.progress import progress_line
    from echoic.evals.exchange.imported import Origin, run_record
    from echoic.evals.judge import open_judge
    from echoic.evals.run_folder import RUN, VERDICTS
    from echoic.evals.scoring import score_predictions
    from echoic.records import atomic_folder, write_json

    with ExitStack() as stack:
        judge = None
        if options["judge"]:
            kept = options["judge_journal"] or file.with_name(f"{file.name}.judge.jsonl")
            capped = judge_budget(options, kept)
            opened = open_judge(options["judge"], kept, options["judge_prompt"], capped)
            judge = stack.enter_context(opened)
        folder = stack.enter_context(atomic_folder(options["out"])) if options["out"] else None
        result = score_predictions(
            known, checked, options["rule"] or ("judge" if judge else "official"), judge=judge,
            disagreements=options["disagreements"], verdicts=folder and folder / VERDICTS,
            progress=progress_line("reading") if judge else None,
        )  # fmt: skip
        if folder:
            origin = Origin(file, options["model"], options["mode"])
            write_json(folder / RUN, run_record(result, origin))
    if options["json_out"] is not None:
        write_json(options["json_out"], result.to_record())
    if options["details"] is not None:
        write_json(options["details"], result.details(file))
    return result


def _submit(
    known: "Benchmark", questions: Path | None, checked: "Predictions", options: dict[str, Any]
) -> None:
    from echoic.evals.submission import write_submission

    if questions is None or not questions.is_file():
        raise UnknownName("--submission repeats the benchmark's own file: give it with --questions")
    rule = "letter" if options["rule"] == "letter" else "official"
    out = options["submission"]
    made = write_submission(known, questions, dict(checked), rule, out)
    click.echo(f"{out}: {made.rows} rows, {made.missing} without prediction, {made.unparsed} whose "
               f"reply names no option (rule {rule})")  # fmt: skip


def _show(result: "Result", *, repeated: bool) -> None:
    from echoic.evals.compare import agreement_lines
    from echoic.evals.scores import rows_of

    known, read, twins = result.benchmark, result.predictions, result.twins
    edition = known.version or f"version {known.version_hash[:12]}, unknown here"
    if repeated:
        edition = "questions as the predictions file repeats them"
    click.echo(f"{known.name} ({edition}), rule {result.rule}; 95% Wilson intervals")
    click.echo("\n".join(rows_of({**result.by_category(), "Avg": result.whole})))
    whole = f"of {len(known.questions)}"
    click.echo(f"unparsed {result.unparsed}, missing {result.missing} {whole}")
    if known.unasked:
        click.echo(f"not scored {len(known.unasked)}: see 'echoic bench audit {known.name}'")
    keys = ", ".join(f"{name} ({count})" for name, count in read.by_key.items())
    click.echo(f"replies from {keys}")
    if read.several:
        click.echo(f"{read.several} rows hold another text under another key; --key takes that one")
    if twins["questions"]:
        chosen = ", ".join(f"{n} by {rule}" for rule, n in twins.items() if rule != "questions")
        click.echo(
            f"{twins['questions']} questions repeat the right option; the repetition was chosen, "
            f"and is right: {chosen}"
        )
    if result.judge:
        prompt = result.judge["prompt"]
        click.echo(
            f"judge {result.judge['model']}, prompt {prompt['name']} {prompt['hash'][:12]}; "
            f"{result.unreadable} of its answers unreadable"
        )
    click.echo("\n".join(agreement_lines(result.table.agreement())))
    click.echo(f"the rules differ on {result.disagreements} replies")
