// data_visualization blocks: bar, line, area and pie, drawn as SVG at the width there is.
import { h, svg } from "./dom.js";
import { locale } from "./state.js";

const HEIGHT = 248;
const color = (n) => `var(--chart-${(n % 6) + 1})`;
const full = (value) => new Intl.NumberFormat(locale(), { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 2 }).format(value);
const short = (value) => new Intl.NumberFormat(locale(), Math.abs(value) >= 10000 ? { notation: "compact", maximumFractionDigits: 2 } : { maximumFractionDigits: 2 }).format(value);

export function ticks(low, high, whole = false, wanted = 5) {
  if (low === high) { high = low === 0 ? 1 : low + Math.abs(low) * 0.1; }
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const found = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw - power * 1e-9);
  const step = whole ? Math.max(1, Math.ceil(found)) : found;
  const list = [];
  for (let n = Math.floor(low / step + 1e-9); n * step < high + step * (1 - 1e-9); n += 1) list.push(Number((n * step).toPrecision(12)));
  return list;
}

export function chart(block) {
  const spec = block.chart;
  const area = h("div", { class: "chart-area" });
  const legend = h("ul", { class: "legend" });
  const tip = h("div", { class: "chart-tip", hidden: true });
  const figure = h("figure", { class: "chart", role: "group", "aria-label": block.title },
    h("figcaption", {}, block.title), h("div", { class: "chart-body" }, area, tip), legend, spoken(spec));
  const names = spec.type === "pie" ? spec.segments.map((s) => s.label) : spec.series.map((s) => s.name);
  if (spec.type === "pie" || names.length > 1) {
    const total = spec.type === "pie" ? spec.segments.reduce((sum, s) => sum + s.value, 0) : 0;
    legend.append(...names.map((name, n) => h("li", {}, h("i", { style: `background:${color(n)}` }), name,
      spec.type === "pie" ? h("b", {}, new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 }).format(spec.segments[n].value / total)) : null)));
  } else legend.hidden = true;
  let width = 0;
  new ResizeObserver(([entry]) => {
    const next = Math.round(entry.contentRect.width);
    if (!next || next === width) return;
    width = next;
    area.replaceChildren(spec.type === "pie" ? pie(spec, width, tip) : axes(spec, width, tip));
  }).observe(area);
  return figure;
}

function spoken(spec) {
  const rows = spec.type === "pie" ? spec.segments.map((s) => [s.label, s.value])
    : spec.axis_config.categories.map((c) => [c, ...spec.series.map((s) => s.data.find((p) => p.label === c)?.value ?? "")]);
  return h("div", { class: "sr-only" }, h("table", {}, h("tbody", {}, rows.map((r) => h("tr", {}, r.map((c) => h("td", {}, typeof c === "number" ? full(c) : c)))))));
}

function showTip(tip, x, y, title, lines) {
  tip.replaceChildren(h("div", { class: "tip-title" }, title), ...lines.map(([name, value, n]) => h("div", { class: "tip-line" }, h("i", { style: `background:${color(n)}` }), h("span", {}, name), h("b", {}, full(value)))));
  tip.hidden = false;
  const room = tip.parentElement.clientWidth;
  const half = tip.offsetWidth / 2;
  tip.style.left = `${Math.max(half + 4, Math.min(room - half - 4, x))}px`;
  tip.style.top = `${Math.max(4, y - tip.offsetHeight - 10)}px`;
}

function axes(spec, width, tip) {
  const { categories, x_label: xLabel, y_label: yLabel } = spec.axis_config;
  const series = spec.series.map((s) => ({ name: s.name, values: categories.map((c) => s.data.find((p) => p.label === c)?.value ?? 0) }));
  const all = series.flatMap((s) => s.values);
  const flat = spec.type === "line" && Math.min(...all) > 0 && (Math.max(...all) - Math.min(...all)) / Math.max(...all) < 0.25;
  const marks = ticks(flat ? Math.min(...all) : Math.min(0, ...all), Math.max(flat ? -Infinity : 0, ...all), all.every(Number.isInteger));
  const low = marks[0];
  const high = marks.at(-1);
  const left = Math.max(...marks.map((m) => short(m).length)) * 7 + 14 + (yLabel ? 16 : 0);
  const wide = (text) => [...text].reduce((n, l) => n + (l > "\u2e80" ? 12 : 6.6), 0);
  const longest = Math.max(...categories.map(wide));
  const slot = (width - left - 10) / categories.length;
  const tilt = longest > slot * 0.84 && categories.length > 1;
  const every = tilt ? Math.ceil(15 / slot) : 1;
  const bottom = (tilt ? Math.min(92, longest * 0.62 + 18) : 26) + (xLabel ? 18 : 0);
  const top = 12;
  const base = HEIGHT - bottom;
  const y = (value) => base - ((value - low) / (high - low)) * (base - top);
  const x = (n) => left + slot * (n + 0.5);
  const root = svg("svg", { width, height: HEIGHT, role: "img", "aria-label": `${spec.type} chart` });
  for (const mark of marks) {
    root.append(svg("line", { x1: left, x2: width - 6, y1: y(mark), y2: y(mark), class: mark === 0 ? "zero" : "grid" }),
      svg("text", { x: left - 8, y: y(mark) + 4, class: "tick", "text-anchor": "end" }, short(mark)));
  }
  const fitted = (text, room) => { let t = text; while (t && wide(t) > room) t = t.slice(0, -1); return t === text ? t : `${t}…`; };
  categories.forEach((whole, n) => {
    if (n % every) return;
    const category = tilt ? fitted(whole, Math.min(112, x(n) / 0.8)) : whole;
    root.append(tilt
      ? svg("text", { transform: `translate(${x(n) + 4},${base + 15}) rotate(-38)`, class: "tick", "text-anchor": "end" }, category)
      : svg("text", { x: x(n), y: base + 18, class: "tick", "text-anchor": "middle" }, category));
  });
  if (yLabel) root.append(svg("text", { transform: `translate(12,${(top + base) / 2}) rotate(-90)`, class: "axis", "text-anchor": "middle" }, yLabel));
  if (xLabel) root.append(svg("text", { x: (left + width) / 2, y: HEIGHT - 4, class: "axis", "text-anchor": "middle" }, xLabel));
  const guide = svg("rect", { class: "guide", y: top, height: base - top, width: slot, x: left, rx: 4, visibility: "hidden" });
  root.append(guide);
  (spec.type === "bar" ? bars : lines)(root, { series, x, y, slot, base, low, high, filled: spec.type === "area" });
  categories.forEach((category, n) => {
    const enter = () => {
      guide.setAttribute("x", left + slot * n);
      guide.setAttribute("visibility", "visible");
      showTip(tip, x(n), Math.min(...series.map((s) => y(s.values[n]))), category, series.map((s, i) => [s.name, s.values[n], i]));
    };
    const leave = () => { guide.setAttribute("visibility", "hidden"); tip.hidden = true; };
    root.append(svg("rect", { x: left + slot * n, y: top, width: slot, height: base - top, fill: "transparent" }));
    root.lastChild.addEventListener("pointerenter", enter);
    root.lastChild.addEventListener("pointerleave", leave);
  });
  return root;
}

