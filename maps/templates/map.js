var data = JSON.parse(document.getElementById("payload").textContent);
var element = map.getContainer(), legend = document.getElementById("legend");
var tip = document.getElementById("tip"), what = document.getElementById("what");
// What a pointer opens is seen; what a key opens is said, once and not at each move of a pointer.
var said = document.getElementById("said");
element.setAttribute("role", "application");
element.setAttribute("aria-label", document.querySelector("h1").textContent);
element.appendChild(tip);
map.attributionControl.setPrefix("Leaflet");
function write(value, digits, percent) {
  var options = {minimumFractionDigits: digits, maximumFractionDigits: digits};
  if (percent) options.style = "percent";
  return new Intl.NumberFormat(data.language, options).format(value).replace("-", "\u2212");
}
function capital(text) { return text.charAt(0).toUpperCase() + text.slice(1); }

// A pattern is a small canvas; the canvas renderer takes it as a colour.
var strokes = {
  hatch: [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]],
  cross: [[2, 2, 6, 6], [2, 6, 6, 2]],
  lines: [[0, 1.5, 8, 1.5], [0, 5.5, 8, 5.5]]
};
var signs = {plus: [[1, 4, 7, 4], [4, 1, 4, 7]], minus: [[1, 4, 7, 4]]};
function light(color) {
  var parts = [1, 3, 5].map(function (at) { return parseInt(color.substr(at, 2), 16); });
  return 0.3 * parts[0] + 0.6 * parts[1] + 0.1 * parts[2] > 130;
}
function spot(tile, ink, paint) {
  var words = paint.pattern.split(" "), full = words[0] === "rising";
  tile.width = tile.height = 12;
  ink.fillStyle = full ? paint.color : "#ffffff";
  ink.fillRect(0, 0, 12, 12);
  ink.strokeStyle = ink.fillStyle = full ? "#ffffff" : paint.color;
  ink.globalAlpha = full ? 0 : 0.2;
  ink.fillRect(0, 0, 12, 12);
  ink.globalAlpha = 1;
  if (words[0] === "striped") {
    [0, 4, 8].forEach(function (at) {
      ink.fillRect(0, at, 12, 1.4);
      if (words[1] === "plus") ink.fillRect(at, 0, 1.4, 12);
    });
    return;
  }
  if (words[0] === "halved") ink.fillRect(0, 6, 12, 6);
  // Two signs for one that grows, and one alone elsewhere.
  ink.lineWidth = 1.4;
  (full ? [[3, 3], [9, 9]] : [[6, words[0] === "halved" ? 3 : 6]]).forEach(function (at) {
    ink.beginPath(); ink.moveTo(at[0] - 2.5, at[1]); ink.lineTo(at[0] + 2.5, at[1]);
    if (words[1] === "plus") { ink.moveTo(at[0], at[1] - 2.5); ink.lineTo(at[0], at[1] + 2.5); }
    ink.stroke();
  });
}
function pattern(paint) {
  if (!paint.pattern) return paint.color;
  var tile = document.createElement("canvas"), ink = tile.getContext("2d");
  var lines = strokes[paint.pattern];
  tile.width = tile.height = 8;
  ink.fillStyle = lines ? "#ffffff" : paint.color;
  ink.fillRect(0, 0, 8, 8);
  ink.strokeStyle = paint.color;
  ink.lineWidth = 1.2;
  if (signs[paint.pattern]) {
    lines = signs[paint.pattern];
    ink.fillStyle = paint.color;
    ink.fillRect(0, 0, 8, 8);
    ink.strokeStyle = light(paint.color) ? "#1d1d1b" : "#ffffff";
  }
  (lines || []).forEach(function (ends) {
    ink.beginPath(); ink.moveTo(ends[0], ends[1]); ink.lineTo(ends[2], ends[3]); ink.stroke();
  });
  // What a spot does over the years, beside the sign that says whether it is high or low.
  if (paint.pattern.indexOf(" ") > 0) spot(tile, ink, paint);
  if (paint.pattern === "dots") {
    ink.fillStyle = "#1d1d1b";
    ink.fillRect(2, 2, 2, 2);
    ink.fillRect(6, 6, 2, 2);
  }
  if (paint.pattern === "grain") {
    ink.fillStyle = "#a89b6c";
    ink.fillRect(1, 1, 1, 1);
    ink.fillRect(5, 4, 1, 1);
  }
  return ink.createPattern(tile, "repeat");
}
var paints = data.paints.map(pattern);

