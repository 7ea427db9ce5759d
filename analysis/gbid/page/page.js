// SPDX-License-Identifier: MIT
// SPDX-FileCopyrightText: Gradient Bidding contributors
//
// Draws the page from its JSON: one function a panel, charts by Observable Plot.
"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const PAGE = document.getElementById("page");
const DASHES = ["", "7 3", "8 3 2 3", "2 2.5", "10 3 2 3 2 3", "4 4"];  // never colour alone
const SYMBOLS = ["circle", "square", "triangle", "diamond", "times", "plus"];
const WIDE = 720;

// --- Text and elements ---------------------------------------------------------------------------

const el = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    key.startsWith("on") ? node.addEventListener(key.slice(2), value) : node.setAttribute(key, value);
  node.append(...children.filter(child => child != null));
  return node;
};
const number = x => {
  if (x == null) return "–";
  if (typeof x !== "number") return String(x);
  if (Number.isInteger(x) && Math.abs(x) < 1e9) return String(x);
  const size = Math.abs(x);
  return size < 1e-12 ? (x === 0 ? "0" : "< 1e-12") : size < 1e-3 || size >= 1e6 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
};
const interval = pair => pair && pair[0] != null ? ` [${number(pair[0])}, ${number(pair[1])}]` : "";
const estimate = e => e && e.count > 0 ? number(e.median) + interval(e.median_interval) : "–";
const sentence = text => text ? text[0].toUpperCase() + text.slice(1) : "";
const words = name => sentence(name.replaceAll("_", " "));
const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const color = name => {
  const light = DATA.colors[Math.max(0, regimes().indexOf(name)) % DATA.colors.length];
  return isDark() ? d3.interpolateRgb(light, "#ffffff")(0.3) : light;
};
const regimes = () => DATA.regimes || [];
const dash = name => DASHES[Math.max(0, regimes().indexOf(name)) % DASHES.length];

function table(columns, rows, options = {}) {
  const isNumber = columns.map((_, c) => rows.some(row => typeof row[c] === "number"));
  const head = columns.map((name, c) => el("th", {scope: "col", class: isNumber[c] ? "number" : ""}, options.heading ? options.heading(name, c) : name));
  const body = rows.map((row, r) => {
    const line = el("tr", {}, ...row.map((cell, c) => el("td", {class: isNumber[c] ? "number" : columns[c] === "why not" ? "wide" : ""}, cell instanceof Node ? cell : number(cell))));
    if (options.row) options.row(line, r);
    return line;
  });
  return el("div", {class: "scroll"}, el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body)));
}

function section(title, note, ...children) {
  const node = el("section", {}, el("h2", {}, title), note ? el("p", {class: "note"}, note) : null, ...children);
  PAGE.append(node);
  return node;
}

function legend(names = regimes()) {
  const sample = name => {
    const svg = d3.create("svg").attr("width", 34).attr("height", 10).attr("aria-hidden", "true");
    svg.append("line").attr("x1", 0).attr("x2", 34).attr("y1", 5).attr("y2", 5).attr("stroke", color(name)).attr("stroke-width", 3).attr("stroke-dasharray", dash(name));
    return svg.node();
  };
  return el("div", {class: "legend"}, ...names.map(name => el("span", {}, sample(name), name)));
}

/// A chart that is drawn as wide as its place, and again when that or the colours change.
function chart(describe, draw) {
  const host = el("figure", {role: "group", "aria-label": describe});
  let width = 0;
  const redraw = () => { if (width) host.replaceChildren(draw(width)); };
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now && now !== width) { width = now; redraw(); }
  }).observe(host);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  return host;
}
const plot = (label, options) => Plot.plot({ariaLabel: label, style: {background: "transparent", fontSize: "13px", overflow: "visible"}, ...options, tip: undefined});
const paper = () => getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
const tip = () => ({fill: paper(), fontSize: 13, lineWidth: 24, pathFilter: "none", stroke: "currentColor"});

function selector(text, names, change, label = x => x, chosen = 0) {
  const list = el("select", {onchange: event => change(Number(event.target.value))}, ...names.map((name, k) => el("option", {value: k, ...(k === chosen ? {selected: ""} : {})}, label(name))));
  return el("label", {}, text + " ", list);
}

// --- The head of every page ----------------------------------------------------------------------

function head(answer, badge, isGood, why) {
  PAGE.append(el("h1", {}, DATA.title), el("p", {class: "answer"}, answer));
  if (badge) PAGE.append(el("p", {}, el("span", {class: "badge " + (isGood ? "good" : "alarm")}, badge)));
  if (why && why.length) PAGE.append(el("ul", {class: "caveats"}, ...why.map(text => el("li", {}, sentence(text)))));
  if (DATA.status && DATA.status !== "complete") PAGE.append(el("p", {class: "badge alarm"}, `The file is ${DATA.status}`));
}

function foot() {
  const about = DATA.about;
  if (about)
    section("Repeat it", null,
      table(["what", "value"], [["command", el("code", {}, about.command_line)], ["seed", el("code", {}, String(about.seed))],
        ["scenario, SHA-256", el("code", {}, about.scenario_sha256)], ["version", `gbid ${about.gbid_version}, ${about.build}`], ["created", about.created]]));
  const notes = [...(DATA.thinned || []), `drawn by gbid ${DATA.gbid} with Observable Plot ${Plot.version} and d3 ${d3.version}`];
  PAGE.append(el("p", {class: "note", style: "margin-top:32px"}, notes.map(sentence).join(". ") + "."));
}

