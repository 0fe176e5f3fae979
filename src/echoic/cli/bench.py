"""`echoic bench`: compute, review and assemble question sets; `bench_show` shows and audits."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoic.cli import bench_show

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Compute, review, assemble, audit and show question sets."""


command.add_command(bench_show.show)
command.add_command(bench_show.audit_set)


@command.command("compute")
@click.option("--out", type=PATH, required=True, help="The JSONL file to write.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--per-subcategory", type=click.IntRange(min=1), default=20, show_default=True, metavar="N"
)
def compute_set(out: Path, seed: int, per_subcategory: int) -> None:
    """Compute questions whose keys follow from data or arithmetic; another seed, a fresh set."""
    from echoic.cli.progress import progress_line
    from echoic.curation.compute import compute
    from echoic.curation.lexicon import Lexicon
    from echoic.errors import OutputRefused
    from echoic.models import store
    from echoic.records import write_jsonl

    if out.exists():
        raise OutputRefused(f"{out}: exists already; remove it or choose another file")
    lexicon = Lexicon.load(store.path("cmudict"), store.path("misaki"))
    progress = progress_line("computing subcategories")
    questions = compute(lexicon, seed=seed, per_subcategory=per_subcategory, progress=progress)
    write_jsonl(out, (question.to_record() for question in questions))
    kinds = len({question.subcategory for question in questions})
    click.echo(f"{out}: {len(questions)} questions over {kinds} subcategories, seed {seed}")


@command.command("generate")
@click.option("--writers", metavar="MODEL,MODEL", help="Default: the three models of the paper.")
@click.option("--subcategory", multiple=True, help="Only this one; may be repeated.")
@click.option(
    "--oversampling",
    type=click.FloatRange(min=0, min_open=True),
    default=1.5,
    show_default=True,
    help="How many times its target a subcategory is written.",
)
@click.option("--out", type=PATH, required=True, help="The JSONL of candidates; it grows.")
@click.option("--yes", is_flag=True, help="Do not ask after the estimate.")
def generate_set(
    writers: str | None, subcategory: tuple[str, ...], oversampling: float, out: Path, yes: bool
) -> None:
    """Let models write candidates from the guidelines; a restart asks for what is missing."""
    from echoic.cli.progress import progress_line
    from echoic.curation.generate import DEFAULT_WRITERS, estimate, generate, plan
    from echoic.curation.taxonomy import taxonomy
    from echoic.engine.ask import Generation
    from echoic.engine.providers import open_provider
    from echoic.models.prices import packaged

    names = _names(writers) if writers else DEFAULT_WRITERS
    known = taxonomy()
    wanted = [known[name] for name in subcategory] or known.subcategories
    requests = plan(wanted, len(names), oversampling)
    costs = estimate(requests, names)
    unpriced = f", without {', '.join(costs.unpriced)}" if costs.unpriced else ""
    click.echo(
        f"{costs.requests} requests to {len(names)} models, about {costs.tokens_in:,} tokens in "
        f"and {costs.tokens_out:,} out (without reasoning): {costs.dollars:.2f} US dollars at list "
        f"prices of {packaged().date}{unpriced}"
    )
    if not yes:
        click.confirm("Go on?", abort=True)
    for name in names:
        provider = open_provider(name, generation=Generation())
        made = generate(requests, provider, out, progress_line(name))
        click.echo(f"{name}: {len(made)} candidates in {out}")


