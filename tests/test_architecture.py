"""The house keeps its shape: layers, doors, foreign keys, light imports, no clock, documented public names."""

from __future__ import annotations

import ast
import configparser
import doctest
import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import indent

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "goldloop"
CONTEXTS = sorted(p.name for p in (SRC / "apps").iterdir() if (p / "__init__.py").exists())
FLOORS_WITHOUT_CLOCK = ("core", "lake", "metrics", "connectors", "simulate", "apps/shops")
# Distribution -> the module one imports, where the two differ.
MODULE_OF = {
    "django-allauth": "allauth",
    "django-axes": "axes",
    "django-ninja": "ninja",
    "django-q2": "django_q",
    "django-tree-queries": "tree_queries",
    "django-unfold": "unfold",
    "ibis-framework": "ibis",
    "python-calamine": "python_calamine",
}


def modules(*folders: str) -> Iterator[tuple[str, Path]]:
    """Name and file of every module below the given folders of src/goldloop."""
    for folder in folders:
        for path in sorted((SRC / folder).rglob("*.py")):
            dotted = ".".join(path.relative_to(SRC.parent).with_suffix("").parts)
            yield dotted.removesuffix(".__init__"), path


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file; whoever asks only reads it."""
    return ast.parse(path.read_text("utf-8"))


def declared(*extras: str) -> set[str]:
    """Module names of the packages that pyproject.toml declares, with those of the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + [d for e in extras for d in project["optional-dependencies"][e]]
    names = [re.split(r"[\[<>=! ;]", d)[0] for d in wanted]
    return {MODULE_OF.get(n, n.replace("-", "_")) for n in names}


def imported(paths: Iterable[Path]) -> dict[str, str]:
    """Top-level modules from outside -> a file that imports them."""
    used: dict[str, str] = {}
    for path in paths:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                used.update({alias.name.partition(".")[0]: path.name for alias in node.names})
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                used[node.module.partition(".")[0]] = path.name
    return {
        m: where for m, where in used.items() if m not in sys.stdlib_module_names and m not in ("goldloop", "tests")
    }


# ------------------------------------------------------------------------------------------------------------ layers


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's verdict on the copy of the project in `folder`."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    env = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("place", ["newroom", "apps/newroom", "apps/shops/newroom.py"])
def test_a_new_folder_fails_until_it_is_placed(tmp_path: Path, place: str) -> None:
    shutil.copytree(SRC, tmp_path / "src" / "goldloop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    new = tmp_path / "src" / "goldloop" / place
    if new.suffix:
        new.touch()
    else:
        new.mkdir()
        (new / "__init__.py").touch()
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert "newroom" in done.stdout + done.stderr


def test_every_dependency_is_kept_out_of_the_core() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    forbidden = set(contracts["importlinter:contract:core"]["forbidden_modules"].split())
    assert declared("mcp", "pandas", "postgres", "spark") - {"numpy", "scipy"} <= forbidden


def test_every_import_from_outside_is_declared() -> None:
    allowed = declared("mcp", "pandas", "postgres", "spark")
    assert {m: f for m, f in imported(path for _, path in modules(".")).items() if m not in allowed} == {}


def test_every_import_of_tests_and_tools_is_declared() -> None:
    files = [path for folder in ("tests", "tools", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")]
    ours = {path.stem for path in files} | {path.name for path in (ROOT / "tests").rglob("*") if path.is_dir()}
    allowed = (
        declared("dev", "mcp", "pandas", "postgres", "spark") | ours | {"grimp"}
    )  # grimp: the graph inside import-linter
    assert {m: f for m, f in imported(files).items() if m not in allowed} == {}


def test_folders_are_at_most_two_deep() -> None:
    free = {"migrations", "templates", "static", "locale", "engines", "__pycache__"}
    folders = [p.relative_to(SRC) for p in SRC.rglob("*") if p.is_dir() and not free & set(p.relative_to(SRC).parts)]
    assert [str(f) for f in folders if len(f.parts) > 2] == []


def test_no_file_is_named_after_the_rest() -> None:
    rest = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc", "tools"}
    assert [name for name, _ in modules(".") if set(name.split(".")) & rest] == []


# ------------------------------------------------------------------------------------------------------------- doors


def test_a_context_is_entered_by_its_door_only() -> None:
    graph = grimp.build_graph("goldloop", exclude_type_checking_imports=False)
    past_the_door = []
    for context in CONTEXTS:
        home = f"goldloop.apps.{context}"
        for module in {home, *graph.find_descendants(home)}:
            for importer in graph.find_modules_that_directly_import(module):
                inside = importer == home or importer.startswith(home + ".")
                if not inside and module != f"{home}.api":
                    past_the_door.append(f"{importer} -> {module}")
    assert past_the_door == []


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_context_has_a_door_and_a_place_in_the_rooms_contract(context: str) -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    assert (SRC / "apps" / context / "api.py").exists()
    assert f"goldloop.apps.{context}" in contracts["importlinter:contract:rooms"]["containers"].split()


REGISTRY = """
import django, json
django.setup()
from django.apps import apps
out = []
for model in apps.get_models(include_auto_created=True):
    if not model.__module__.startswith("goldloop.apps."):
        continue
    context = model.__module__.split(".")[2]
    for field in model._meta.get_fields():
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            out.append(f"{model.__name__}.{field.name}: asks the clock by itself")
        if not getattr(field, "remote_field", None) or getattr(field, "auto_created", False):
            continue
        other = field.remote_field.model
        if not other.__module__.startswith("goldloop.apps.") or other.__module__.split(".")[2] == context:
            continue
        if other.__module__.split(".")[2] != "shops":
            out.append(f"{model.__name__}.{field.name}: points into {other.__module__}")
        elif not (field.remote_field.related_name or "").endswith("+"):  # Django spells a hidden many-to-many out
            out.append(f"{model.__name__}.{field.name}: related_name is not '+'")
print(json.dumps(out))
"""


def test_foreign_keys_cross_a_context_only_to_shops(tmp_path: Path) -> None:
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "goldloop.settings", "GOLDLOOP_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", REGISTRY], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


# ----------------------------------------------------------------------------------------------------- light imports

HEAVY = {
    "calamine", "cryptography", "deltalake", "django", "duckdb", "ibis", "numpy", "pandas", "polars", "pyarrow",
    "pydantic", "pyspark", "python_calamine", "scipy", "sqlglot", "xlsxwriter", "xlwt",
}  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import goldloop",
        "import goldloop.cli",
        "import goldloop.cli\ntry: goldloop.cli.main(['--help'])\nexcept SystemExit: pass",
        "import goldloop.core.money, goldloop.core.calendar, goldloop.lake.schema, goldloop.metrics.definitions",
    ],
    ids=["package", "cli", "help", "declarations"],
)
def test_importing_loads_neither_django_nor_an_engine(code: str) -> None:
    code = f"import sys; sys.argv = ['goldloop', '--help']\n{code}\nprint('\\nLOADED', *sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("LOADED")[2].split()}
    assert loaded & HEAVY == set()