// --- A run ---------------------------------------------------------------------------------------

function run() {
  const report = DATA.report, verdicts = report.verdicts;
  const isQuotable = verdicts.every(v => v.is_quotable);
  const obstacles = [...new Set(verdicts.flatMap(v => v.obstacles))];
  const [answer, ...more] = verdicts.flatMap(v => v.sentence.split(/(?<=\.) (?=\D)/));
  const isRefused = report.comparisons.length > 0 && !isQuotable;  // no number in the headline that may not be quoted
  if (isRefused) more.unshift(`as the file stands: ${answer}`);
  head(isRefused ? `No price of anarchy may be quoted yet: ${obstacles[0]}.` : answer, isQuotable ? "May be quoted, with the caveats below" : "Not to be quoted yet", isQuotable, [...more, ...obstacles]);
  if (report.caveats.length)
    section("Before quoting these numbers", null, el("ul", {class: "caveats"},
      ...report.caveats.map((text, k) => el("li", {}, sentence(text), report.cures[k] ? el("span", {class: "cure"}, " → " + report.cures[k]) : ""))));
  trajectories();
  games(report);
  family();
  certificates(report);
  ends(report);
  if (DATA.differs.length)
    section("What differs from the defaults", "Where a key has no default, from the scenario that gbid init writes.", table(["key", "here", "default"], DATA.differs.map(d => [el("code", {}, d.key), d.value, d.default])));
  foot();
}

function lines(series, label, width, height = 360) {
  const isOfUpdates = series.lines.every(line => line.x.every(x => x != null));
  const rows = series.lines.flatMap(line => line.x.map((x, k) => ({regime: line.regime, x: isOfUpdates ? x : line.step[k], low: line.low[k], middle: line.middle[k], high: line.high[k]})));
  const units = series.units ? ` [${series.units}]` : "";
  const own = rows.filter(row => row.middle != null);
  const [least, most] = [d3.min(own, row => row.low), d3.max(own, row => row.high)];
  const isNarrow = most - least < 1e-3 * Math.max(Math.abs(most), Math.abs(least));  // its ticks need many digits
  const each = series.lines.map(line => own.filter(row => row.regime === line.regime));
  return plot(label, {
    width, height, marginLeft: isNarrow ? 98 : 58, marginRight: 24, marginTop: 34, marginBottom: 42,
    x: {label: isOfUpdates ? "Updates per agent" : "Step", labelAnchor: "center", labelArrow: "none", ticks: width < WIDE ? 4 : 8},
    y: {label: words(series.name) + units, grid: true, nice: true, ticks: 6, labelArrow: "none"},
    marks: [
      Plot.areaY(own, {x: "x", y1: "low", y2: "high", z: "regime", fill: d => color(d.regime), fillOpacity: 0.18}),
      ...each.filter(e => e.length).map(e => Plot.line(e, {x: "x", y: "middle", stroke: color(e[0].regime), strokeWidth: 2.2, strokeDasharray: dash(e[0].regime)})),
      ...each.filter(e => e.length === 1).map(e => Plot.dot(e, {x: "x", y: "middle", fill: color(e[0].regime), r: 4})),
      Plot.tip(own, Plot.pointer({x: "x", y: "middle", ...tip(), title: d => `${d.regime}\n${isOfUpdates ? "updates per agent" : "step"} ${number(d.x)}\nmedian ${number(d.middle)}\n5–95% ${number(d.low)} to ${number(d.high)}`})),
    ],
  });
}

function trajectories() {
  if (!DATA.series.length) return;
  let shown = 0;
  const place = el("div", {}), note = el("p", {class: "note"});
  const show = k => {
    shown = k;
    const series = DATA.series[k];
    note.textContent = `${sentence(series.label)}. Lines are medians, bands 5–95%, over trials and whatever else the variable is over.`;
    place.replaceChildren(chart(`${words(series.name)} against updates per agent`, width => lines(series, words(series.name), width)));
  };
  const choice = DATA.series.length > 1 ? selector("Variable", DATA.series, show, s => words(s.name)) : null;
  section(`${words("welfare")} and other records along the way`, null, legend(), choice, note, place);
  show(shown);
}

