"""The stubs are complete and say what the functions take: mypy, stubtest and pyright agree."""

import subprocess
import sys
from pathlib import Path

CHECKED = Path(__file__).with_name("typed.py")


def check(*command):
    found = subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, cwd=CHECKED.parent)
    assert found.returncode == 0, found.stdout + found.stderr


def test_mypy_accepts_the_package_and_its_use():
    check("mypy", "--strict", "--no-incremental", "--ignore-missing-imports", "-p", "gaze")
    check("mypy", "--strict", "--no-incremental", CHECKED)


def test_the_stubs_have_the_signatures_of_the_module(tmp_path):
    # PyO3 makes `__all__` by itself; a stub without it exports all its names.
    (tmp_path / "allowed").write_text(r"gaze\._gaze\.__all__")
    check("mypy.stubtest", "gaze._gaze", "--ignore-disjoint-bases", "--allowlist", tmp_path / "allowed")


def test_pyright_accepts_the_use():
    check("pyright", "--pythonpath", sys.executable, CHECKED)