// Coordinates are whole numbers, each the difference from the one before.
function ring(numbers) {
  var out = [], x = 0, y = 0;
  for (var i = 0; i < numbers.length; i += 2) {
    x += numbers[i]; y += numbers[i + 1];
    out.push([y / data.scale, x / data.scale]);
  }
  return out;
}
function place(shape) { return shape.map(function (part) { return part.map(ring); }); }
function backdrop(name, style, lines) {
  return (data.background[name] || []).map(function (shape) {
    return (lines ? L.polyline(ring(shape), style) : L.polygon(shape.map(ring), style)).addTo(map);
  });
}
var border = backdrop("border", {fillColor: data.colours.land, fillOpacity: 1, weight: 1, color: data.colours.border, interactive: false});
backdrop("water", {fillColor: data.colours.water, fillOpacity: 1, weight: 0, interactive: false});

var zones = data.shapes.map(function (shape, number) {
  var layer = L.polygon(place(shape), {stroke: data.stroke > 0, weight: data.stroke, color: "#6f6a60", opacity: 0.6, fillOpacity: 0.92});
  layer.number = number;
  layer.on("mouseover click", show).on("mouseout", hide);
  return layer;
});
var group = L.featureGroup(zones).addTo(map), sight = group.getBounds();
// The border keeps its edges in sight too, unless most of it lies where nobody lives.
if (border.length) {
  var whole = L.featureGroup(border).getBounds(), wide = sight.getEast() - sight.getWest();
  var high = sight.getNorth() - sight.getSouth();
  if (whole.getEast() - whole.getWest() < 1.5 * wide && whole.getNorth() - whole.getSouth() < 1.5 * high) sight.extend(whole);
}
backdrop("network", {weight: 1, color: data.colours.street, opacity: 0.8, interactive: false}, true);
// The page may get its size after the map is made, or change it: the town stays in sight.
var touched = false, aim = sight, where = document.getElementById("where");
function fit() {
  map.invalidateSize({animate: false});
  if (touched) return;
  map.options.minZoom = 0;
  map.fitBounds(aim, {padding: [10, 10], animate: false});
  map.setMinZoom(map.getBoundsZoom(sight) - 1);
}
// Nobody is lost where there is nothing: the middle of the map stays where there are zones.
map.on("moveend", function () {
  var middle = map.getCenter();
  if (sight.contains(middle)) return;
  map.panTo([
    Math.max(sight.getSouth(), Math.min(middle.lat, sight.getNorth())),
    Math.max(sight.getWest(), Math.min(middle.lng, sight.getEast()))
  ], {animate: false});
});
map.setMaxZoom(18);
["mousedown", "wheel", "touchstart", "keydown"].forEach(function (name) {
  element.addEventListener(name, function (event) {
    // Who goes through the page with Tab moves nothing, and opening a zone does not either.
    if (name === "keydown" && !/^(Arrow|Page|[-+=_])/.test(event.key)) return;
    touched = true;
    where.value = "";
  });
});
// Where the zones lie in several regions, one goes from one to the other.
if (data.regions.length) {
  [{label: "\u2013", at: null}, {label: data.whole, at: null}].concat(data.regions).forEach(function (region, number) {
    var option = document.createElement("option");
    option.value = number || "";
    option.textContent = region.label;
    where.append(option);
  });
  where.value = 1;
  where.parentNode.hidden = false;
  where.addEventListener("change", function () {
    if (!where.value) return;
    var region = data.regions[where.value - 2];
    aim = region ? L.latLngBounds([region.at[1], region.at[0]], [region.at[3], region.at[2]]) : sight;
    touched = false;
    fit();
  });
}
fit();
new ResizeObserver(fit).observe(element);
[["in", data.zoom[0]], ["out", data.zoom[1]]].forEach(function (pair) {
  var button = element.querySelector(".leaflet-control-zoom-" + pair[0]);
  button.title = pair[1];
  button.setAttribute("aria-label", pair[1]);
});
L.control.scale({imperial: false}).addTo(map);
var current = 0, many = 300, points = L.layerGroup().addTo(map);

