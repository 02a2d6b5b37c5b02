// Elements without HTML strings: everything a message says stays text.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  assign(node, attributes);
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

function assign(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "style") node.style.cssText = value;
    else if (name === "value" || name === "checked" || name === "selected" || name === "disabled" || name === "hidden") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
}

const PATHS = {
  hash: "M9 3 7 21M17 3l-2 18M3.5 8.5h18M2.5 15.5h18",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  chevron: "m6 9 6 6 6-6",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  reply: "M20 12a7 7 0 0 1-7 7H5l2.2-2.6A7 7 0 1 1 20 12z",
  clock: "M12 7v5l3.2 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
  download: "M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 20h14",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  forward: "M5 5l7 7-7 7M13 5l7 7-7 7",
  home: "M4 11 12 4l8 7v9h-5.5v-6h-5v6H4z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  back: "m15 5-7 7 7 7",
  up: "M7 11v9H4v-9zM7 11l4-7.5c1.6 0 2.5 1.1 2.2 2.7L12.6 9.500H18a2 2 0 0 1 2 2.400l-1.300 6.500A2 2 0 0 1 16.700 20H7",
  down: "M17 13V4h3v9zM17 13l-4 7.500c-1.600 0-2.500-1.100-2.200-2.700l.600-3.300H6a2 2 0 0 1-2-2.400l1.300-6.500A2 2 0 0 1 7.300 4H17",
};

export function icon(name, size = 18) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor", "stroke-width": name === "dots" ? 3 : 1.8, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );
}

const HUES = [168, 212, 262, 330, 18, 42, 140, 238, 292, 195];

export function avatar(person, size = "") {
  if (person.app) return h("img", { class: `avatar ${size}`, src: "/page/icon.svg", alt: "" });
  let sum = 0;
  for (const letter of person.id) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  const hue = HUES[sum % HUES.length];
  return h("span", { class: `avatar ${size}`, style: `--hue:${hue}`, "aria-hidden": "true" }, initials(person.name));
}

export function initials(name) {
  if (/[\u4e00-\u9fff]/.test(name)) return name.replace(/\s+/g, "").slice(-2);
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase();
}
