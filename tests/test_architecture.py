"""The rooms and who may import whom."""

import ast
from pathlib import Path

import echoic

ROOT = Path(echoic.__file__).parent

ORDER: list[set[str]] = [
    {"errors"},
    {"records"},
    {"question", "clip", "caption", "verdict", "seed", "study_file"},
    {"analysis"},
    {"models"},
    {"engine"},
    {"benchmarks", "captioners", "lalm", "world"},
    {"evals", "distill", "training"},
    {"curation"},
    {"report"},
    {"study"},
    {"cli"},
]
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
TORCH_FREE = {"errors", "records", "question", "clip", "caption", "verdict", "seed", "study_file",
              "analysis", "benchmarks", "curation", "report"}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Full names of all that a file imports, wherever the statement stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def sources() -> list[Path]:
    return [path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.stem[0] != "_"]


def test_every_room_has_its_place_in_the_order() -> None:
    assert {room_of(path) for path in sources()} <= set(LEVEL)


def test_imports_only_point_to_the_left() -> None:
    wrong = []
    for path in sources():
        here = room_of(path)
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "echoic" or len(parts) < 2 or parts[1] not in LEVEL:
                continue
            there = parts[1]
            if there != here and LEVEL[there] >= LEVEL[here]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, wrong


def test_the_light_rooms_never_import_torch() -> None:
    heavy = {"torch", "transformers"}
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources()
        if room_of(path) in TORCH_FREE
        for name in imports(path)
        if name.split(".")[0] in heavy
    ]
    assert not wrong, wrong


def test_the_order_here_is_the_one_in_the_docs() -> None:
    text = (ROOT.parents[1] / "docs" / "architecture.md").read_text()
    for rooms in ORDER:
        for room in rooms:
            assert f"`{room}" in text, f"docs/architecture.md does not name {room}"