function figure(variable, number) {
  var reason = variable.reason[number];
  if (reason) return data.reasons[reason];
  if (variable.names) return variable.names[variable.classes[number]];
  return write(variable.values[number], variable.digits, variable.percent) + (variable.unit ? "\u00a0" + variable.unit : "");
}
function line(text, strong) {
  var part = document.createElement(strong ? "b" : "span");
  part.textContent = text;
  return part;
}
function put(event, parts) {
  tip.replaceChildren.apply(tip, parts);
  tip.style.display = "block";
  var at = map.latLngToContainerPoint(event.latlng), size = map.getSize();
  tip.style.left = Math.max(4, Math.min(at.x + 14, size.x - tip.offsetWidth - 6)) + "px";
  var below = at.y + 14, above = at.y - tip.offsetHeight - 10, last = size.y - tip.offsetHeight - 6;
  tip.style.top = Math.max(4, below <= last ? below : above >= 4 ? above : last) + "px";
}
function amount(variable, value) {
  return write(value, variable.digits, variable.percent) + (variable.unit ? "\u00a0" + variable.unit : "");
}
function told(variable, number) {
  if (!variable.names || variable.reason[number]) return [];
  var lines = [];
  if (variable.values[number] !== null) lines.push(capital(data.own) + ": " + amount(variable, variable.values[number]));
  var chance = variable.interval, at = chance ? chance.zones.indexOf(number) : -1;
  if (at >= 0) {
    lines.push(chance.text.replace(/{(\w+)}/g, function (blank, name) {
      return name === "people" ? write(chance.people[at], 0) : amount(variable, chance[name][at]);
    }));
  }
  (variable.details || []).forEach(function (detail) {
    var value = detail.values ? detail.values[number] : detail.codes[number];
    if (value === null || (detail.codes && value < 0)) return;
    lines.push((detail.label ? detail.label + ": " : "") + (detail.values ? amount(variable, value) : detail.texts[value]));
  });
  return lines;
}
var opened = null, frame = L.layerGroup().addTo(map);
function show(event) {
  var number = event.target.number, variable = data.variables[current];
  opened = number;
  said.textContent = "";
  outline(event.target);
  var parts = [line(data.names[number], true), line(variable.label + ": " + figure(variable, number))];
  told(variable, number).forEach(function (text) {
    parts.push(document.createElement("br"), line(text));
  });
  put(event, parts);
}
// The zone that is open, framed in white on black so that it shows on any colour.
function outline(layer) {
  frame.clearLayers();
  [["#ffffff", 5], ["#1d1d1b", 2.5]].forEach(function (pen) {
    L.polygon(layer.getLatLngs(), {fill: false, color: pen[0], weight: pen[1], interactive: false}).addTo(frame);
  });
}
function hide() {
  tip.style.display = "none";
  said.textContent = "";
  frame.clearLayers();
}
function say() {
  said.textContent = Array.from(tip.childNodes, function (part) { return part.textContent; }).filter(Boolean).join(". ");
}
// Where zones have no place, no key leads to them.
var sorter = new Intl.Collator(data.language, {numeric: true});
var order = zones.filter(function (layer) { return layer.getBounds().isValid(); }).sort(function (one, two) {
  return sorter.compare(data.names[one.number], data.names[two.number]) || one.number - two.number;
});
function step(way, wanted) {
  if (!order.length) return;
  var some = order.some(function (layer) { return wanted(layer.number); });
  var at = opened === null ? (way > 0 ? -1 : 0) : order.indexOf(zones[opened]);
  // Past the zones that have no figure, which may be most of a map.
  do at = (at + way + order.length) % order.length; while (some && !wanted(order[at].number));
  var layer = order[at], middle = layer.getCenter(), bounds = layer.getBounds();
  var corner = map.project(bounds.getNorthWest()), size = map.project(bounds.getSouthEast()).subtract(corner);
  var wide = Math.max(size.x, size.y);
  // On a map of far regions, a zone may be less than a mark.
  if (wide < 12) map.setView(middle, map.getZoom() + Math.ceil(Math.log2(40 / Math.max(wide, 0.01))), {animate: false});
  else if (!map.getBounds().pad(-0.15).contains(middle)) map.panTo(middle, {animate: false});
  show({target: layer, latlng: middle});
  say();
}
function known(number) { return !data.variables[current].reason[number]; }
function standsOut(number) {
  var kind = data.variables[current].classes[number];
  return known(number) && kind >= 0 && kind < data.variables[current].standing;
}
function pick() {
  var middle = map.getCenter(), point = map.latLngToLayerPoint(middle);
  var inside = zones.filter(function (layer) {
    return layer.getBounds().contains(middle) && layer._containsPoint(point);
  });
  hide();
  if (inside.length) show({target: inside[inside.length - 1], latlng: middle}); else put({latlng: middle}, [line(data.nowhere)]);
  say();
}
element.addEventListener("keydown", function (event) {
  if (event.target !== element) return;
  if (event.key === "PageDown" || event.key === "PageUp") {
    event.preventDefault();
    step(event.key === "PageDown" ? 1 : -1, known);
  }
  if (event.key.toLowerCase() === "n" && !event.ctrlKey && !event.altKey && !event.metaKey && zones.some(function (_, number) { return standsOut(number); })) {
    event.preventDefault();
    step(event.shiftKey ? -1 : 1, standsOut);
  }
  if (event.key === "Enter") pick();
});
document.addEventListener("keydown", function (event) {
  if (event.key !== "Escape" || tip.style.display !== "block") return;
  hide();
  if (document.activeElement === document.body || element.contains(document.activeElement)) element.focus({preventScroll: true});
});
map.on("movestart", hide);