function games(report) {
  const rows = [], bands = [];
  const hasPrice = report.comparisons.some(pair => pair.price_of_anarchy.some(x => x != null));
  const name = hasPrice ? "price_of_anarchy" : "welfare_gap";
  for (const pair of report.comparisons) {
    pair[name].forEach((x, trial) => { if (x != null) rows.push({regime: pair.equilibrium, trial, x, isConverged: pair.is_converged[trial]}); });
    const found = pair[name + "_estimate"];
    if (found.count > 0) bands.push({regime: pair.equilibrium, middle: found.median, low: found.median_interval[0], high: found.median_interval[1], count: found.count});
  }
  if (!rows.length) return;
  if (rows.length === 1 || d3.extent(rows, row => row.x).reduce((a, b) => b - a) === 0) return;  // a dot says no more than the sentence above
  const label = hasPrice ? "Price of anarchy (1 is no loss)" : `Welfare gap${report.welfare_units === "1" ? "" : ` [${report.welfare_units}]`} (0 is no loss)`;
  section(hasPrice ? "Price of anarchy of every trial" : "Welfare gap of every trial", "A dot a trial; hollow: an end had not settled. The bar is the median with its 95% bootstrap interval.",
    chart(label, width => plot(label, {
      width, height: 70 + 74 * bands.length, marginLeft: Math.min(150, width / 4), marginBottom: 42, marginRight: 24,
      x: {label, labelAnchor: "center", labelArrow: "none", nice: true, ticks: width < WIDE ? 4 : 8}, y: {label: null, domain: bands.map(b => b.regime), tickSize: 0},
      marks: [
        Plot.ruleX([hasPrice ? 1 : 0].filter(zero => d3.min(rows, r => r.x) - zero < 3 * (d3.max(rows, r => r.x) - d3.min(rows, r => r.x))), {strokeDasharray: "3 3", strokeOpacity: 0.6}),
        Plot.link(bands.filter(b => b.low != null), {x1: "low", x2: "high", y1: "regime", y2: "regime", stroke: d => color(d.regime), strokeWidth: 7, strokeOpacity: 0.35, dy: 16}),
        Plot.dot(bands, {x: "middle", y: "regime", symbol: "diamond", fill: d => color(d.regime), r: 6, dy: 16}),
        Plot.dot(rows, Plot.dodgeY ? {x: "x", y: "regime", stroke: d => color(d.regime), fill: d => d.isConverged ? color(d.regime) : "none", fillOpacity: 0.5, r: 4, dy: -8} : {}),
        Plot.tip(rows, Plot.pointer({x: "x", y: "regime", dy: -8, ...tip(), title: d => `${d.regime}, trial ${d.trial}\n${number(d.x)}${d.isConverged ? "" : "\nnot settled"}`})),
      ],
    })));
}

function certificates(report) {
  if (!report.equilibria) return;
  section("Certificates", `An end passes if no agent gains more than ${number(report.equilibria.tolerance)} of the mean absolute payoff. Gains that were searched for are lower bounds; proved ends are bounded from above.`,
    table(["regime", "ends", "passed", "proved", "NashConv (median)", "relative gain (median)", "best responses"], report.equilibria.regimes.map(r =>
      [r.name, r.examined, r.equilibria, r.proved, estimate(r.nash_conv_estimate), estimate(r.relative_gain_estimate), r.is_exact ? "exact" : `searched, ${r.search_starts} starts an agent`])));
}

function ends(report) {
  const units = report.welfare_units === "1" ? "" : ` [${report.welfare_units}]`;
  section("Where the regimes ended", `Welfare${units}: ${report.welfare_name}; higher is better. Medians with 95% bootstrap intervals.`,
    table(["regime", "objective", "schedule", "trials", "settled", "welfare"], report.regimes.map(r => [r.name, r.objective, r.schedule, r.counted, r.settled, estimate(r.welfare_estimate)])));
}

// --- Panels of a family --------------------------------------------------------------------------

const PANELS = {
  bid_functions: ["Bid functions", "Bids over types, a line an agent; dashed in the colour of the text, the known equilibrium.", bidFunctions],
  network: ["The road network", "Links as wide as their flow; the stronger their colour, the more a trip costs. Filled nodes are origins and destinations.", network],
  portrait: ["Phase portrait", "The first agent's strategy against the second's. A dot marks the end, a cross the known equilibrium.", portrait],
  market: ["Who buys from whom", null, market],
  masks: ["Masks", "How much of each input the first layer lets through, averaged over its neurons, and the share of open connections by layer.", masks],
};

function family() {
  for (const [kind, [title, note, draw]] of Object.entries(PANELS)) {
    const panels = DATA.family.filter(panel => panel.panel === kind);
    if (!panels.length) continue;
    section(title, note || marketNote(panels), el("div", {class: "grid"}, ...panels.map(panel =>
      el("div", {class: "panel"}, el("h3", {}, `${panel.regime}, trial ${panel.trial}`), chart(`${title}, ${panel.regime}`, width => draw(panel, Math.min(width, 520)))))));
  }
}

const marketNote = panels => `Links as wide as the ${panels[0].what}. ` + (panels[0].is_between_agents ? "Arrows point at the agent that is bought from." : "Bidders at the left, sellers at the right.");

function bidFunctions(panel, width) {
  const own = panel.agents.flatMap((agent, k) => agent.value.map((value, i) => ({agent: k, value, bid: agent.bid[i], known: agent.known[i]})));
  const shades = d3.quantize(t => d3.interpolateRgb(color(panel.regime), isDark() ? "#ffffff" : "#000000")(0.55 * t), Math.max(2, panel.agents.length));
  const units = panel.units && panel.units !== "1" ? ` [${panel.units}]` : "";
  return plot("Bids over types", {
    width, height: Math.min(360, width * 0.85), marginLeft: 50, marginBottom: 40,
    x: {label: "Type" + units, labelAnchor: "center", labelArrow: "none", ticks: 5, nice: true}, y: {label: "Bid" + units, grid: true, labelArrow: "none", ticks: 5, nice: true},
    marks: [
      ...panel.agents.map((_, k) => Plot.line(own.filter(d => d.agent === k), {x: "value", y: "bid", stroke: shades[k], strokeWidth: 2.4})),
      ...panel.agents.map((_, k) => Plot.line(own.filter(d => d.agent === k && d.known != null), {x: "value", y: "known", stroke: "currentColor", strokeWidth: 1.3, strokeDasharray: "5 4"})),
      Plot.tip(own, Plot.pointer({x: "value", y: "bid", ...tip(), title: d => `agent ${d.agent}\ntype ${number(d.value)}\nbid ${number(d.bid)}${d.known == null ? "" : `\nequilibrium ${number(d.known)}`}`})),
    ],
  });
}

