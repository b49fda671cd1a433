"""SEC-06 and SEC-07: files made to hurt are refused in a moment with a sentence, and names never become places."""

from __future__ import annotations

import gzip
import io
import os
import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from goldloop.connectors.readers import Limits, sheets, shown, workbook, workbook_child
from goldloop.core.errors import GoldloopError

CSV = b"a,b\n1,2\n"
QUICK = 2.0  # seconds of CPU
MANY = 1 << 27


def book(**files: bytes) -> bytes:
    """A small workbook, some of its inner files replaced or added."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, [1, "x"])
    whole = io.BytesIO()
    with zipfile.ZipFile(sink) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, files.pop(entry.filename, old.read(entry)))
        for name, content in files.items():
            new.writestr(name, content)
    return whole.getvalue()


def archive(**files: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return sink.getvalue()


def bomb(name: str, inside: Callable[[zipfile.ZipFile], None] = lambda made: None) -> bytes:
    """Zeros, a thousand times as many as the bytes they are packed in."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        inside(made)
        with made.open(name, "w", force_zip64=True) as stream:
            for _ in range(MANY >> 24):
                stream.write(bytes(1 << 24))
    return sink.getvalue()


def claiming(data: bytes, size: int) -> bytes:
    """The archive whose directory claims another size for its last member."""
    place = data.rfind(b"PK\x01\x02") + 24
    return data[:place] + struct.pack("<I", size) + data[place + 4 :]


def many_entries() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as made:
        for number in range(100_000):
            made.writestr(zipfile.ZipInfo(f"{number}.csv"), b"")
    return sink.getvalue()


def link() -> bytes:
    entry = zipfile.ZipInfo("orders.csv")
    entry.external_attr = 0o120777 << 16
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as made:
        made.writestr(entry, "/etc/passwd")
    return sink.getvalue()


