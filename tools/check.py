"""Everything that needs no data: lint, types, layers, migrations, generated pages, locked packages."""

from __future__ import annotations

import sys
import tempfile

from steps import Step, run

PYTHON = sys.executable


def main() -> int:
    """Run the checks; 1 when one of them fails."""
    with tempfile.TemporaryDirectory() as home:
        django = {"DJANGO_SETTINGS_MODULE": "goldloop.settings", "GOLDLOOP_HOME": home}
        return min(1, run([
            Step("lint", [PYTHON, "-m", "ruff", "check", "."]),
            Step("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
            Step("layers", [PYTHON, "-c", "from importlinter.cli import lint_imports_command as c; c()"], {"FORCE_COLOR": "0"}),
            Step("types", [PYTHON, "-m", "mypy"], django),
            Step("migrations", [PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"], django),
            Step("generated pages", [PYTHON, "docs/generate.py", "--check"]),
            Step("house and packages", [PYTHON, "-m", "pytest", "-q", "tests/test_architecture.py", "tests/test_packaging.py"]),
        ]))  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