/// Nodes in columns by their distance from the origins, spread by a simulation that starts alike each time.
function placed(panel) {
  const ids = [...new Set(panel.links.flatMap(link => [link.from, link.to]))].sort(d3.ascending);
  const depth = new Map(panel.origins.map(id => [id, 0]));
  for (let changed = true; changed;) {
    changed = false;
    for (const {from, to} of panel.links)
      if (depth.has(from) && !depth.has(to)) { depth.set(to, depth.get(from) + 1); changed = true; }
  }
  const nodes = ids.map((id, k) => ({id, x: 100 * (depth.get(id) ?? 0), y: 60 * (k % 7)}));
  const at = new Map(nodes.map(node => [node.id, node]));
  d3.forceSimulation(nodes).force("x", d3.forceX(node => 100 * (depth.get(node.id) ?? 0)).strength(0.9)).force("y", d3.forceY(0).strength(0.05))
    .force("apart", d3.forceManyBody().strength(-220)).force("links", d3.forceLink(panel.links.map(l => ({source: at.get(l.from), target: at.get(l.to)}))).distance(90).strength(0.12)).stop().tick(300);
  return at;
}

function network(panel, width) {
  const at = placed(panel), most = d3.max(panel.links, link => link.flow) || 1;
  const costs = d3.extent(panel.links, link => link.cost), nodes = [...at.values()];
  const ends = new Set([...panel.origins, ...panel.destinations]);
  const strength = link => costs[1] > costs[0] ? 0.35 + 0.65 * (link.cost - costs[0]) / (costs[1] - costs[0]) : 0.8;
  const links = panel.links.map(link => ({...link, x1: at.get(link.from).x, y1: at.get(link.from).y, x2: at.get(link.to).x, y2: at.get(link.to).y}));
  const few = nodes.length <= 30, name = color(panel.regime);
  return plot("Road network", {
    width, height: Math.min(360, width * 0.7), margin: 26, x: {axis: null}, y: {axis: null},
    marks: [
      Plot.arrow(links, {x1: "x1", y1: "y1", x2: "x2", y2: "y2", bend: few ? 12 : 0, inset: few ? 13 : 4, headLength: 6, stroke: link => link.flow > 0 ? name : "#9a9a9a", strokeOpacity: strength, strokeWidth: link => 0.8 + 6 * link.flow / most}),
      Plot.dot(nodes, {x: "x", y: "y", r: few ? 12 : 4, fill: node => ends.has(node.id) ? "currentColor" : paper(), stroke: "currentColor"}),
      few ? Plot.text(nodes, {x: "x", y: "y", text: node => String(node.id), fill: node => ends.has(node.id) ? paper() : "currentColor", fontWeight: 600}) : null,
      Plot.tip(links, Plot.pointer({x: d => (d.x1 + d.x2) / 2, y: d => (d.y1 + d.y2) / 2, ...tip(), title: d => `${d.from} → ${d.to}\nflow ${number(d.flow)}${panel.units ? " " + panel.units : ""}\ncost ${number(d.cost)}`})),
    ],
  });
}

function portrait(panel, width) {
  const path = panel.path.map(([x, y], k) => ({x, y, k})), known = panel.known.length && panel.known[0] != null ? [{x: panel.known[0], y: panel.known[1]}] : [];
  return plot("Phase portrait", {
    width, height: Math.min(340, width * 0.9), marginLeft: 50, marginBottom: 40, grid: true,
    x: {label: "Strategy of agent 0", labelAnchor: "center", labelArrow: "none", ticks: 5, nice: true}, y: {label: "Strategy of agent 1", labelArrow: "none", ticks: 5, nice: true},
    marks: [
      Plot.line(path, {x: "x", y: "y", stroke: color(panel.regime), strokeWidth: 1.4}),
      Plot.dot(known, {x: "x", y: "y", symbol: "times", r: 7, stroke: "currentColor", strokeWidth: 2}),
      Plot.dot(path.slice(-1), {x: "x", y: "y", r: 5, fill: color(panel.regime), stroke: paper()}),
      Plot.tip(path, Plot.pointer({x: "x", y: "y", ...tip(), title: d => `record ${d.k} of ${path.length}\n(${number(d.x)}, ${number(d.y)})`})),
    ],
  });
}