def locked() -> bytes:
    data = bytearray(archive(**{"a.csv": CSV}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    return bytes(data)


def far_cell() -> bytes:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as made:
        made.add_worksheet().write("XFD1048576", "x")
    return sink.getvalue()


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "ha">' + LAUGHS + b"]>"
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1"><si><t>&l9;</t></si></sst>'
)
REPEATED = (  # one long text in a thousand cells of a thousand rows
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    + (b"<row>" + b'<c t="s"><v>0</v></c>' * 50 + b"</row>") * 20_000
    + b"</sheetData></worksheet>"
)
LONG = (
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    + b"x" * 32_000
    + b"</t></si></sst>"
)

HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "a bomb": (lambda: bomb("a.csv"), {"archive_too_large"}),
    "a bomb, forged": (lambda: claiming(bomb("a.csv"), 8), {"file_broken", "archive_too_large"}),
    "a bomb in a gz": (lambda: gzip.compress(bytes(MANY)), {"archive_too_large"}),
    "a bomb in a workbook": (lambda: bomb("xl/workbook.xml"), {"archive_too_large"}),
    "10 GB declared": (lambda: claiming(archive(**{"a.csv": CSV}), 0xFFFFFFF0), {"archive_too_large"}),
    "nested zip": (lambda: archive(inner=archive(**{"a.csv": CSV})), {"archive_nested"}),
    "gz in a zip": (lambda: archive(inner=gzip.compress(CSV)), {"archive_nested"}),
    "zip in a gz": (lambda: gzip.compress(archive(**{"a.csv": CSV})), {"archive_nested"}),
    "100,000 entries": (many_entries, {"archive_too_large"}),
    "11,000 parts of a workbook": (lambda: book(**{f"x{n}": b"" for n in range(11_000)}), {"archive_too_large"}),
    "entity bomb": (lambda: book(**{"xl/sharedStrings.xml": ENTITIES}), {"file_broken", "file_too_heavy"}),
    "far cell": (far_cell, {"file_too_heavy", "sheet_too_large"}),
    "one text a million times": (
        lambda: book(**{"xl/worksheets/sheet1.xml": REPEATED, "xl/sharedStrings.xml": LONG}),
        {"file_too_heavy", "archive_too_large"},
    ),
    "zip slip": (lambda: archive(**{"../../etc/cron.csv": CSV}), {"archive_name_unsafe"}),
    "link": (link, {"archive_link"}),
    "macros": (lambda: book(**{"xl/vbaProject.bin": b"\xd0\xcf"}), {"file_has_macros"}),
    "macros in an XLS": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT_CUR".encode("utf-16-le").rjust(2000, b"\0"),
        {"file_has_macros"},
    ),
    "encrypted zip": (locked, {"file_encrypted"}),
    "encrypted workbook": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le").rjust(5000, b"\0"),
        {"file_broken", "file_encrypted"},
    ),
    "wrong magic: a program": (lambda: b"\x7fELF\x02\x01\x01" + bytes(4000), {"encoding_unknown"}),
    "wrong magic: PDF": (lambda: b"%PDF-1.7\n" + CSV, {"file_kind_unknown"}),
    "polyglot: PNG and ZIP": (lambda: b"\x89PNG\r\n\x1a\n" + archive(**{"a.csv": CSV}), {"file_kind_unknown"}),
    "polyglot: text and ZIP": (lambda: CSV + archive(**{"a.csv": CSV}), {"encoding_unknown"}),
    "polyglot: ZIP before ZIP": (lambda: archive(**{"b.csv": CSV}) + archive(**{"a.csv": CSV}), {"file_broken"}),
    "polyglot: ZIP and more": (lambda: archive(**{"a.csv": CSV}) + b"<script>", {"file_broken"}),
    "a workbook that is none": (lambda: archive(**{"xl/workbook.xml": b"\0" * 99}), {"file_broken"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_moment(name: str, tmp_path: Path) -> None:
    make, codes = HOSTILE[name]
    path = tmp_path / "hostile"
    path.write_bytes(make())
    used, largest = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(GoldloopError) as error:
        for sheet in sheets(path):
            sheet.first_rows(20)
    assert error.value.code in codes, str(error.value)
    assert error.value.todo
    assert time.process_time() - used < QUICK
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - largest < 700_000  # KiB
    assert [p.name for p in tmp_path.iterdir()] == ["hostile"]


def test_a_packed_file_beyond_the_limit_is_not_even_opened(tmp_path: Path) -> None:
    for data in (archive(**{"a.csv": CSV}), gzip.compress(CSV), book()):
        (tmp_path / "large").write_bytes(data)
        with pytest.raises(GoldloopError) as error:
            list(sheets(tmp_path / "large", limits=Limits(packed=20)))
        assert (error.value.code, error.value.params["setting"]) == ("file_too_large", "GOLDLOOP_PACKED_MB")


CHILDREN = {
    "sleeps": "import time; time.sleep(60)",
    "reads nothing and sleeps": "import time; time.sleep(60)",
    "spins, whatever signals say": "import signal\nfor n in (1, 2, 15, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
    "writes without end": "import sys\nwhile True: sys.stdout.write('x' * 1000000)",
    "writes lines without end": "import sys\nwhile True: sys.stdout.write('[[]]\\n' * 100000)",
    "complains without end": "import sys\nwhile True: sys.stderr.write('x' * 1000000)",
    "leaves another behind": "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nsys.exit(4)",
}


@pytest.mark.parametrize("name", CHILDREN)
def test_a_child_that_obeys_no_limit_is_ended(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text(CHILDREN[name])
    monkeypatch.setattr(workbook_child, "__file__", str(child))
    began, largest = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = Limits(seconds=2, output=20_000_000)
    with pytest.raises(GoldloopError) as error:
        list(workbook.workbook_sheets(pa.py_buffer(bytes(50_000_000)), file="a.xls", member="", limits=limits))
    assert error.value.code in ("file_too_heavy", "file_broken")
    assert time.monotonic() - began < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - largest < 400_000


def hostile_names() -> list[str]:
    """200 and more names that lead elsewhere, or say something else than they are."""
    up = ["../" * n + "etc/passwd" for n in range(1, 21)] + ["..\\" * n + "boot.ini" for n in range(1, 21)]
    coded = [
        f"{dots}{slash}{name}"
        for dots in ("%2e%2e", "%252e%252e", "．．", "‥", "..%c0%af")
        for slash in ("/", "\\", "%2f", "%5c")
        for name in ("a.csv", "x/b.csv")
    ]
    absolute = [
        "/etc/passwd",
        "//host/share",
        "\\\\host\\share",
        "C:\\Windows\\a.csv",
        "c:/a.csv",
        "/",
        "\\",
        "~/a.csv",
        "~root",
        "file:///etc/passwd",
        "$HOME/a.csv",
        "`id`.csv",
        "$(id).csv",
        "|id",
        "-rf",
        "--help",
        ".",
        "..",
        "...",
        " ",
    ]
    devices = [
        f"{name}{end}"
        for name in ("CON", "PRN", "AUX", "NUL", "COM1", "LPT1", "CLOCK$")
        for end in ("", ".csv", ":", "/a.csv", " .csv")
    ]
    signs = [
        f"a{chr(n)}b.csv"
        for n in (
            *range(1, 32),
            0x7F,
            0x85,
            0xA0,
            0xAD,
            0x200B,
            0x200E,
            0x200F,
            0x2028,
            0x2029,
            0x202A,
            0x202B,
            0x202D,
            0x202E,
            0x2066,
            0x2067,
            0x2069,
            0xFEFF,
            0xFFFE,
        )
    ]
    long = ["x" * 300 + ".csv", "长" * 300, "../" * 100 + "a", "a/" * 150 + "b.csv", "x." * 150]
    other = [f"a{sign}b.csv" for sign in "<>:\"|?*;&'`!#%^()[]{}=+,@\\"] + [
        f"{n}\0.csv" for n in ("a", "..", "/etc/passwd")
    ]
    return [*dict.fromkeys([*up, *coded, *absolute, *devices, *signs, *long, *other])]


def test_there_are_two_hundred_names() -> None:
    assert len(hostile_names()) >= 200


def test_names_in_archives_write_nothing_and_are_labels(tmp_path: Path) -> None:
    folder = tmp_path / "one" / "two"  # two steps up are still our own
    folder.mkdir(parents=True)
    before = everything_near(tmp_path)
    for name in hostile_names():
        stand_in = "x" * len(name.encode("utf-8"))
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as made:
            made.writestr(zipfile.ZipInfo(stand_in), CSV)
        path = folder / "names.zip"
        path.write_bytes(sink.getvalue().replace(stand_in.encode(), name.encode("utf-8")))
        try:
            for sheet in sheets(path):
                assert sheet.table(1).num_rows == 1
                assert sheet.member.isprintable()
        except GoldloopError as error:
            assert error.code in ("archive_name_unsafe", "file_empty", "file_broken"), (name, error.code)
            assert str(error.given).isprintable()
        path.unlink()
        assert everything_near(tmp_path) == before


def everything_near(folder: Path) -> list[str]:
    return sorted(str(p) for p in folder.rglob("*")) + sorted(os.listdir(folder.parent)) + sorted(os.listdir())


def test_signs_in_names_are_shown(tmp_path: Path) -> None:
    for name in hostile_names():
        assert shown(name).isprintable() and len(shown(name)) == len(name)
    assert shown("order\u202egnp.csv") == "order\ufffdgnp.csv"
