"""`echoic models`: what can be fetched, and fetching it."""

import json

import click


@click.group()
def command() -> None:
    """List and fetch the embedded models."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, one object an item.")
@click.option(
    "--presets", "paper", is_flag=True, help="The paper's models and how each is reached."
)
def list_items(as_json: bool, paper: bool) -> None:
    """Every embedded model and part: role, licence, size, whether it is cached, second source."""
    if paper:
        _list_presets(as_json)
        return
    from echoic.models.store import store

    here = store()
    rows = [
        {
            "name": item.name,
            "role": item.role,
            "licence": item.licence,
            "size_mb": item.size_mb,
            "cached": here.has(item.name),
            "path": str(here.folder(item.name)),
            "packages": list(item.wheels),
            "second_source": item.second,
        }
        for item in here.items.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    header = ("name", "role", "licence", "MB", "cached", "second source")
    table: list[tuple[str, ...]] = [header]
    for item, row in zip(here.items.values(), rows, strict=True):
        cached = "yes" if row["cached"] else "no"
        table.append((item.name, item.role, item.licence, str(item.size_mb), cached, item.second))
    _show(table)
    click.echo(f"cache: {here.root}")


def _list_presets(as_json: bool) -> None:
    from dataclasses import asdict

    from echoic.models.backbone import facts
    from echoic.models.presets import presets
    from echoic.models.prices import packaged

    known = packaged()
    if as_json:
        rows = [{**asdict(one), "models": list(one.models)} for one in presets().values()]
        click.echo(json.dumps(rows, indent=2))
        return
    table: list[tuple[str, ...]] = [
        ("name", "stage", "reasoning", "$/M in", "$/M out", "model strings")
    ]
    for one in presets().values():
        price = known.of(one.api) if one.api else None
        costs = (f"{price.input:.2f}", f"{price.output:.2f}") if price else ("", "")
        asked = one.reasoning or "default"
        table.append((one.name, facts(one.name).stage, asked, *costs, " or ".join(one.models)))
    _show(table)
    click.echo(f"list prices of {known.date}; `--model NAME` takes the name of a preset")


def _show(table: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


@command.command("fetch")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--verify", is_flag=True, help="Read cached files in full; fetch changed ones again.")
@click.option("--json", "as_json", is_flag=True, help="Print name -> folder as JSON.")
def fetch_items(names: tuple[str, ...], verify: bool, as_json: bool) -> None:
    """Fetch the named models and parts, or all of them, into $ECHOIC_CACHE (~/.cache/echoic)."""
    from echoic.cli.progress import progress_line
    from echoic.models.store import store

    here = store()
    wanted = names or tuple(here.items)
    here.fetch(wanted, progress_line("fetching"), verify=verify)
    folders = {name: str(here.folder(name)) for name in wanted}
    if as_json:
        click.echo(json.dumps(folders, indent=2))
        return
    for name, folder in folders.items():
        click.echo(f"{name}: {folder}")
