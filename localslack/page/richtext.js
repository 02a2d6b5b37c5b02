// rich_text and markdown blocks as nodes.
import { h } from "./dom.js";
import { emoji, link, mention } from "./text.js";
import { state } from "./state.js";

function styled(node, style = {}) {
  let made = node;
  if (style.code) made = h("code", {}, made);
  if (style.bold) made = h("strong", {}, made);
  if (style.italic) made = h("em", {}, made);
  if (style.strike) made = h("s", {}, made);
  return made;
}

function piece(element) {
  switch (element.type) {
    case "text": return styled(broken(element.text), element.style);
    case "link": return styled(link(element.url, element.text || element.url), element.style);
    case "user": return mention(element.user_id);
    case "channel": return h("span", { class: "mention" }, `#${state.conversations[element.channel_id]?.name ?? element.channel_id}`);
    case "emoji": return document.createTextNode(element.unicode ? String.fromCodePoint(...element.unicode.split("-").map((c) => parseInt(c, 16))) : emoji(element.name));
    case "date": return document.createTextNode(element.fallback ?? new Date(element.timestamp * 1000).toLocaleString());
    case "broadcast": return h("span", { class: "mention" }, `@${element.range}`);
    default: return document.createTextNode(element.text ?? "");
  }
}

function broken(text) {
  const fragment = document.createDocumentFragment();
  text.split("\n").forEach((line, i) => { if (i) fragment.append(h("br")); fragment.append(line); });
  return fragment;
}

export function richText(block) {
  return h("div", { class: "rich" }, (block.elements ?? []).map(group));
}

function group(element) {
  const inside = () => (element.elements ?? []).map(piece);
  switch (element.type) {
    case "rich_text_list": {
      const items = element.elements.map((item) => h("li", {}, (item.elements ?? []).map(piece)));
      return h(element.style === "ordered" ? "ol" : "ul", { style: `margin-left:${(element.indent ?? 0) * 20}px`, start: element.offset ? element.offset + 1 : null }, items);
    }
    case "rich_text_quote": return h("blockquote", {}, inside());
    case "rich_text_preformatted": return h("pre", { class: "code" }, (element.elements ?? []).map((e) => e.text ?? e.url ?? ""));
    default: return h("div", { class: "line" }, inside());
  }
}

export function markdown(text) {
  const out = h("div", { class: "rich markdown" });
  const lines = text.split("\n");
  let i = 0;
  const isTable = (n) => /^\s*\|.*\|\s*$/.test(lines[n] ?? "");
  while (i < lines.length) {
    const line = lines[i];
    let match;
    if (/^```/.test(line)) {
      const code = [];
      for (i += 1; i < lines.length && !/^```/.test(lines[i]); i += 1) code.push(lines[i]);
      out.append(h("pre", { class: "code" }, code.join("\n")));
      i += 1;
    } else if (isTable(i) && /^\s*\|[\s:|-]+\|\s*$/.test(lines[i + 1] ?? "")) {
      const rows = [];
      for (; isTable(i); i += 1) rows.push(lines[i].trim().slice(1, -1).split("|").map((c) => c.trim()));
      const [head, , ...body] = rows;
      out.append(h("div", { class: "table-scroll" }, h("table", { class: "table" }, h("thead", {}, h("tr", {}, head.map((c) => h("th", {}, spans(c))))), h("tbody", {}, body.map((r) => h("tr", {}, r.map((c) => h("td", {}, spans(c)))))))));
    } else if ((match = /^(#{1,6})\s+(.*)$/.exec(line))) {
      out.append(h(`h${Math.min(6, match[1].length + 2)}`, {}, spans(match[2])));
      i += 1;
    } else if (/^\s*([-*+]|\d+[.)])\s+/.test(line)) {
      const ordered = /^\s*\d/.test(line);
      const list = h(ordered ? "ol" : "ul");
      for (; i < lines.length && (match = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(lines[i])); i += 1) list.append(h("li", {}, spans(match[1])));
      out.append(list);
    } else if (/^>\s?/.test(line)) {
      const quote = [];
      for (; i < lines.length && /^>\s?/.test(lines[i]); i += 1) quote.push(lines[i].replace(/^>\s?/, ""));
      out.append(h("blockquote", {}, spans(quote.join(" "))));
    } else if (/^\s*(---|\*\*\*)\s*$/.test(line)) {
      out.append(h("hr"));
      i += 1;
    } else if (!line.trim()) {
      i += 1;
    } else {
      const words = [line];
      for (i += 1; i < lines.length && lines[i].trim() && !/^(#|>|```|\s*[-*+]\s|\s*\d+[.)]\s|\|)/.test(lines[i]); i += 1) words.push(lines[i]);
      out.append(h("p", {}, words.flatMap((w, n) => (n ? [h("br"), ...spans(w)] : spans(w)))));
    }
  }
  return out;
}

function spans(text) {
  const nodes = [];
  const rule = /(`[^`]+`)|(\*\*[^*]+\*\*)|(~~[^~]+~~)|(\*[^*\s][^*]*\*|\b_[^_]+_\b)|\[([^\]]+)\]\(([^)\s]+)\)|:([a-z0-9_+-]+):/g;
  let at = 0;
  for (const m of text.matchAll(rule)) {
    nodes.push(text.slice(at, m.index));
    if (m[1]) nodes.push(h("code", {}, m[1].slice(1, -1)));
    else if (m[2]) nodes.push(h("strong", {}, spans(m[2].slice(2, -2))));
    else if (m[3]) nodes.push(h("s", {}, spans(m[3].slice(2, -2))));
    else if (m[4]) nodes.push(h("em", {}, spans(m[4].slice(1, -1))));
    else if (m[5]) nodes.push(link(m[6], m[5]));
    else nodes.push(emoji(m[7]));
    at = m.index + m[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((n) => n !== "");
}