function market(panel, width) {
  const round = (k, count) => ({x: Math.sin(2 * Math.PI * k / count), y: Math.cos(2 * Math.PI * k / count)});
  const side = (k, count, x) => ({x, y: count > 1 ? 1 - 2 * k / (count - 1) : 0});
  const buyer = k => panel.is_between_agents ? round(k, panel.buyers) : side(k, panel.buyers, -1);
  const seller = k => panel.is_between_agents ? round(k, panel.sellers) : side(k, panel.sellers, 1);
  const traders = [...d3.range(panel.buyers).map(k => ({...buyer(k), name: panel.is_between_agents ? String(k) : `b${k}`})), ...(panel.is_between_agents ? [] : d3.range(panel.sellers).map(k => ({...seller(k), name: `s${k}`})))];
  const most = d3.max(panel.links, link => link.weight) || 1, few = traders.length <= 24;
  const links = panel.links.filter(l => !panel.is_between_agents || l.buyer !== l.seller).map(link => ({...link, x1: buyer(link.buyer).x, y1: buyer(link.buyer).y, x2: seller(link.seller).x, y2: seller(link.seller).y}));
  const own = panel.is_between_agents ? panel.links.filter(l => l.buyer === l.seller) : [];
  return plot("Market graph", {
    width, height: Math.min(380, width), margin: 28, x: {axis: null, domain: [-1.1, 1.1]}, y: {axis: null, domain: [-1.1, 1.1]},
    marks: [
      Plot.arrow(links, {x1: "x1", y1: "y1", x2: "x2", y2: "y2", bend: panel.is_between_agents ? 15 : 0, inset: few ? 12 : 3, headLength: panel.is_between_agents ? 6 : 0, stroke: color(panel.regime), strokeOpacity: 0.7, strokeWidth: link => 0.6 + 5 * link.weight / most}),
      Plot.dot(own, {x: l => buyer(l.buyer).x, y: l => buyer(l.buyer).y, r: few ? 15 : 6, stroke: color(panel.regime), strokeWidth: l => 0.6 + 5 * l.weight / most}),
      Plot.dot(traders, {x: "x", y: "y", r: few ? 11 : 3.5, fill: paper(), stroke: "currentColor"}),
      few ? Plot.text(traders, {x: "x", y: "y", text: "name", fontWeight: 600}) : null,
      Plot.tip(panel.links, Plot.pointer({x: l => (buyer(l.buyer).x + seller(l.seller).x) / 2, y: l => (buyer(l.buyer).y + seller(l.seller).y) / 2, ...tip(), title: l => `${l.buyer} buys from ${l.seller}\nbid ${number(l.bid)}\n${panel.what} ${number(l.weight)}`})),
    ],
  });
}

function masks(panel, width) {
  const layers = plot("Open connections by layer", {
    width, height: 60 + 30 * panel.open.length, marginBottom: 42, marginLeft: 62, marginRight: 48, x: {label: "Open connections", percent: true, domain: [0, 100], ticks: 5, labelAnchor: "center", labelArrow: "none"}, y: {label: null},
    marks: [Plot.barX(panel.open, {x: d => d, y: (_, k) => `layer ${k}`, fill: color(panel.regime)}), Plot.text(panel.open, {x: d => d, y: (_, k) => `layer ${k}`, text: d => `${(100 * d).toFixed(1)}%`, textAnchor: "start", dx: 5})],
  });
  if (!panel.image.length) return layers;
  const edge = Math.min(width, 300);
  const image = plot("Mean mask of every pixel", {
    width: edge, height: edge, margin: 4, x: {axis: null, round: false}, y: {axis: null, round: false}, color: {scheme: isDark() ? "viridis" : "cividis", legend: true, label: "mean mask", width: edge},
    marks: [Plot.cell(panel.image, {x: (_, k) => k % panel.side, y: (_, k) => Math.floor(k / panel.side), fill: d => d, inset: -0.3})],
  });
  return el("div", {}, image, layers);
}

// --- A sweep -------------------------------------------------------------------------------------

