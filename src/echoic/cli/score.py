"""`echoic score`: score a predictions file."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoic.errors import OutputRefused, UnknownName

if TYPE_CHECKING:
    from echoic.evals.predictions import Result

PATH = click.Path(path_type=Path)


@click.command()
@click.option("--benchmark", required=True, help="akb-open, akb-2000, mmau, mmar, world, or a "
              ".jsonl file of questions.")  # fmt: skip
@click.option("--predictions", type=PATH, required=True,
              help="Official result list, or JSONL {id, prediction}.")  # fmt: skip
@click.option("--questions", type=PATH,
              help="The benchmark's own file.  [default: the packaged one, or the predictions file "
              "if it repeats the questions]")  # fmt: skip
@click.option(
    "--rule",
    type=click.Choice(["official", "letter", "judge"]),
    help="The rule that counts.  [default: judge with --judge, else official]",
)
@click.option("--judge", "judge_model", metavar="MODEL",
              help="A model that reads which option each reply chooses.")  # fmt: skip
@click.option("--judge-journal", type=PATH, help="Where its answers are kept; what is there is "
              "not asked again.  [default: PREDICTIONS.judge.jsonl]")  # fmt: skip
@click.option("--key", default="", help="The key that holds the reply.  [default: the first "
              "of model_prediction, answer_prediction, prediction, model_output]")  # fmt: skip
@click.option("--disagreements", type=PATH,
              help="List the replies on which the rules differ here (JSONL).")  # fmt: skip
@click.option("--details", type=PATH, help="Write versions, keys read, agreement of the rules and "
              "repeated options here (JSON).")  # fmt: skip
@click.option("--json", "json_out", type=PATH, help="Write the result here.")
def command(
    benchmark: str,
    predictions: Path,
    questions: Path | None,
    rule: str | None,
    judge_model: str | None,
    judge_journal: Path | None,
    key: str,
    disagreements: Path | None,
    details: Path | None,
    json_out: Path | None,
) -> None:
    """Score a predictions file.

    A question without prediction counts as wrong and is reported as missing. No letter is guessed.
    """
    from echoic.benchmarks.registry import BY_PATH, load
    from echoic.cli.progress import progress_line
    from echoic.evals.judge import open_judge
    from echoic.evals.predictions import check_predictions, repeats_questions, score_predictions
    from echoic.records import write_json

    if judge_model is None and (rule == "judge" or judge_journal is not None):
        raise click.UsageError("a judge needs a model: --judge MODEL")
    for out in (json_out, disagreements, details):
        if out is not None and out.exists():
            raise OutputRefused(f"{out}: exists already; remove it or choose another place")
    if questions is None and repeats_questions(predictions):
        questions = predictions
    if questions is None and benchmark in BY_PATH:
        raise UnknownName(
            f"{predictions}: does not repeat the questions of {benchmark!r}; give their file with "
            "--questions"
        )
    known = load(benchmark, questions)
    checked = check_predictions(predictions, known, key)
    with ExitStack() as stack:
        judge = None
        if judge_model is not None:
            kept = judge_journal or predictions.with_name(f"{predictions.name}.judge.jsonl")
            judge = stack.enter_context(open_judge(judge_model, kept))
        result = score_predictions(
            known, checked, rule or ("judge" if judge else "official"), judge=judge,
            disagreements=disagreements, progress=progress_line("reading") if judge else None,
        )  # fmt: skip
    if json_out is not None:
        write_json(json_out, result.to_record())
    if details is not None:
        write_json(details, result.details())
    _show(result, repeated=questions == predictions)


def _show(result: "Result", *, repeated: bool) -> None:
    from echoic.evals.compare import agreement_lines
    from echoic.evals.scores import rows_of

    known, read, twins = result.benchmark, result.predictions, result.twins
    edition = f"version {known.version_hash[:12]}"
    if repeated:
        edition = "questions as the predictions file repeats them"
    click.echo(f"{known.name} ({edition}), rule {result.rule}; 95% Wilson intervals")
    click.echo("\n".join(rows_of({**result.by_category(), "Avg": result.whole})))
    whole = f"of {len(known.questions)}"
    click.echo(f"unparsed {result.unparsed}, missing {result.missing} {whole}")
    keys = ", ".join(f"{name} ({count})" for name, count in read.keys.items())
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
