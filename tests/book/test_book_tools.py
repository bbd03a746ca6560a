"""Building and serving: the environment, the assets, the server."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from urllib.request import urlopen

import build_book
import pytest
import vendor_mathjax
from execute_pages import book_pages
from paths import ROOT
from serve_book import make_server


def test_pages_are_run_by_this_pythons_kernel(tmp_path):
    other = tmp_path / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(json.dumps({"argv": ["other"], "display_name": "x"}))
    shell = dict(os.environ) | {"JUPYTER_PATH": str(tmp_path), "MPLBACKEND": "agg"}
    environment = build_book.build_environment(shell)
    assert "MPLBACKEND" not in environment
    assert environment["OMP_NUM_THREADS"] == "1"
    program = (
        "from jupyter_client.kernelspec import get_kernel_spec\n"
        "print(get_kernel_spec('python3').resource_dir)"
    )
    folder = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert Path(folder.stdout.strip()).is_relative_to(sys.prefix)


def test_the_shells_environment_is_left_alone():
    shell = {"MPLBACKEND": "agg", "PATH": "/bin"}
    assert build_book.build_environment(shell)["PATH"] == "/bin"
    assert shell == {"MPLBACKEND": "agg", "PATH": "/bin"}


def test_kernels_keep_quiet(tmp_path):
    build_book.configure_kernels(tmp_path)
    settings = (tmp_path / "profile_default" / "ipython_kernel_config.py").read_text()
    assert "log_level = 40" in settings


def test_nothing_of_the_other_edition_stays_in_the_site(tmp_path):
    def build(edition: str) -> bool:
        """Whether what was there before the build is still there."""
        build_book.forget_other_edition(edition, tmp_path)
        kept = (tmp_path / "html" / "answer.png").exists()
        (tmp_path / "html").mkdir(exist_ok=True)
        (tmp_path / "html" / "answer.png").touch()
        return kept

    (tmp_path / ".jupyter_cache").mkdir()
    assert [build(e) for e in ("open", "open", "student", "student")] == [False, True, False, True]
    assert (tmp_path / ".jupyter_cache").exists()


def test_the_books_pages_all_exist():
    pages = book_pages(ROOT)
    assert [page for page in pages if not page.exists()] == []
    assert ROOT / "book" / "rnn" / "assignment.md" in pages


def test_npm_comes_from_the_machine_or_from_pypi(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert vendor_mathjax.npm_command() == ["/usr/bin/npm"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    version = subprocess.run(
        [*vendor_mathjax.npm_command(), "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.strip()[0].isdigit()


def test_only_what_pages_use_is_copied(tmp_path):
    package = tmp_path / "mathjax"
    for name in (
        "es5/tex-mml-chtml.js",
        "es5/output/chtml/fonts/woff-v2/a.woff",
        "es5/input/tex/extensions/html.js",
        "es5/sre/speech.js",
        "LICENSE",
    ):
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    stale = tmp_path / "assets" / "old.js"
    stale.parent.mkdir()
    stale.write_text("old")
    vendor_mathjax.copy_wanted(package, tmp_path / "assets")
    copied = {
        p.relative_to(tmp_path / "assets").as_posix() for p in (tmp_path / "assets").rglob("*.*")
    }
    assert copied == {
        "tex-mml-chtml.js",
        "output/chtml/fonts/woff-v2/a.woff",
        "input/tex/extensions/html.js",
    }
    assert (tmp_path / "assets" / "LICENSE").exists()


def test_mathjax_is_fetched_when_the_lock_file_changes(tmp_path, monkeypatch):
    fetched = []
    monkeypatch.setattr(vendor_mathjax, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(vendor_mathjax, "NPM", tmp_path / "npm")
    monkeypatch.setattr(vendor_mathjax, "LOCK", tmp_path / "package-lock.json")
    monkeypatch.setattr(
        vendor_mathjax, "install", lambda folder: (fetched.append(folder), folder.mkdir())
    )
    monkeypatch.setattr(
        vendor_mathjax,
        "copy_wanted",
        lambda package, folder: folder.mkdir(parents=True, exist_ok=True),
    )
    (tmp_path / "package-lock.json").write_text("1")
    assert vendor_mathjax.vendor_mathjax()
    assert not vendor_mathjax.vendor_mathjax()
    (tmp_path / "package-lock.json").write_text("2")
    assert vendor_mathjax.vendor_mathjax()
    assert len(fetched) == 2
    assert not (tmp_path / "npm").exists()


def test_the_lock_file_pins_one_package_by_its_content():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert set(packages) == {"", "node_modules/mathjax"}
    assert packages["node_modules/mathjax"]["version"] == "3.2.2"
    assert packages["node_modules/mathjax"]["integrity"].startswith("sha512-")


def test_the_server_serves_the_site_on_this_machine_only(tmp_path):
    (tmp_path / "index.html").write_text("hello")
    with make_server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert server.server_address[0] == "127.0.0.1"
        with urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            assert answer.read() == b"hello"
        server.shutdown()


def test_the_server_says_when_there_is_no_book(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        make_server(tmp_path, 0)
