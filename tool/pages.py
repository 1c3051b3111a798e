"""The pages of a run: maps, figures and the report, in each language of the study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .layers import Layers
from .maps.report import render
from .maps.words import Words
from .measures import Results
from .study import Study


def write_pages(
    folder: Path,
    study: Study,
    layers: Layers,
    results: Results,
    progress: Callable[[str], object] = lambda step: None,
) -> None:
    """Write ``index.html``, ``maps/`` and ``figures/`` into a folder.

    Parameters
    ----------
    folder
        The folder of the run.
    study, layers, results
        What was asked, read and measured.
    progress
        Is told each step before it begins.

    Notes
    -----
    The first language of the study has the plain names (``index.html``, ``maps/share_x.html``);
    the others carry their code (``index.sv.html``).
    """
    labels = _labels(study)
    (folder / "maps").mkdir()
    (folder / "figures").mkdir()
    first = study.study.languages[0]
    files = {lang: _name("index", lang, first) for lang in study.study.languages}
    for lang in study.study.languages:
        progress(f"maps and report, {lang}")
        words = Words(lang, labels)
        maps = _maps(folder, study, layers, results, words, lang == first)
        report = _report(study, layers, results, maps, files, labels)
        report.figures = _charts(folder, study, results, words, lang == first)
        (folder / files[lang]).write_text(render(report, lang), encoding="utf-8")


def _name(stem: str, language: str, first: str) -> str:
    return f"{stem}.html" if language == first else f"{stem}.{language}.html"


def _labels(study: Study) -> dict[str, dict[str, str]]:
    """Turn the study's labels round: by name, then by language."""
    out: dict[str, dict[str, str]] = {}
    for language, names in study.labels.items():
        for name, text in names.items():
            out.setdefault(name, {})[language] = text
    return out
