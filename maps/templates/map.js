var data = JSON.parse(document.getElementById("payload").textContent);
var element = map.getContainer(), legend = document.getElementById("legend");
var tip = document.getElementById("tip"), what = document.getElementById("what");
element.setAttribute("role", "application");
element.setAttribute("aria-label", document.querySelector("h1").textContent);
if (window.innerWidth > 600) element.appendChild(legend);
else document.body.insertBefore(legend, element);
element.appendChild(tip);
var format = function (digits, percent) {
  return new Intl.NumberFormat(data.language, percent
    ? {style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits}
    : {minimumFractionDigits: digits, maximumFractionDigits: digits});
};

// A pattern is a small canvas; the canvas renderer takes it as a colour.
function pattern(paint) {
  if (!paint.pattern) return paint.color;
  var tile = document.createElement("canvas"), size = 7;
  tile.width = tile.height = size;
  var ink = tile.getContext("2d");
  ink.fillStyle = paint.pattern === "hatch" ? "#ffffff" : paint.color;
  ink.fillRect(0, 0, size, size);
  ink.strokeStyle = ink.fillStyle = paint.pattern === "hatch" ? paint.color : "#1d1d1b";
  ink.lineWidth = 1.1;
  if (paint.pattern === "hatch") {
    [-size, 0, size].forEach(function (x) {
      ink.beginPath(); ink.moveTo(x, size); ink.lineTo(x + size, 0); ink.stroke();
    });
  } else ink.fillRect(2, 2, 1.6, 1.6);
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
  (data.background[name] || []).forEach(function (shape) {
    var layer = lines ? L.polyline(ring(shape), style) : L.polygon(shape.map(ring), style);
    layer.addTo(map);
  });
}
map.createPane("above").style.zIndex = 450;
var above = L.canvas({pane: "above", padding: 0.3});
backdrop("border", {fillColor: data.colours.land, fillOpacity: 1, weight: 1, color: data.colours.border, interactive: false});
backdrop("water", {fillColor: data.colours.water, fillOpacity: 1, weight: 0, interactive: false});

var zones = data.shapes.map(function (shape, number) {
  var layer = L.polygon(place(shape), {stroke: data.stroke > 0, weight: data.stroke, color: "#6f6a60", opacity: 0.6, fillOpacity: 0.92});
  layer.number = number;
  layer.on("mouseover click", show).on("mouseout", hide);
  return layer;
});
var group = L.featureGroup(zones).addTo(map);
backdrop("network", {weight: 1, color: data.colours.street, opacity: 0.8, interactive: false}, true);
// The page may get its size after the map is made, or change it: the town stays in sight.
var touched = false;
function fit() {
  map.invalidateSize({animate: false});
  if (!touched) map.fitBounds(group.getBounds(), {padding: [8, 8], animate: false});
}
["mousedown", "wheel", "touchstart", "keydown"].forEach(function (name) {
  element.addEventListener(name, function () { touched = true; });
});
fit();
new ResizeObserver(fit).observe(element);
[["in", data.zoom[0]], ["out", data.zoom[1]]].forEach(function (pair) {
  var button = element.querySelector(".leaflet-control-zoom-" + pair[0]);
  button.title = pair[1];
  button.setAttribute("aria-label", pair[1]);
});
L.control.scale({imperial: false}).addTo(map);
var current = 0, points = L.layerGroup().addTo(map);

function figure(variable, number) {
  var reason = variable.reason[number];
  if (reason) return data.reasons[reason];
  if (variable.names) return variable.names[variable.classes[number]];
  return format(variable.digits, variable.percent).format(variable.values[number]) + (variable.unit ? "\u00a0" + variable.unit : "");
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
  tip.style.top = (at.y + tip.offsetHeight + 24 > size.y ? at.y - tip.offsetHeight - 10 : at.y + 14) + "px";
}
function show(event) {
  var number = event.target.number, variable = data.variables[current];
  var parts = [line(data.names[number], true), line(variable.label + ": " + figure(variable, number))];
  if (variable.values && variable.names && !variable.reason[number]) {
    parts.push(document.createElement("br"));
    parts.push(line(data.own + ": " + format(variable.digits, variable.percent).format(variable.values[number]) + (variable.unit ? "\u00a0" + variable.unit : "")));
  }
  put(event, parts);
}
function hide() { tip.style.display = "none"; }

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
    box.width = 22; box.height = 15;
    var ink = box.getContext("2d");
    ink.fillStyle = paints[entry.paint];
    ink.fillRect(0, 0, 22, 15);
    var count = document.createElement("small");
    count.textContent = "(" + format(0).format(entry.count) + ")";
    item.append(box, line(entry.text), count);
    list.append(item);
  });
  var services = data.services.filter(function (service) { return service.kind === variable.kind; });
  if (services.length) {
    var item = document.createElement("li"), dot = document.createElement("i");
    dot.className = "dot";
    item.append(dot, line(variable.label + " (" + format(0).format(services.length) + ")"));
    list.append(item);
  }
  legend.replaceChildren(heading, list);
  points.clearLayers();
  services.forEach(function (service) {
    L.circleMarker([service.at[1], service.at[0]], {renderer: above, pane: "above", radius: services.length > 300 ? 1 : 6, weight: services.length > 300 ? 0 : 2, color: "#ffffff", fillColor: "#1d1d1b", fillOpacity: 1})
      .on("mouseover click", function (event) {
        var parts = [line(service.name || variable.label, true), line(variable.label)];
        if (service.capacity !== null) parts.push(line(", " + data.capacity + " " + format(0).format(service.capacity)));
        put(event, parts);
      }).on("mouseout", hide).addTo(points);
  });
  table(variable);
}
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
    cell.textContent = figure(variable, number);
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