# ------------------------------------------------------------------------------------------- no clock, no randomness


def ruff(source: str, filename: str) -> str:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--output-format=concise",
        "--stdin-filename",
        filename,
        "-",
    ]
    return subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("floor", FLOORS_WITHOUT_CLOCK)
def test_clock_randomness_and_environment_are_refused_below_the_edge(floor: str) -> None:
    probes = [
        "import datetime\ndatetime.datetime.now(datetime.UTC)\n",
        "from datetime import datetime\ndatetime.utcnow()\n",
        "from datetime import date\ndate.today()\n",
        "import time\ntime.time()\n",
        "from time import time\ntime()\n",
        "import random\nrandom.random()\n",
        "import os\nos.environ['HOME']\n",
        "import os\nos.getenv('HOME')\n",
        "import uuid\nuuid.uuid4()\n",
        "from django.utils import timezone\ntimezone.now()\n",
    ]
    source = "".join(f"def probe_{n}():\n{indent(probe, '    ')}" for n, probe in enumerate(probes))
    said = [line for line in ruff(source, f"src/goldloop/{floor}/probe.py").splitlines() if "TID251" in line]
    refused = {int(line.split(":")[1]) for line in said}
    starts = [n for n, line in enumerate(source.splitlines(), 1) if line.startswith("def ")]
    ends = [*starts[1:], len(source.splitlines()) + 1]
    assert [p for p, *of in zip(probes, starts, ends, strict=True) if not refused.intersection(range(*of))] == []


def test_every_random_generator_is_given_its_seed() -> None:
    unseeded = []
    for name, path in modules("."):
        for node in ast.walk(parsed(path)):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).endswith("default_rng")
                and not (node.args or node.keywords)
            ):
                unseeded.append(f"{name}:{node.lineno}")
    assert unseeded == []


def test_the_ban_has_no_private_exceptions() -> None:
    marks = re.compile(r"#\s*noqa(?!:)|#\s*noqa:[^#]*\b(TID251|DTZ)")
    edge = {"cli", "jobs", "home", "settings", "shop"}
    found = []
    for name, path in modules("."):
        if set(name.split(".")[1:2]) & edge:
            continue
        found += [f"{name}:{n}" for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if marks.search(line)]
    assert found == []


# ---------------------------------------------------------------------------------------------------------- documents


def public_without_docstring(path: Path, *, methods: bool) -> Iterator[str]:
    tree = parsed(path)
    holders: list[ast.Module | ast.ClassDef] = [tree]
    if methods:
        holders += [n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
    for holder in holders:
        for node in holder.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                only_a_form = ast.unparse(node.body[-1]) == "..."  # a Protocol's method, an overload
                if not only_a_form:
                    yield f"{path.relative_to(SRC)}:{node.lineno} {node.name}"


def test_public_names_are_documented() -> None:
    numbers = [m for _, path in modules("core", "metrics") for m in public_without_docstring(path, methods=True)]
    others = [m for _, path in modules(".") for m in public_without_docstring(path, methods=False)]
    assert numbers == []
    assert [
        m for m in others if not m.startswith("apps/") or "/api.py" in m or "/services.py" in m or "/queries.py" in m
    ] == []


@pytest.mark.parametrize("name", [name for name, _ in modules("core", "metrics", "lake", "connectors", "simulate")])
def test_examples_in_docstrings_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.failed == 0


def test_nothing_in_the_source_is_left_for_later() -> None:
    words = re.compile(r"raise NotImplementedError|\bTODO\b|\bFIXME\b|\bXXX\b|[Cc]oming soon|[Nn]ot implemented")
    found = [
        f"{name}:{n}"
        for name, path in modules(".")
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert found == []