function sweep() {
  const points = DATA.points, good = points.filter(point => !point.reasons.length);
  const known = q => d3.sum(good.length ? good : points, point => Object.values(q.columns).filter(column => point[column] != null).length / Object.keys(q.columns).length);
  let quantity = d3.maxIndex(DATA.quantities.slice(0, -1), known);  // the last is welfare, which answers another question
  if (!(quantity >= 0)) quantity = 0;
  const first = DATA.quantities[quantity];
  const failed = points.filter(point => point.status !== "complete").length;
  const column = Object.values(first.columns)[0];
  const values = good.map(point => point[column]).filter(x => x != null);
  const over = `${points.length} point${points.length === 1 ? "" : "s"} over ${DATA.keys.join(", ")}`;
  const range = values.length ? `${first.title} from ${number(d3.min(values))} to ${number(d3.max(values))} at the ${values.length} of ${over} that may be quoted.`
    : `No point has a ${first.title.toLowerCase()} that may be quoted, of ${over}.`;
  const reasons = d3.rollups(points.flatMap(point => [...new Set(point.reasons.map(generic))]), group => group.length, text => text).map(([text, count]) => `${text}: ${count} of ${points.length} points`);
  head(range, good.length === points.length ? "All points may be quoted" : `${points.length - good.length} of ${points.length} points are not to be quoted`, good.length === points.length, [...(first.note ? [first.note] : []), ...reasons]);

  let chosen = (points.find(p => DATA.paths[p.point]) || points[0]).point;
  const detail = el("div", {"aria-live": "polite"}), map = el("div", {}), list = el("div", {});
  const filters = {};
  let order = {name: "point", isUp: true};
  const pick = point => { chosen = point; showDetail(); showTable(); };
  const shown = () => points.filter(point => Object.entries(filters).every(([key, value]) => point[key] === value));

  const showMap = () => map.replaceChildren(chart(DATA.quantities[quantity].label, width => {
    const graph = (DATA.keys.length > 1 ? heat : curve)(DATA.quantities[quantity], shown(), width);
    graph.addEventListener("click", () => { if (graph.value) pick(graph.value.point); });
    graph.style.cursor = "pointer";
    return graph;
  }));
  const showDetail = () => {
    const point = points.find(p => p.point === chosen), path = DATA.paths[chosen];
    const place = DATA.keys.map(key => `${key} = ${number(point[key])}`).join(", ");
    detail.replaceChildren(el("h3", {}, `Point ${chosen}: ${place}`), el("p", {class: "note"}, point.reasons.length ? "Not to be quoted: " + point.reasons.join("; ") + "." : "May be quoted."),
      path ? chart(`Welfare at point ${chosen}`, width => lines(path, "Welfare", width, 280)) : el("p", {}, "No trajectories of this point are on the page."));
  };
  const columns = ["point", ...DATA.keys, "quotable", ...[...new Set(DATA.quantities.flatMap(q => Object.values(q.columns)))], "status", "seconds", "why not"];
  const cell = (point, name) => name === "quotable" ? (point.reasons.length ? "no" : "yes") : name === "why not" ? point.reasons.join("; ") : point[name] ?? null;
  const showTable = () => {
    const sorted = d3.sort(shown(), (a, b) => (order.isUp ? 1 : -1) * d3.ascending(cell(a, order.name), cell(b, order.name)));
    list.replaceChildren(table(columns, sorted.map(point => columns.map(name => cell(point, name))), {
      heading: name => el("button", {type: "button", title: "sort", onclick: () => { order = {name, isUp: order.name === name ? !order.isUp : true}; showTable(); }}, name + (order.name === name ? (order.isUp ? " ↑" : " ↓") : "")),
      row: (line, r) => {
        line.tabIndex = 0;
        line.dataset.point = sorted[r].point;
        if (sorted[r].point === chosen) line.className = "chosen";
        line.addEventListener("click", () => pick(sorted[r].point));
        line.addEventListener("keydown", event => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          pick(sorted[r].point);
          list.querySelector(`tr[data-point="${chosen}"]`)?.focus();
        });
      },
    }));
  };
  const others = DATA.keys.slice(2).map(key => {
    const options = [...new Set(points.map(point => point[key]))];
    filters[key] = options[0];
    return selector(key, options, k => { filters[key] = options[k]; showMap(); showTable(); }, number);
  });
  section("By key", "Filled: may be quoted; hollow: not, and the table says why. Choose a point for its trajectories.", DATA.keys.length > 1 ? null : legend(),
    selector("Show", DATA.quantities, k => { quantity = k; showMap(); }, q => q.title, quantity), ...others, map);
  section("One point", null, legend(), detail);
  section("All points", "Choose a heading to sort.", list);
  section("Work", null, el("p", {}, `${number(d3.sum(points, p => p.seconds || 0))} s of processor time; ${failed} of ${points.length} points failed or were not run.`));
  showMap(); showDetail(); showTable();
  foot();
}

const generic = reason => reason.replace(/\b\d+ of \d+ (trials|ends)\b/, "some $1").replace(/^(failed|refused).*/, "$1");

function rowsOf(quantity, points) {
  return Object.entries(quantity.columns).flatMap(([regime, column]) => points.filter(point => point[column] != null)
    .map(point => ({point: point.point, regime, isGood: !point.reasons.length, reasons: point.reasons, value: point[column], low: point[column + "_low"], high: point[column + "_high"], keys: point})));
}
const hover = d => `point ${d.point}, ${d.regime}\n${DATA.keys.map(key => `${key} = ${number(d.keys[key])}`).join("\n")}\n${number(d.value)}${interval([d.low, d.high])}${d.isGood ? "" : "\nnot to be quoted: " + d.reasons[0]}`;

function curve(quantity, points, width) {
  const key = DATA.keys[0], rows = rowsOf(quantity, points), isText = typeof points[0][key] !== "number";
  const byRegime = d3.groups(rows, row => row.regime), missing = points.filter(point => !rows.some(row => row.point === point.point));
  return plot(quantity.title, {
    width, height: 380, marginLeft: 58, marginRight: 20, marginTop: 34, marginBottom: 48,
    x: {label: key, labelAnchor: "center", labelArrow: "none", ...(isText ? {type: "point"} : {ticks: [...new Set(points.map(p => p[key]))].length > 12 ? 8 : [...new Set(points.map(p => p[key]))], tickFormat: number, inset: 34, domain: d3.extent(points, point => point[key])})},
    y: {label: quantity.label, grid: true, nice: true, ticks: 6, labelArrow: "none"},
    marks: [
      Plot.text(missing, {x: key, frameAnchor: "bottom", text: () => "not defined", dy: -8, fontSize: 11, fillOpacity: 0.8}),
      quantity.neutral == null ? null : Plot.ruleY([quantity.neutral], {strokeDasharray: "3 3", strokeOpacity: 0.6}),
      ...byRegime.map(([regime, own]) => isText ? null : Plot.line(own, {x: d => d.keys[key], y: "value", stroke: color(regime), strokeDasharray: dash(regime), strokeWidth: 1.6, sort: d => d.keys[key]})),
      Plot.link(rows.filter(d => d.low != null), {x1: d => d.keys[key], x2: d => d.keys[key], y1: "low", y2: "high", stroke: d => color(d.regime), strokeWidth: 2, strokeOpacity: 0.55}),
      Plot.dot(rows, {x: d => d.keys[key], y: "value", r: 6, stroke: d => color(d.regime), strokeWidth: 2, fill: d => d.isGood ? color(d.regime) : paper()}),
      Plot.tip(rows, Plot.pointer({x: d => d.keys[key], y: "value", ...tip(), title: hover})),
    ].filter(Boolean),
  });
}

