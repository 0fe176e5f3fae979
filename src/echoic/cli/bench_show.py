"""`echoic bench show` and `audit`: what a question set holds, and what is odd about it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from echoic.benchmarks.base import Benchmark
    from echoic.question import Question

PATH = click.Path(path_type=Path)
FACETS = ("difficulty", "layer", "language", "track", "hops")  # evidence whose values are counted

path_option = click.option(
    "--path", type=PATH, help="The folder, file or hub id of a benchmark that does not ship here."
)
mapping_option = click.option(
    "--mapping", type=PATH, help="Which column of the file at --path is what (TOML)."
)


@click.command("show")
@click.argument("name", default="akb-open")
@path_option
@mapping_option
@click.option("--counts", is_flag=True, help="Every subcategory with its count and target.")
def show(name: str, path: Path | None, mapping: Path | None, counts: bool) -> None:
    """What a question set holds: edition, counts, key positions, numbers of options.

    NAME is akb-open, akb-2000, mmau, mmau-test, mmar, sakura, mmsu, mmau-pro, world, a .jsonl file
    of questions, or with --mapping any name.
    """
    from echoic.benchmarks.base import reasons
    from echoic.curation.audit import key_positions

    benchmark = _load(name, path, mapping)
    questions = benchmark.questions
    click.echo(f"{benchmark.name}: {len(questions)} questions, {len(benchmark.clips)} clips")
    click.echo(f"edition: {benchmark.version or 'unknown here'}, {benchmark.version_hash[:12]}")
    for reason, ids in reasons(benchmark.unasked).items():
        click.echo(f"not askable: {len(ids)}, {reason}")
    if benchmark.keyed:
        positions = " ".join(f"{k} {n}" for k, n in key_positions(questions).items())
        click.echo(f"keys: {positions}")
    else:
        click.echo("keys: none, the right answers are not given")
    click.echo(f"options: {_tally(len(question.options) for question in questions)}")
    for facet in FACETS:
        if told := [str(q.evidence[facet]) for q in questions if q.evidence.get(facet)]:
            click.echo(f"{facet}: {_tally(told)}")
    table(_count_rows(questions) if counts else _category_rows(questions))


def _tally(values: "Iterable[object]") -> str:
    """How often each value occurs, as "4 in 948, 2 in 27", the most frequent first."""
    from collections import Counter

    return ", ".join(f"{value} in {count}" for value, count in Counter(values).most_common())


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


@click.command("audit")
@click.argument("name", default="akb-open")
@path_option
@mapping_option
@click.option("--quick", is_flag=True, help="Text: no classifier, no sentence encoder.")
@click.option("--no-audio", is_flag=True, help="Clips: do not look at the audio files.")
@click.option("--json", "json_out", type=PATH, help="Clips: write every finding to this file.")
def audit_set(
    name: str,
    path: Path | None,
    mapping: Path | None,
    quick: bool,
    no_audio: bool,
    json_out: Path | None,
) -> None:
    """What is wrong or odd about a question set; exit 1 on a fault.

    Text only: positions, lengths, duplicates, cues, every computed key again. With clips: each
    question, by id, with equal or empty options or asked before (odd, but asked), and each that
    cannot be asked: right answer none of the options, missing, empty or undecodable audio.
    """
    benchmark = _load(name, path, mapping)
    if benchmark.clips:
        _audit_clips(benchmark, audio=not no_audio, json_out=json_out)
    else:
        _audit_text(str(path or name), benchmark, quick=quick)


def _audit_text(where: str, benchmark: "Benchmark", *, quick: bool) -> None:
    from echoic.curation.audit import Finding, audit
    from echoic.errors import BadQuestion

    findings = [
        *(
            Finding("cannot be asked", False, f"{one.id}: {one.reason}")
            for one in benchmark.unasked
        ),
        *audit(benchmark.questions, quick=quick),
    ]
    for finding in findings:
        click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.check}: {finding.text}")
    bad = [finding for finding in findings if not finding.ok]
    if bad:
        checks = "; ".join(finding.check for finding in bad)
        raise BadQuestion(f"{where}: {len(bad)} of {len(findings)} checks failed: {checks}")


def _audit_clips(benchmark: "Benchmark", *, audio: bool, json_out: Path | None) -> None:
    from echoic.benchmarks.audit import audit_clips, by_kind, record
    from echoic.cli.progress import progress_line
    from echoic.errors import BadQuestion, OutputRefused
    from echoic.records import write_json

    if json_out is not None and json_out.exists():
        raise OutputRefused(f"{json_out}: exists already; remove it or choose another place")
    found = audit_clips(benchmark, audio=audio, progress=progress_line("decoding clips"))
    if json_out is not None:
        write_json(json_out, record(benchmark, found))
    looked = f"{len(benchmark.clips)} clips{'' if audio else ' not looked at'}"
    click.echo(f"{benchmark.name}: {benchmark.version or 'an edition unknown here'}, "
               f"{len(benchmark.questions)} questions, {looked}")  # fmt: skip
    for kind, group in by_kind(found).items():
        click.echo(f"{'BAD' if group[0].fault else 'odd'}  {kind}: {len(group)}")
        for oddity in group:
            click.echo(f"     {oddity.id}: {' '.join(oddity.detail.split())}")
    if not found:
        click.echo("ok   nothing odd")
    faults = dict.fromkeys(oddity.kind for oddity in found if oddity.fault)
    if faults:
        raise BadQuestion(f"{benchmark.name}: holds what cannot be asked: {'; '.join(faults)}")


def _load(name: str, path: Path | None, mapping: Path | None = None) -> "Benchmark":
    from echoic.benchmarks.registry import load

    return load(name, path, mapping)


def table(rows: "Sequence[Sequence[str]]") -> None:
    """Print rows with their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