@command.command("review")
@click.option("--questions", type=PATH, help="The JSONL file of candidates.")
@click.option("--reviewers", metavar="MODEL,MODEL", help="Models that review blind.")
@click.option("--out", type=PATH, help="The folder of the models' batches and judgements.")
@click.option("--batch-size", type=click.IntRange(min=2), default=60, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--serve", is_flag=True, help="Serve the app in which people review.")
@click.option("--db", metavar="FILE|URL", help="The app's database: SQLite or PostgreSQL.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--owner", metavar="NAME", help="Add an owner to the app, or set a new password.")
@click.option("--export", type=PATH, metavar="DIR", help="Write what people have judged.")
@click.option(
    "--export-format",
    type=click.Choice(["folder", "label-studio", "argilla"]),
    default="folder",
    show_default=True,
)
@click.option("--import-labels", type=PATH, metavar="FILE", help="Of Label Studio or Argilla.")
@click.pass_context
def review_set(
    ctx: click.Context,
    questions: Path | None,
    reviewers: str | None,
    out: Path | None,
    batch_size: int,
    seed: int,
    serve: bool,
    db: str | None,
    host: str,
    port: int,
    owner: str | None,
    export: Path | None,
    export_format: str,
    import_labels: Path | None,
) -> None:
    """Answer and judge every question blind, planted faults among them.

    Models: --questions, --reviewers, --out. People, in a web app: --serve with --db, the first time
    also --questions; --owner adds the first account; --export and --import-labels exchange
    judgements.
    """
    from echoic.cli import review

    review.way(ctx)
    if questions and reviewers and out:
        _review_by_models(questions, reviewers, out, batch_size, seed)
    elif db and serve:
        review.serve_app(db, questions, host, port, batch_size, seed)
    elif db and owner:
        review.set_owner(db, owner)
    elif db and export:
        review.export_reviews(db, export, export_format)
    elif db and import_labels:
        review.import_reviews(db, import_labels)
    else:
        raise click.UsageError("an option is empty")


def _review_by_models(
    questions: Path, reviewers: str, out: Path, batch_size: int, seed: int
) -> None:
    from echoic.cli.progress import progress_line
    from echoic.curation.model_review import review
    from echoic.curation.planted import counting
    from echoic.curation.review_folder import add_judgements, all_judgements, open_batches
    from echoic.engine.ask import Generation
    from echoic.engine.providers import open_provider
    from echoic.question import read_questions
    from echoic.records import plain_name

    batches = open_batches(out, read_questions(questions), size=batch_size, seed=seed)
    for name in _names(reviewers):
        provider = open_provider(name, generation=Generation(temperature=0))
        for batch in batches:
            draw = progress_line(f"{name}: {batch.name} of {len(batches)}")
            replies = out / "replies" / plain_name(name)
            add_judgements(out, review(batch, provider, replies, draw))
    judgements = all_judgements(out)
    kept = len(counting(batches, judgements))
    click.echo(f"{out}: {len(judgements)} judgements, {kept} of them in batches that count")


@command.command("assemble")
@click.option("--candidates", type=PATH, required=True, multiple=True, help="JSONL of questions.")
@click.option("--reviews", type=PATH, required=True, multiple=True, help="Folders of reviews.")
@click.option("--out", type=PATH, required=True, help="The JSONL file to write.")
@click.option(
    "--name", metavar="NAME", help="What the datasheet calls the set; default: the file's name."
)
@click.option("--version", default="1.0", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def assemble_set(
    candidates: tuple[Path, ...],
    reviews: tuple[Path, ...],
    out: Path,
    name: str | None,
    version: str,
    seed: int,
) -> None:
    """Choose a balanced set of questions that passed two blind readings, or are computed.

    Its datasheet is written beside it (.md).
    """
    from echoic.curation.assemble import assemble
    from echoic.curation.audit import key_positions
    from echoic.curation.compute import is_computed
    from echoic.curation.datasheet import datasheet
    from echoic.curation.planted import counting
    from echoic.curation.review_folder import all_decisions, all_judgements, read_batches
    from echoic.curation.taxonomy import taxonomy
    from echoic.errors import OutputRefused
    from echoic.question import read_questions
    from echoic.records import file_digest, write_atomic, write_jsonl

    sheet = out.with_suffix(".md")
    for path in (out, sheet):
        if path.exists():
            raise OutputRefused(f"{path}: exists already; remove it or choose another file")
    questions = [question for path in candidates for question in read_questions(path)]
    read = [(read_batches(folder), all_judgements(folder)) for folder in reviews]
    judgements = [judgement for folder in read for judgement in counting(*folder)]
    decisions = [decision for folder in reviews for decision in all_decisions(folder)]
    made = assemble(questions, judgements, taxonomy(), seed=seed, decisions=decisions)
    write_jsonl(out, (question.to_record() for question in made.questions))
    told = datasheet(
        made,
        read,
        taxonomy(),
        name=name or out.stem,
        version=version,
        content_hash=file_digest(out),
    )
    write_atomic(sheet, told)
    rows = [("subcategory", "left out", "why")]
    for name, reasons in sorted(made.left_out.items()):
        why = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        rows.append((name, str(sum(reasons.values())), why))
    bench_show.table(rows)
    letters = " ".join(f"{k} {n}" for k, n in key_positions(made.questions).items())
    computed = sum(map(is_computed, made.questions))
    click.echo(f"{out}: {len(made.questions)} questions, {computed} computed; keys {letters}")


def _names(listed: str) -> "Sequence[str]":
    """The model strings of "MODEL,MODEL"."""
    return [name.strip() for name in listed.split(",") if name.strip()]