function heat(quantity, points, width) {
  const [x, y] = DATA.keys, rows = rowsOf(quantity, points), count = Object.keys(quantity.columns).length;
  const ys = new Set(points.map(point => point[y])).size;
  const ink = d => d3.lab(scale(d.value)).l > 60 ? "#111" : "#fff";
  const domain = d3.extent(rows, row => row.value);
  const scale = d3.scaleSequential(domain[0] === domain[1] ? [domain[0] - 1, domain[1] + 1] : domain, d3.interpolateCividis);
  const missing = Object.keys(quantity.columns).flatMap(regime => points.filter(point => !rows.some(row => row.point === point.point && row.regime === regime)).map(point => ({regime, keys: point, point: point.point, reasons: point.reasons, isGood: !point.reasons.length})));
  const isOne = count === 1, cellWidth = width / count / new Set(points.map(point => point[x])).size;
  return plot(quantity.title, {
    width, height: 90 + Math.max(44, Math.min(64, 320 / ys)) * ys, marginLeft: 62, marginBottom: 44, marginTop: isOne ? 24 : 44,
    x: {label: x, labelAnchor: "center", labelArrow: "none", tickFormat: number}, y: {label: y, reverse: true, tickFormat: number, labelArrow: "none"}, fx: {label: null, axis: isOne ? null : "top"},
    marks: [
      Plot.cell(rows, {x: d => d.keys[x], y: d => d.keys[y], fx: isOne ? undefined : "regime", fill: d => d.isGood ? scale(d.value) : paper(), stroke: d => scale(d.value), strokeWidth: 3, strokeDasharray: d => d.isGood ? "" : "5 3", inset: 3, rx: 3}),
      Plot.cell(missing, {x: d => d.keys[x], y: d => d.keys[y], fx: isOne ? undefined : "regime", fill: "none", stroke: "currentColor", strokeOpacity: 0.35, strokeDasharray: "2 3", inset: 3}),
      cellWidth < 90 ? null : Plot.text(missing, {x: d => d.keys[x], y: d => d.keys[y], fx: isOne ? undefined : "regime", text: () => "not defined", fillOpacity: 0.75}),
      cellWidth < 54 ? null : Plot.text(rows, {x: d => d.keys[x], y: d => d.keys[y], fx: isOne ? undefined : "regime", text: d => number(d.value), fill: d => d.isGood ? ink(d) : "currentColor"}),
      Plot.tip(rows, Plot.pointer({x: d => d.keys[x], y: d => d.keys[y], fx: isOne ? undefined : "regime", ...tip(), title: hover})),
    ].filter(Boolean),
  });
}

// --- A validation --------------------------------------------------------------------------------

function validation() {
  const isGood = DATA.passed === DATA.games;
  head(`${DATA.passed} of ${DATA.games} games with known answers come out within their allowed error.`, isGood ? "All pass" : `${DATA.games - DATA.passed} do not pass`, isGood,
    DATA.cases.filter(c => !c.passed).map(c => `${c.family}: ${c.game}${c.message ? ": " + c.message : ""}`));
  const tiles = DATA.families.map(name => {
    const cases = DATA.cases.filter(c => c.family === name);
    const checks = cases.flatMap(c => c.checks.filter(k => k.tolerance > 0).map(k => ({...k, game: c.game, source: c.source, share: (k.error ?? Infinity) / k.tolerance})));
    const least = d3.min(checks.filter(k => k.share > 0), k => k.share) ?? 1;
    const floor = Math.max(1e-12, 10 ** Math.floor(Math.log10(Math.min(least, 0.1))));
    const worst = d3.sort(checks, (a, b) => b.share - a.share).slice(0, 12).map((k, i) => ({...k, id: i, shown: Math.max(k.share, floor)}));
    const sources = [...new Set(cases.map(c => c.source))];
    return el("div", {class: "tile"}, el("h3", {}, `${words(name)}: ${cases.filter(c => c.passed).length} of ${cases.length} games`),
      chart(`Errors of ${name}`, width => plot(`Errors of ${name} divided by what is allowed`, {
        width, height: 60 + 34 * worst.length, marginLeft: 8, marginRight: 12, marginBottom: 40,
        x: {type: "log", domain: [floor, Math.max(2, d3.max(worst, d => d.shown) || 2)], label: "error divided by allowed error", labelAnchor: "center", labelArrow: "none", tickFormat: "~e", ticks: 4, grid: true}, y: {axis: null, domain: worst.map(d => d.id), type: "band"},
        marks: [
          Plot.ruleX([1], {stroke: isDark() ? "#ff9a57" : "#a84300", strokeDasharray: "4 3"}),
          Plot.barX(worst, {x1: () => floor, x2: "shown", y: "id", fill: d => d.passed ? DATA.colors[0] : DATA.colors[1], insetTop: 20, insetBottom: 5}),
          Plot.text(worst, {x: () => floor, y: "id", text: d => clip(`${d.game}: ${d.quantity}`, width / 7), textAnchor: "start", dy: -6}),
          Plot.tip(worst, Plot.pointerY({x: "shown", y: "id", ...tip(), lineWidth: 30, title: d => `${d.game}\n${d.quantity}\ncomputed ${number(d.computed)}, exact ${number(d.exact)}\nerror ${number(d.error)}, allowed ${number(d.tolerance)}\n${d.source}`})),
        ],
      })),
      el("p", {class: "note"}, (checks.length > worst.length ? `The ${worst.length} largest of ${checks.length} checks. ` : "") + (checks.some(k => k.share < floor) ? `Bars begin at ${number(floor)}; smaller errors have none.` : "")),
      el("details", {}, el("summary", {}, `References (${sources.length})`), el("ul", {class: "caveats"}, ...sources.map(source => el("li", {}, source)))));
  });
  section("Largest errors by family", "On a logarithmic scale; the dashed line is what is allowed.", el("div", {class: "tiles"}, ...tiles));
  foot();
}
const clip = (text, most) => text.length <= most ? text : text.slice(0, Math.max(1, Math.floor(most) - 1)) + "…";

