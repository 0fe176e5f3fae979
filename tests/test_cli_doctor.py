"""`echoic doctor`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from echoic.cli.doctor import command, lines, package
from echoic.models.inventory import inventory
from echoic.models.store import store


def test_the_report_covers_machine_packages_models_and_keys() -> None:
    done = CliRunner().invoke(command)
    assert done.exit_code == 0
    labels = [line[:16].strip() for line in done.output.splitlines()]
    wanted = {"Python", "processors", "memory", "GPU", "cache", "core", "local", "models", "keys"}
    assert wanted <= set(labels)


def test_json_holds_the_same_and_keys_by_name_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    output = CliRunner().invoke(command, ["--json"]).output
    found = json.loads(output)
    assert "OPENAI_API_KEY" in found["keys"]
    assert "HF_TOKEN" not in found["keys"]
    assert "sk-very-secret" not in output
    assert found["cpus"] >= 1
    assert set(found["models"]) == set(store().items)
    assert found["packages"]["core"]["click"]["fits"] is True


def test_an_empty_cache_says_how_to_get_what_rendering_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOIC_CACHE", str(tmp_path / "none"))
    found = dict(lines(inventory()))
    assert "gemma-3-270m (not fetched)" in found["models"]
    assert "echoic models fetch espeak-ng tinysoundfont timgm6mb" in found["world rendering"]


def test_a_package_is_shown_with_its_version_missing_or_wrong() -> None:
    assert package("a", {"version": "1.2", "wanted": ">=1", "fits": True}) == "a 1.2"
    assert package("a", {"version": None, "wanted": ">=1", "fits": False}) == "a (missing)"
    assert package("a", {"version": "0.9", "wanted": ">=1", "fits": False}) == "a 0.9 (wanted >=1)"


def test_neither_doctor_nor_the_list_imports_anything_heavy() -> None:
    script = (
        "import sys\n"
        "sys.modules.update(torch=None, transformers=None, inspect_ai=None, onnxruntime=None)\n"
        "from echoic.cli.main import root\n"
        "root.main(['doctor'], standalone_mode=False)\n"
        "root.main(['models', 'list'], standalone_mode=False)\n"
        "print(sorted(set(sys.modules) & {'matplotlib', 'scipy', 'numpy'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
