"""The second process: it answers, says what went wrong, and ends with the first."""

import pickle
import subprocess
import sys

import pandas as pd
import pytest
from kvarter import draw
from kvarter.maps import Page, Words
from kvarter.maps.classes import breaks


def test_it_answers_in_order_and_says_what_went_wrong():
    frame = pd.DataFrame({"a": [0.1, 0.2, 0.9, 0.8]})
    with draw.drawer() as artist:
        artist.ask("classes", {"income": frame})
        artist.ask("draw", [("no_such_chart", (), {}, None)])
        assert artist.answer() == {"income": {"a": breaks(frame["a"].to_numpy())}}
        with pytest.raises(draw.DrawingError, match=r"\AAttributeError.*no_such_chart"):
            artist.answer()
        process = artist._process
    assert process.poll() is not None


def test_it_ends_in_silence_with_the_first_process():
    line = [sys.executable, "-P", "-m", "kvarter.draw"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(line, **pipes)
    process.stdout.close()
    process.stdin.write(pickle.dumps(("classes", ({},))) + pickle.dumps(("draw", ([],)))[:-5])
    process.stdin.close()
    assert process.stderr.read() == b""
    process.wait()


def test_one_that_has_ended_is_told():
    with draw.drawer() as artist:
        artist._process.kill()
        with pytest.raises(draw.DrawingError, match="ended"):
            artist.answer()


def test_a_letter_that_the_font_lacks_is_no_news(tmp_path, capfd):
    page = Page(Words("en"), "\U00013000", "")
    options = {"page": page, "axis_label": ""}
    frame = pd.DataFrame({"a": [0.1, 0.2]}, index=[2016, 2024])
    with draw.drawer() as artist:
        artist.ask("draw", [("lines", ({"": frame},), options, tmp_path / "trend")])
        artist.answer()
    assert capfd.readouterr().err == ""
