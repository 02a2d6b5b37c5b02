// Slack's mrkdwn and its emoji, as nodes.
import { h } from "./dom.js";
import { person, state } from "./state.js";

const EMOJI = {
  tada: "🎉", rocket: "🚀", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", trophy: "🏆",
  first_place_medal: "🥇", second_place_medal: "🥈", third_place_medal: "🥉", medal: "🏅", sports_medal: "🏅", warning: "⚠️",
  rotating_light: "🚨", bell: "🔔", no_bell: "🔕", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", red_circle: "🔴",
  large_yellow_circle: "🟡", large_green_circle: "🟢", large_orange_circle: "🟠", large_blue_circle: "🔵", white_circle: "⚪",
  thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", eyes: "👀", wave: "👋", bulb: "💡", mag: "🔍", lock: "🔒", key: "🔑",
  calendar: "📅", date: "📅", spiral_calendar_pad: "🗓️", clock1: "🕐", hourglass: "⌛", hourglass_flowing_sand: "⏳", memo: "📝",
  pencil: "✏️", pencil2: "✏️", page_facing_up: "📄", clipboard: "📋", inbox_tray: "📥", outbox_tray: "📤", moneybag: "💰", dollar: "💵",
  yen: "💴", dart: "🎯", fire: "🔥", star: "⭐", sparkles: "✨", muscle: "💪", clap: "👏", raised_hands: "🙌", pray: "🙏", thinking_face: "🤔",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", arrow_left: "⬅️", arrow_upper_right: "↗️", arrow_lower_right: "↘️",
  small_red_triangle: "🔺", small_red_triangle_down: "🔻", information_source: "ℹ️", question: "❓", grey_question: "❔", exclamation: "❗",
  speech_balloon: "💬", busts_in_silhouette: "👥", bust_in_silhouette: "👤", briefcase: "💼", package: "📦", telephone_receiver: "📞",
  handshake: "🤝", seedling: "🌱", snowflake: "❄️", sunny: "☀️", sunrise: "🌅", coffee: "☕", gear: "⚙️", wrench: "🔧", link: "🔗",
  books: "📚", book: "📖", scroll: "📜", zzz: "💤", stopwatch: "⏱️", runner: "🏃", checkered_flag: "🏁", triangular_flag_on_post: "🚩",
  robot_face: "🤖", see_no_evil: "🙈", smile: "😄", slightly_smiling_face: "🙂", heart: "❤️", point_right: "👉", new: "🆕",
};

// Where no emoji font is installed (a fresh server), plain signs every font has stand in for the common ones.
const STAND_IN = {
  "🎉": "✦", "🚀": "↗", "📈": "↗", "📉": "↘", "📊": "▤", "🏆": "★", "🥇": "①", "🥈": "②", "🥉": "③", "⚠️": "⚠", "🚨": "⚠", "🔔": "◉", "🔕": "○",
  "✅": "✓", "✔️": "✓", "❌": "✗", "🔴": "●", "🟡": "●", "🟢": "●", "🟠": "●", "🔵": "●", "⚪": "○", "👍": "+1", "👎": "−1", "💡": "✦", "🎯": "◎",
  "🔥": "✦", "⭐": "★", "✨": "✦", "⬆️": "↑", "⬇️": "↓", "➡️": "→", "⬅️": "←", "↗️": "↗", "↘️": "↘", "🔺": "▲", "🔻": "▼", "ℹ️": "ℹ", "❓": "?", "❗": "!", "⏰": "◷", "🕐": "◷",
};
const TINT = { "🔴": "#c2303c", "🟡": "#c99700", "🟢": "#1f9d61", "🟠": "#d9722b", "🔵": "#2f6fd0" };
const PICTURE = /\p{Extended_Pictographic}(?:\ufe0f|\u200d\p{Extended_Pictographic}|[\u{1f3fb}-\u{1f3ff}])*/gu;
let coloured;

function hasEmojiFont() {
  if (coloured === undefined) {
    const canvas = h("canvas", { width: 24, height: 24 });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.font = "20px sans-serif";
    pen.fillText("🍎", 0, 20);
    const { data } = pen.getImageData(0, 0, 24, 24);
    coloured = data.some((value, n) => n % 4 === 0 && value !== data[n + 1]);
  }
  return coloured;
}

