"""`echoic bench`: compute, show and audit question sets."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from echoic.benchmarks.base import Benchmark
    from echoic.question import Question

PATH = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Compute, audit and show question sets."""


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


def _load(name: str, path: Path | None) -> "Benchmark":
    from echoic.benchmarks.registry import load

    return load(name, path)


def _table(rows: "Sequence[Sequence[str]]") -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@command.command("show")
@click.argument("name", default="akb-open")
@click.option("--path", type=PATH, help="Where the benchmark is, for those that do not ship here.")
@click.option("--counts", is_flag=True, help="Every subcategory with its count and target.")
def show(name: str, path: Path | None, counts: bool) -> None:
    """What a question set holds: counts per category, key positions, sources."""
    from echoic.curation.audit import key_positions

    benchmark = _load(name, path)
    questions = benchmark.questions
    positions = " ".join(f"{k} {n}" for k, n in key_positions(questions).items())
    click.echo(f"{benchmark.name}: {len(questions)} questions, {benchmark.version_hash[:12]}")
    click.echo(f"keys: {positions}")
    _table(_count_rows(questions) if counts else _category_rows(questions))


def _category_rows(questions: "Sequence[Question]") -> list[tuple[str, ...]]:
    from collections import Counter

    found = Counter(question.category for question in questions)
    kinds = {category: set[str]() for category in found}
    for question in questions:
        kinds[question.category].add(question.subcategory)
    rows = [(name, str(found[name]), str(len(kinds[name]))) for name in sorted(found)]
    return [("category", "questions", "subcategories"), *rows]


def _count_rows(questions: "Sequence[Question]") -> list[tuple[str, ...]]:
    """Taxonomy subcategories with their targets, then whatever else the set holds."""
    from collections import Counter

    from echoic.curation.taxonomy import taxonomy

    found = Counter((question.category, question.subcategory) for question in questions)
    rows = [("category", "subcategory", "questions", "target", "keys")]
    known = {(sub.category, sub.name): sub for sub in taxonomy().subcategories}
    if set(found) & set(known):
        for pair, sub in known.items():
            rows.append((*pair, str(found.pop(pair, 0)), str(sub.target), sub.keys))
    rows += [(*pair, str(count), "", "") for pair, count in sorted(found.items())]
    return [*rows]


@command.command("audit")
@click.argument("name", default="akb-open")
@click.option("--path", type=PATH, help="Where the benchmark is, for those that do not ship here.")
def audit_set(name: str, path: Path | None) -> None:
    """Positions, lengths, duplicates, and every computed key recomputed; exit 1 on a fault."""
    from echoic.curation.audit import audit
    from echoic.errors import BadQuestion

    findings = audit(_load(name, path).questions)
    for finding in findings:
        click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.check}: {finding.text}")
    bad = [finding for finding in findings if not finding.ok]
    if bad:
        checks = "; ".join(finding.check for finding in bad)
        raise BadQuestion(f"{path or name}: {len(bad)} of {len(findings)} checks failed: {checks}")
