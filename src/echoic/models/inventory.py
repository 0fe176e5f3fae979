"""What this machine has: processor, memory, disk, GPU, packages, cached models, keys.

Nothing heavy is imported: versions come from the installed packages' metadata, so that it is quick
and works without any extra. torch is asked about GPUs only where a driver is present.
"""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from echoic.models.store import cache_root, store

KEYS = (
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "MISTRAL_API_KEY",
    "TOGETHER_API_KEY",
    "OPENROUTER_API_KEY",
    "GROQ_API_KEY",
    "AZUREAI_OPENAI_API_KEY",
    "HF_TOKEN",
)
"""Environment variables that providers read; only their names are ever shown."""

ENGINES = ("vllm", "ray")
"""Packages that are used where present and belong to no extra."""

PARTS = ("espeak-ng", "tinysoundfont", "timgm6mb")
"""What rendering the world needs from the store."""

PROGRAMS = ("espeak-ng", "fluidsynth")
"""Second sources of those parts on the system."""

GIB = 2**30
NVIDIA_TIMEOUT_S = 10


def inventory() -> dict[str, Any]:
    """Everything as one JSON-like object; None or an empty list is what is absent or unknown."""
    root = cache_root()
    return {
        "python": {"version": platform.python_version(), "executable": sys.executable},
        "platform": platform.platform(),
        "cpus": _cpus(),
        "memory_gib": _memory_gib(),
        "cache": {"path": str(root), "free_gib": _free_gib(root)},
        "gpu": _gpu(),
        "packages": packages(),
        "models": {name: store().has(name) for name in store().items},
        "world_parts": {name: store().has(name) for name in PARTS},
        "programs": {name: shutil.which(name) for name in PROGRAMS},
        "keys": [name for name in KEYS if os.environ.get(name)],
    }


def _cpus() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory_gib() -> float | None:
    """Memory of the machine, or of the container where that has less."""
    limits = []
    if "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.is_file() and (text := limit.read_text().strip()).isdigit():
        limits.append(int(text))
    return round(min(limits) / GIB, 1) if limits else None


def _free_gib(path: Path) -> float | None:
    """Free disk space where `path` is, or will be."""
    for folder in (path, *path.parents):
        if folder.is_dir():
            return round(shutil.disk_usage(folder).free / GIB, 1)
    return None


def _gpu() -> dict[str, Any]:
    """Graphics cards by name, and whether torch can use one (None when torch is not asked)."""
    names = _nvidia_names()
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    torch_ready = None
    if _version("torch") and (names or apple):
        import torch

        torch_ready = torch.cuda.is_available() or (apple and torch.backends.mps.is_available())
    return {"names": names or (["Apple"] if apple else []), "torch_ready": torch_ready}


def _nvidia_names() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=NVIDIA_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.strip().splitlines() if done.returncode == 0 else []


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def packages() -> dict[str, dict[str, dict[str, Any]]]:
    """Extra ("core" for none) -> package -> installed version, wanted range, whether it fits."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for extra, requirement in _requirements():
        version = _version(requirement.name)
        found.setdefault(extra, {})[requirement.name] = {
            "version": version,
            "wanted": str(requirement.specifier),
            "fits": version is not None and requirement.specifier.contains(version, True),
        }
    found["engines"] = {
        name: {"version": version, "wanted": "", "fits": version is not None}
        for name in ENGINES
        for version in [_version(name)]
    }
    return found


def _requirements() -> Iterator[tuple[str, Requirement]]:
    distribution = importlib.metadata.distribution("echoic")
    extras = distribution.metadata.get_all("Provides-Extra") or []
    for line in distribution.requires or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or marker.evaluate({"extra": ""}):
            yield "core", requirement
            continue
        for extra in extras:
            if marker.evaluate({"extra": extra}):
                yield extra, requirement