// --- A comparison --------------------------------------------------------------------------------

function comparison() {
  const letter = k => String.fromCharCode(65 + k), clear = [];
  for (const row of DATA.statistics)
    row.differences.forEach((d, k) => { const i = d?.estimate.median_interval; if (i && i[0] != null && (i[0] > 0 || i[1] < 0)) clear.push(`${words(row.name).toLowerCase()} of ${row.regime} in ${letter(k)} (${number(d.estimate.median)}${interval(i)})`); });
  const isQuotable = DATA.runs.every(r => r.verdicts.every(v => v.is_quotable));
  head(clear.length ? `Different from A: ${clear.join("; ")}.` : "No difference is distinguishable from zero.", isQuotable ? "All runs may be quoted" : "Not to be quoted yet", isQuotable,
    [...DATA.runs.flatMap((r, k) => r.verdicts.flatMap(v => v.obstacles.map(text => `${letter(k)}: ${text}`))), ...DATA.notes]);
  section("The runs", null, table(["run", "title", "file", "answer"], DATA.runs.map((r, k) => [letter(k), r.title, el("code", {}, r.file), r.verdicts.map(v => v.sentence).join(" ")])));
  if (DATA.scenario.length) section("What differs in the scenarios", null, table(["key", ...DATA.runs.map((_, k) => letter(k))], DATA.scenario.map(d => [el("code", {}, d.key), ...d.values.map(v => v || "–")])));
  const tiles = DATA.statistics.map(row => {
    const label = `${words(row.name)} of ${row.regime}`, units = row.units === "1" ? "" : ` [${row.units}]`;
    const rows = row.runs.map((r, k) => ({name: letter(k), ...r.estimate})).filter(r => r.count > 0);
    const isRounding = rows.every(r => Math.abs(r.median) < 1e-9);
    return el("div", {class: "tile"}, el("h3", {}, label + units), isRounding ? el("p", {}, "Below 1e-9 in every run.") : chart(label, width => plot(label, {
      width, height: 60 + 34 * rows.length, marginLeft: 34, marginRight: 16, marginBottom: 34, x: {label: null, nice: true, grid: true, ticks: 4}, y: {label: null, domain: rows.map(r => r.name), tickSize: 0},
      marks: [
        Plot.link(rows.filter(r => r.median_interval[0] != null), {x1: r => r.median_interval[0], x2: r => r.median_interval[1], y1: "name", y2: "name", stroke: (_, k) => shade(k), strokeWidth: 6, strokeOpacity: 0.4}),
        Plot.dot(rows, {x: "median", y: "name", r: 5, fill: (_, k) => shade(k)}),
        Plot.tip(rows, Plot.pointer({x: "median", y: "name", ...tip(), title: r => `${r.name}: ${number(r.median)}${interval(r.median_interval)}\n${r.count} trials or games`})),
      ],
    })), el("p", {class: "note"}, row.differences.map((d, k) => d ? `${letter(k)} − A: ${estimate(d.estimate)}` : null).filter(Boolean).join("; ")));
  });
  section("Side by side", `Medians with 95% bootstrap intervals. Differences are ${DATA.pairing}.`, el("div", {class: "tiles"}, ...tiles));
  const certified = DATA.runs.flatMap((r, k) => r.certificates.map(c => [letter(k), c.regime, c.examined, c.equilibria, c.proved, number(c.largest_epsilon)]));
  if (certified.length) section("Certificates", null, table(["run", "regime", "ends", "passed", "proved", "largest epsilon"], certified));
  foot();
}
const shade = k => { const light = DATA.colors[k % DATA.colors.length]; return isDark() ? d3.interpolateRgb(light, "#ffffff")(0.3) : light; };

({run, sweep, validation, comparison})[DATA.kind]();