function select(index) {
  current = index;
  hide();
  var variable = data.variables[index];
  document.getElementById("summary").textContent = variable.summary || "";
  zones.forEach(function (layer, number) {
    layer.options.fillColor = paints[variable.paint[number]];
  });
  group.invoke("redraw");
  var heading = document.createElement("h2"), list = document.createElement("ul");
  heading.textContent = variable.heading;
  variable.legend.forEach(function (entry) {
    var item = document.createElement("li"), box = document.createElement("canvas");
    box.width = 26; box.height = 17;
    var ink = box.getContext("2d");
    ink.fillStyle = paints[entry.paint];
    ink.fillRect(0, 0, 26, 17);
    var count = document.createElement("small");
    count.textContent = "(" + write(entry.count, 0) + ")";
    item.append(box, line(entry.text), count);
    list.append(item);
  });
  var services = data.services.filter(function (service) { return service.kind === variable.kind; });
  if (services.length) {
    var item = document.createElement("li"), dot = document.createElement("i");
    dot.className = services.length > many ? "dot many" : "dot";
    item.append(dot, line(variable.places + " (" + write(services.length, 0) + ")"));
    list.append(item);
  }
  legend.replaceChildren(heading, list);
  points.clearLayers();
  services.forEach(function (service) {
    L.circleMarker([service.at[1], service.at[0]], {radius: 6, weight: 2, color: "#ffffff", fillColor: "#1d1d1b", fillOpacity: 1})
      .on("mouseover click", function (event) {
        var parts = [line(service.name || variable.label, true), line(variable.label)];
        if (service.capacity !== null) parts.push(line(", " + data.capacity + " " + write(service.capacity, 0)));
        put(event, parts);
      }).on("mouseout", hide).addTo(points);
  });
  thin();
  table(variable);
}
// Thousands of points would blacken the map; nearer by, each has room again.
function thin() {
  if (points.getLayers().length <= many) return;
  var near = map.getZoom() - (map.getSize().x < 600 ? 13 : 12.5);
  var radius = near >= 2 ? 4 : near >= 0 ? 2 : near >= -2 ? 1 : 0.8, strength = near >= 0 ? 0.9 : near >= -1.5 ? 0.5 : 0.22;
  points.eachLayer(function (point) {
    point.setStyle({weight: 0, fillOpacity: strength}).setRadius(radius);
  });
}
map.on("zoomend", thin);
function table(variable) {
  var body = document.querySelector("#rows tbody"), most = 400;
  var rows = zones.map(function (_, number) { return number; });
  if (variable.values) rows.sort(function (a, b) {
    var one = variable.values[a], two = variable.values[b];
    return (two === null ? -Infinity : two) - (one === null ? -Infinity : one) || a - b;
  });
  body.replaceChildren.apply(body, rows.slice(0, most).map(function (number) {
    var row = document.createElement("tr"), name = document.createElement("th"), cell = document.createElement("td");
    name.scope = "row";
    name.style.fontWeight = "normal";
    name.textContent = data.names[number];
    cell.textContent = [capital(figure(variable, number))].concat(told(variable, number)).join(" · ");
    row.append(name, cell);
    return row;
  }));
  if (rows.length > most) {
    var row = document.createElement("tr"), cell = document.createElement("td");
    cell.colSpan = 2;
    cell.textContent = data.more;
    row.append(cell);
    body.append(row);
  }
}
document.getElementById("jump").hidden = !data.variables.some(function (variable) { return variable.standing; });
data.variables.forEach(function (variable, index) {
  var option = document.createElement("option");
  option.value = index;
  option.textContent = variable.label;
  what.append(option);
});
what.addEventListener("change", function () { select(Number(what.value)); });
if (data.variables.length < 2) what.parentNode.firstElementChild.hidden = what.hidden = true;
select(0);
document.documentElement.dataset.ready = "yes";
