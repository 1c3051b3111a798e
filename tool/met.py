"""Charts of meeting places, in a language of the study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .maps.meeting import headline, mixes

if TYPE_CHECKING:
    from .pages import Chart, _Maps


def charts(of: _Maps) -> tuple[list[Chart], list[dict[str, str]]]:
    """Give the charts of meeting places to draw, and what the report says of each.

    Parameters
    ----------
    of
        The maps and figures of a language.
    """
    _, tables, out, told = of.words, of.results.tables, [], []
    for number, ((kind, mode), attribute) in enumerate(headline(tables["meeting"]).items(), 1):
        users, around = mixes(tables["meeting_services"], kind, mode, attribute)
        if users.empty:
            continue
        title = _(
            "{kind}, by {attribute}: users and who lives around them",
            kind=_.label(kind),
            attribute=_.label(attribute),
        )
        code, first = _.language, of.study.study.languages[0]
        # A kind's name is no file name.
        stem = f"meeting_{number}"
        file = Path("figures") / (stem if code == first else f"{stem}.{code}")
        page = replace(of.page(title + of.year(), "", "services"), outlines=None, background={})
        labels = {group: _.label(group, attribute) for group in users}
        options = {"page": page, "labels": labels}
        out.append(("mixes", (users, around), options, of.folder / file))
        text = _("Services of which every share is hidden are left out.")
        told.append({"file": file.as_posix(), "title": page.title, "text": text})
    return out, told
