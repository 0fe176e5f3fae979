"""`echoic score`: score a predictions file."""

from pathlib import Path

import click

from echoic.errors import OutputRefused, UnknownName


@click.command()
@click.option("--benchmark", required=True, help="akb-open, akb-2000, mmau, mmar, world, or a "
              ".jsonl file of questions.")  # fmt: skip
@click.option("--predictions", type=click.Path(path_type=Path), required=True,
              help="Official result list, JSONL {id, prediction}, or a sample file of lm-eval or "
              "lmms-eval.")  # fmt: skip
@click.option("--questions", type=click.Path(path_type=Path),
              help="The benchmark's own file.  [default: the packaged one, or the predictions file "
              "if it repeats the questions]")  # fmt: skip
@click.option("--rule", type=click.Choice(["official", "letter"]), default="official",
              show_default=True)  # fmt: skip
@click.option("--json", "json_out", type=click.Path(path_type=Path), help="Write the result here.")
@click.option("--out", type=click.Path(path_type=Path), help="Keep the verdicts as a run "
              "folder, for 'echoic report' and 'echoic analyse'; needs --model.")  # fmt: skip
@click.option("--model", help="With --out: whose predictions they are.")
@click.option("--mode", type=click.Choice(["text", "cascade", "audio"]), default="audio",
              show_default=True, help="With --out: what the model was given.")  # fmt: skip
def command(
    benchmark: str,
    predictions: Path,
    questions: Path | None,
    rule: str,
    json_out: Path | None,
    out: Path | None,
    model: str | None,
    mode: str,
) -> None:
    """Score a predictions file.

    A question without prediction counts as wrong and is reported as missing. No letter is guessed.
    """
    from echoic.benchmarks.registry import BY_PATH, load
    from echoic.evals.exchange.imported import Origin, write_run
    from echoic.evals.exchange.samples import as_predictions, is_samples
    from echoic.evals.predictions import read_predictions, repeats_questions, report
    from echoic.evals.scores import table
    from echoic.records import write_json

    if (out is None) != (model is None):
        raise click.UsageError("--out and --model come together")
    if json_out is not None and json_out.exists():
        raise OutputRefused(f"{json_out}: exists already; remove it or choose another place")
    samples = is_samples(predictions)
    if questions is None and not samples and repeats_questions(predictions):
        questions = predictions
    if questions is None and benchmark in BY_PATH:
        raise UnknownName(
            f"{predictions}: does not repeat the questions of {benchmark!r}; give their file with "
            "--questions"
        )
    known = load(benchmark, questions)
    with as_predictions(predictions, known) as plain:
        replies = read_predictions(plain)
    result, verdicts = report(known, replies, rule)
    if out is not None and model is not None:
        write_run(out, known, replies, rule, Origin(predictions, model, mode))
    if json_out is not None:
        write_json(json_out, result)
    edition = f"version {known.version_hash[:12]}"
    if questions == predictions:
        edition = "questions as the predictions file repeats them"
    if samples:
        click.echo(f"{predictions}: a sample file of lm-eval or lmms-eval, {len(replies)} replies")
    click.echo(f"{known.name} ({edition}), rule {rule}; 95% Wilson intervals")
    click.echo("\n".join(table(verdicts)))
    click.echo(f"unparsed {result['unparsed']}, missing {result['missing']} of {result['n']}")
