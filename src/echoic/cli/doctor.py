"""`echoic doctor`: what is here."""

import json
from collections.abc import Iterator
from typing import Any

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def command(as_json: bool) -> None:
    """What is here: processor, memory, disk, GPU, packages, models, keys (names only)."""
    from echoic.models.inventory import inventory

    found = inventory()
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for label, text in lines(found):
        click.echo(f"{label:<16}{text}")


def lines(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(label, text) of every line of the report."""
    gpu, cache = found["gpu"], found["cache"]
    use = {None: "", True: " (torch can use it)", False: " (torch cannot use it)"}
    memory = "unknown" if found["memory_gib"] is None else f"{found['memory_gib']} GiB"
    yield "Python", f"{found['python']['version']} ({found['python']['executable']})"
    yield "platform", found["platform"]
    yield "processors", str(found["cpus"])
    yield "memory", memory
    yield "GPU", (", ".join(gpu["names"]) + use[gpu["torch_ready"]]) or "none"
    yield "cache", f"{cache['path']} ({cache['free_gib']} GiB free)"
    for extra, rows in found["packages"].items():
        yield extra, ", ".join(package(name, row) for name, row in rows.items()) or "no packages"
    yield (
        "models",
        ", ".join(
            name if cached else f"{name} (not fetched)" for name, cached in found["models"].items()
        ),
    )
    missing = [name for name, cached in found["world_parts"].items() if not cached]
    needs = f"`echoic models fetch {' '.join(missing)}` brings what it lacks"
    yield "world rendering", needs if missing else "ready"
    programs = [f"{name} ({where or 'no'})" for name, where in found["programs"].items()]
    yield "programs", ", ".join(programs)
    yield "keys", ", ".join(found["keys"]) or "none set"


def package(name: str, row: dict[str, Any]) -> str:
    """One package: its version, or that it is missing or of the wrong version."""
    if row["version"] is None:
        return f"{name} (missing)"
    return f"{name} {row['version']}" + ("" if row["fits"] else f" (wanted {row['wanted']})")
