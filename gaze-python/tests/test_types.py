"""The stubs are complete and say what the functions take: mypy, stubtest and pyright agree."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import gaze

PACKAGE, CHECKED = Path(gaze.__file__).parent, Path(__file__).with_name("typed.py")


def check(*command):
    found = subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy_accepts_the_package_and_its_use():
    check("mypy", "--strict", "--no-incremental", "--ignore-missing-imports", "-p", "gaze")
    check("mypy", "--strict", "--no-incremental", CHECKED)


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_stubs_have_the_signatures_of_the_module(tmp_path):
    # PyO3 makes `__all__` by itself; a stub without it exports all its names.
    (tmp_path / "allowed").write_text(r"gaze\._gaze\.__all__")
    check("mypy.stubtest", "gaze._gaze", "--ignore-disjoint-bases", "--allowlist", tmp_path / "allowed")


@pytest.mark.skipif(importlib.util.find_spec("pyright") is None, reason="pyright is not installed")
def test_pyright_accepts_the_use():
    check("pyright", "--pythonpath", sys.executable, CHECKED)