// Goes over finished nodes: pictures without a font become stand-ins, circles keep their colour.
export function drawable(root) {
  if (hasEmojiFont()) return root;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (walker.currentNode.data.search(PICTURE) >= 0) found.push(walker.currentNode);
  for (const node of found) {
    const parts = [];
    let at = 0;
    for (const m of node.data.matchAll(PICTURE)) {
      parts.push(node.data.slice(at, m.index));
      at = m.index + m[0].length;
      if (m[0].length === 1) parts.push(m[0]); // ©, ↗ and the like are in text fonts
      else if (TINT[m[0]]) parts.push(h("span", { style: `color:${TINT[m[0]]}` }, "●"));
      else parts.push(STAND_IN[m[0]] ?? "");
    }
    node.replaceWith(...parts, node.data.slice(at));
  }
  return root;
}

export const emoji = (name) => EMOJI[name.split("::")[0]] ?? `:${name}:`;
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const safe = (url) => /^(https?:|mailto:)/i.test(url);
export function link(url, ...content) {
  return safe(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, content) : h("span", {}, content);
}

export function mention(id) {
  return h("span", { class: `mention${id === state.me ? " me" : ""}` }, `@${person(id).name}`);
}

// Inline rules, tried in order at every position; the first that matches wins.
const INLINE = [
  [/^```([\s\S]+?)```/, (m) => h("pre", { class: "code" }, plain(m[1].replace(/^\n/, "")))],
  [/^`([^`\n]+)`/, (m) => h("code", {}, plain(m[1]))],
  [/^<@(\w+)(?:\|[^>]*)?>/, (m) => mention(m[1])],
  [/^<#(\w+)(?:\|([^>]*))?>/, (m) => h("span", { class: "mention" }, `#${m[2] || state.conversations[m[1]]?.name || m[1]}`)],
  [/^<!date\^(\d+)\^[^|>]*\|([^>]*)>/, (m) => document.createTextNode(plain(m[2]))],
  [/^<!(here|channel|everyone)(?:\|[^>]*)?>/, (m) => h("span", { class: "mention" }, `@${m[1]}`)],
  [/^<([^<>|\s]+)\|([^<>]*)>/, (m) => link(plain(m[1]), plain(m[2]))],
  [/^<((?:https?|mailto):[^<>|\s]+)>/, (m) => link(plain(m[1]), plain(m[1]).replace(/^mailto:/, ""))],
  [/^\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/, (m) => h("strong", {}, inline(m[1]))],
  [/^_(?=\S)([^_\n]*[^_\s])_(?![\w])/, (m) => h("em", {}, inline(m[1]))],
  [/^~(?=\S)([^~\n]*[^~\s])~(?![\w~])/, (m) => h("s", {}, inline(m[1]))],
  [/^:([a-z0-9_+-]+):/, (m) => (EMOJI[m[1]] ? document.createTextNode(EMOJI[m[1]]) : null)],
  [/^\n/, () => h("br")],
];

export function inline(text) {
  const nodes = [];
  let buffer = "";
  let before = "";
  const flush = () => { if (buffer) nodes.push(document.createTextNode(plain(buffer))); buffer = ""; };
  while (text) {
    const wordBefore = /[\w\u00c0-\uffff]/.test(before) && !/[\u3000-\u9fff\uff00-\uffef]/.test(before);
    let hit = null;
    if (/^[`<*_~:\n]/.test(text)) {
      for (const [rule, make] of INLINE) {
        if (wordBefore && /^[*_~]/.test(text)) break;
        const match = rule.exec(text);
        const node = match && make(match);
        if (node) { hit = [match[0], node]; break; }
      }
    }
    if (hit) { flush(); nodes.push(hit[1]); before = hit[0].at(-1); text = text.slice(hit[0].length); }
    else { buffer += text[0]; before = text[0]; text = text.slice(1); }
  }
  flush();
  return nodes;
}

export function mrkdwn(text) {
  const out = [];
  for (const part of text.split(/(```[\s\S]+?```)/)) {
    if (part.startsWith("```")) { out.push(...inline(part)); continue; }
    let quote = [];
    let lines = [];
    const flushQuote = () => { if (quote.length) out.push(h("blockquote", {}, inline(quote.join("\n")))); quote = []; };
    const flushLines = () => { if (lines.length) out.push(h("div", { class: "line" }, inline(lines.join("\n")))); lines = []; };
    for (const line of part.split("\n")) {
      if (line.startsWith("&gt; ") || line.startsWith("> ") || line === "&gt;") { flushLines(); quote.push(line.replace(/^(&gt;|>) ?/, "")); }
      else { flushQuote(); lines.push(line); }
    }
    flushQuote();
    flushLines();
  }
  return out;
}

export function textObject(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : [document.createTextNode(object.emoji === false ? object.text : withEmoji(object.text))];
}
