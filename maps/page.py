"""A map's page: one file that asks no other host for anything."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
from branca.element import Element, Figure
from jinja2 import Environment, PackageLoader, Template

from .words import Words

CSP = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True)
class Page:
    """What stands around a map.

    Attributes
    ----------
    words
        The words of its language.
    title, description
        Its heading, and a sentence on what it shows.
    notices
        What must be seen first, such as that the municipality is made up.
    sources
        Lines with source and licence.
    background
        ``border``, ``water`` and ``network``, to find one's way by.
    outlines
        What `kvarter.maps.outlines` gives for the zones and the background, where several maps
        share them; each map makes its own otherwise.
    """

    words: Words
    title: str
    description: str = ""
    notices: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    background: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    outlines: dict[str, Any] | None = None


class Text(Element):
    """Text that stands in the page as it is: no template in it is filled in."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Map(folium.Map):
    """A Folium map whose scripts and styles are set into the page itself."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - Folium's own class attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


def base_map(page: Page, payload: dict[str, Any]) -> folium.Map:
    """Make a map from a payload that `kvarter.maps.zones` prepared.

    Parameters
    ----------
    page
        What stands around it.
    payload
        What is drawn, made of JSON's types.

    Returns
    -------
    folium.Map
        With no tiles; other Folium layers can be added to it.
    """
    figure = Figure(title=escape(page.title))
    chart = Map(tiles=None, zoom_control=True, prefer_canvas=True, zoom_start=11, zoom_snap=0.25)
    figure.add_child(chart)
    figure.header.add_child(Text(f"<style>{_leaflet('leaflet.css')}</style>"), name="leaflet_css")
    figure.header.add_child(Text(f"<script>{_leaflet('leaflet.js')}</script>"), name="leaflet_js")
    environment = _templates()
    around = environment.get_template("map.html").render(page=page, _=page.words)
    figure.header.add_child(Text(environment.get_template("map.css").render()), name="style")
    figure.html.add_child(Text(around), name="around")
    figure.html.add_child(
        Text(f'<script type="application/json" id="payload">{to_json(payload)}</script>'),
        name="payload",
    )
    chart.add_child(_Draw())
    chart._page = page
    return chart


@lru_cache
def _templates() -> Environment:
    """Give the templates, each of which is compiled once for all maps."""
    return Environment(loader=PackageLoader(__package__), autoescape=True)


class _Draw(folium.MacroElement):
    """The script that draws the payload."""

    _template = Template(
        "{% macro script(this, kwargs) %}(function (map) {\n{{ this.script }}\n})"
        "({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()
        script = (Path(__file__).parent / "templates" / "map.js").read_text(encoding="utf-8")
        self._name = "KvarterZones"
        self.script = script


def save(chart: folium.Map, path: Path) -> None:
    """Write a map as one file, the same bytes for the same map.

    Parameters
    ----------
    chart
        The map.
    path
        The file.
    """
    figure = chart.get_root()
    # Folium names its elements at random.
    for number, element in enumerate(_walk(figure)):
        element._id = f"{number:x}"
    html = figure.render()
    page: Page = chart._page
    html = html.replace("<html>", f'<html lang="{page.words.language}">', 1)
    meta = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{CSP}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
    )
    html = html.replace("<head>", f"<head>{meta}", 1)
    # Folium's own viewport forbids to enlarge the page.
    start = html.find('<meta name="viewport" content="width=device-width,\n')
    if start >= 0:
        html = html[:start] + html[html.find("/>", start) + 2 :]
    path.write_text(html, encoding="utf-8")


def to_json(value: object) -> str:
    """Write JSON that cannot end a script or start a tag, whatever texts are in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for name in ("header", "html", "script"):
        part = getattr(element, name, None)
        if isinstance(part, Element):
            yield from _walk(part)
    for child in element._children.values():
        yield from _walk(child)


@lru_cache
def _leaflet(name: str) -> str:
    """Take a file of Leaflet from the package that carries it."""
    package = importlib.metadata.distribution("XStatic-Leaflet")
    path = Path(str(package.locate_file(f"xstatic/pkg/leaflet/data/{name}")))
    text = path.read_text(encoding="utf-8")
    # The map of a minified script to its source is a request to another file.
    return "\n".join(line for line in text.splitlines() if "sourceMappingURL" not in line)
