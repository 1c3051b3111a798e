"""A result is written whole or not at all, and never over somebody's other files."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kvarter import output


def write_result(out, text):
    with output.whole(out) as folder:
        (folder / "index.html").write_text(text)
        manifest = {"outputs": output.list_outputs(folder)}
        (folder / output.MANIFEST).write_text(json.dumps(manifest))


def test_a_result_takes_the_place_of_an_earlier_one(tmp_path):
    out = tmp_path / "a" / "report"
    write_result(out, "one")
    write_result(out, "two")
    assert (out / "index.html").read_text() == "two"
    assert [path.name for path in out.parent.iterdir()] == ["report"]


def test_the_earlier_result_stays_when_a_run_fails(tmp_path):
    out = tmp_path / "report"
    write_result(out, "one")
    with pytest.raises(KeyboardInterrupt), output.whole(out) as folder:
        (folder / "index.html").write_text("half")
        raise KeyboardInterrupt
    assert (out / "index.html").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("earlier", [False, True])
def test_other_files_are_not_touched(tmp_path, earlier):
    out = tmp_path / "report"
    if earlier:
        write_result(out, "one")
    out.mkdir(exist_ok=True)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(output.OutputError, match=r"notes\.txt"):
        write_result(out, "two")
    assert (out / "notes.txt").read_text() == "mine"


def test_a_file_is_no_output_folder(tmp_path):
    out = tmp_path / "report"
    out.write_text("mine")
    with pytest.raises(output.OutputError, match="is a file"):
        write_result(out, "two")
    assert out.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(output.OutputError, match="cannot be written"):
        write_result(tmp_path / "file" / "report", "one")


KILLED = """
import sys, time
from pathlib import Path
from kvarter import output
with output.whole(Path(sys.argv[1])) as folder:
    (folder / "index.html").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_killed_run_leaves_the_earlier_result_and_the_next_run_clears_up(tmp_path):
    out = tmp_path / "report"
    write_result(out, "one")
    command = [sys.executable, "-c", KILLED, str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (out / "index.html").read_text() == "one"
    assert len(list(tmp_path.iterdir())) == 2
    write_result(out, "two")
    assert (out / "index.html").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_result_set_aside_is_put_back(tmp_path):
    out = tmp_path / "report"
    write_result(out, "one")
    out.rename(tmp_path / ".report.kvarter-earlier")
    with pytest.raises(ZeroDivisionError), output.whole(out):
        raise ZeroDivisionError
    assert (out / "index.html").read_text() == "one"


def test_a_run_that_still_works_is_left_alone(tmp_path):
    out = tmp_path / "report"
    command = [sys.executable, "-c", KILLED, str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        write_result(out, "mine")
        time.sleep(0.1)
        assert (tmp_path / f".report.kvarter-{process.pid}").is_dir()
    finally:
        process.kill()
        process.wait()


def test_a_file_that_was_edited_is_not_lost(tmp_path):
    write_result(tmp_path / "report", "one")
    (tmp_path / "report" / "index.html").write_text("mine")
    with pytest.raises(output.OutputError, match="was changed"):
        write_result(tmp_path / "report", "two")
    assert (tmp_path / "report" / "index.html").read_text() == "mine"


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    for text in ("one", "two"):
        with output.whole(link) as folder:
            (folder / "page.html").write_text(text)
            names = json.dumps({"outputs": output.list_outputs(folder)})
            (folder / output.MANIFEST).write_text(names)
        assert link.is_symlink()
        assert (tmp_path / "real" / "page.html").read_text() == text


def test_links_and_empty_folders_are_files_of_somebody(tmp_path):
    out, shared = tmp_path / "report", tmp_path / "shared"
    shared.mkdir()
    for make in (lambda: (out / "mydata").symlink_to(shared), (out / "drafts").mkdir):
        write_result(out, "one")
        make()
        with pytest.raises(output.OutputError, match=r"mydata|drafts"):
            write_result(out, "two")
        assert (out / "index.html").read_text() == "one"
        shutil.rmtree(out)
    write_result(out, "one")
    (out / "index.html").unlink()
    write_result(out, "two")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left"), RuntimeError("database or disk is full")]
)
def test_a_full_disk_is_told_as_one(tmp_path, error):
    full = pytest.raises(output.OutputError, match=f"{tmp_path}: the disk is full")
    with full, output.whole(tmp_path / "report"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_replaced_is_told_before_any_work(tmp_path, monkeypatch):
    with pytest.raises(output.OutputError, match=r"mounted there.*--out /report"):
        output.refuse_other_files(Path("/"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(output.OutputError, match="protected"):
        output.refuse_other_files(tmp_path)


ENDED = """
import sys, time
from pathlib import Path
from kvarter import cli, output, run
def slow(study, out, **options):
    with output.whole(out):
        print("ready", flush=True)
        time.sleep(60)
run.run = slow
cli.main()
"""


def test_a_run_that_is_ended_leaves_nothing(tmp_path):
    command = [sys.executable, "-c", ENDED, "run", "study.toml", "--out", str(tmp_path / "report")]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    said = process.communicate()[1]
    assert process.returncode == 1
    assert "Interrupted" in said
    assert list(tmp_path.iterdir()) == []
