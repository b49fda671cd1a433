"""`goldloop --version`, in both forms, and `python -m goldloop`."""

import json
import subprocess
import sys

import pytest

import goldloop
from goldloop.cli import main


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"goldloop {goldloop.__version__}\n"
    assert main(["--version", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": goldloop.__version__}


def test_the_package_is_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "goldloop", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"goldloop {goldloop.__version__}\n"