function bars(root, { series, x, y, slot }) {
  const group = Math.min(slot * 0.74, 64 * series.length);
  const each = group / series.length;
  series.forEach((one, s) => one.values.forEach((value, n) => {
    const thick = Math.max(2, each - (series.length > 1 ? 2 : 0));
    const left = x(n) - group / 2 + each * s + (each - thick) / 2;
    const zero = y(Math.max(0, 0));
    const tall = Math.abs(y(value) - zero);
    const r = Math.min(4, thick / 2, tall);
    const up = value >= 0;
    const tip = up ? zero - tall : zero + tall;
    const d = up
      ? `M${left},${zero}V${tip + r}q0,${-r} ${r},${-r}h${thick - 2 * r}q${r},0 ${r},${r}V${zero}z`
      : `M${left},${zero}V${tip - r}q0,${r} ${r},${r}h${thick - 2 * r}q${r},0 ${r},${-r}V${zero}z`;
    root.append(svg("path", { d, fill: color(s), class: "bar" }));
  }));
}

function lines(root, { series, x, y, base, low, filled }) {
  const floor = low < 0 ? y(0) : base;
  series.forEach((one, s) => {
    const points = one.values.map((v, n) => [x(n), y(v)]);
    const path = points.map(([px, py], n) => `${n ? "L" : "M"}${px.toFixed(1)},${py.toFixed(1)}`).join("");
    if (filled || series.length === 1) {
      root.append(svg("path", { d: `${path}L${points.at(-1)[0]},${floor}L${points[0][0]},${floor}z`, fill: color(s), opacity: filled ? 0.2 : 0.08 }));
    }
    root.append(svg("path", { d: path, fill: "none", stroke: color(s), "stroke-width": 2.4, "stroke-linejoin": "round", "stroke-linecap": "round" }));
    root.append(...points.map(([cx, cy]) => svg("circle", { cx, cy, r: points.length > 14 ? 2.4 : 3.4, class: "dot", stroke: color(s) })));
  });
}

function pie(spec, width, tip) {
  const size = Math.min(width, 220);
  const radius = size / 2 - 8;
  const total = spec.segments.reduce((sum, s) => sum + s.value, 0);
  const root = svg("svg", { width, height: size, role: "img", "aria-label": "pie chart" });
  const cx = width / 2;
  const cy = size / 2;
  let from = -Math.PI / 2;
  spec.segments.forEach((segment, n) => {
    const share = segment.value / total;
    const to = from + share * Math.PI * 2 - (spec.segments.length === 1 ? 1e-4 : 0);
    const inner = radius * 0.56;
    const at = (r, a) => `${(cx + r * Math.cos(a)).toFixed(2)},${(cy + r * Math.sin(a)).toFixed(2)}`;
    const big = to - from > Math.PI ? 1 : 0;
    const d = `M${at(radius, from)}A${radius},${radius} 0 ${big} 1 ${at(radius, to)}L${at(inner, to)}A${inner},${inner} 0 ${big} 0 ${at(inner, from)}z`;
    const middle = (from + to) / 2;
    const slice = svg("path", { d, fill: color(n), class: "slice" });
    slice.addEventListener("pointerenter", () => showTip(tip, cx + radius * 0.8 * Math.cos(middle), cy + radius * 0.8 * Math.sin(middle), segment.label, [[`${(share * 100).toFixed(1)} %`, segment.value, n]]));
    slice.addEventListener("pointerleave", () => { tip.hidden = true; });
    root.append(slice);
    from = to;
  });
  root.append(svg("text", { x: cx, y: cy + 6, class: "total", "text-anchor": "middle" }, short(total)));
  return root;
}
