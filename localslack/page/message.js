// One message: who, when, what it says, its files, its thread.
import { blocks, fallback } from "./blocks.js";
import { avatar, h, icon } from "./dom.js";
import { isReply, person, send, state, when } from "./state.js";
import { drawable, emoji } from "./text.js";

const time = (ts) => when(ts, { hour: "2-digit", minute: "2-digit", hour12: false });

export function surfaceOf(channel, message) {
  return { act: (block, spec, value) => send("act", { channel, ts: message.ts, block_id: block.block_id, action_id: spec.action_id ?? "", value }) };
}

export function message(channel, m, { follows = false, inThread = false, openThread } = {}) {
  const author = person(m.user);
  const surface = surfaceOf(channel, m);
  const body = m.blocks?.length ? blocks(m.blocks, surface) : m.text ? [fallback(m.text)] : [];
  const head = follows ? h("time", { class: "gutter", datetime: iso(m.ts) }, time(m.ts)) : avatar(author);
  const answers = !inThread && m.reply_count ? summary(channel, m, openThread) : null;
  const reply = !inThread && !m.is_ephemeral && openThread
    ? h("div", { class: "hover-bar" }, h("button", { type: "button", class: "icon-button", title: "Reply in thread", "aria-label": "Reply in thread", onclick: () => openThread(m.thread_ts && isReply(m) ? m.thread_ts : m.ts) }, icon("reply")))
    : null;
  return drawable(h("article", { class: `message${follows ? " follows" : ""}${m.is_ephemeral ? " ephemeral" : ""}${author.app ? " by-app" : ""}`, "data-ts": m.ts, "aria-label": `${author.name}, ${time(m.ts)}` },
    m.is_ephemeral ? h("div", { class: "only-you" }, icon("eye", 14), "Only visible to you") : null,
    h("div", { class: "message-row" }, h("div", { class: "message-side" }, head),
      h("div", { class: "message-main" },
        follows ? null : h("header", {}, h("b", {}, author.name), author.app ? h("span", { class: "tag" }, "APP") : author.title ? h("span", { class: "role" }, author.title) : null, h("time", { datetime: iso(m.ts), title: when(m.ts, { dateStyle: "full", timeStyle: "short" }) }, time(m.ts))),
        h("div", { class: "message-body" }, body, m.edited && !m.blocks?.length ? h("small", { class: "edited" }, " (edited)") : null, (m.attachments ?? []).map((a) => h("div", { class: "attachment", style: a.color ? `border-color:#${a.color.replace("#", "")}` : null }, a.text ? fallback(a.text) : blocks(a.blocks, surface)))),
        (m.files ?? []).map(file), reactions(m), answers)),
    reply));
}

const iso = (ts) => new Date(Number(ts) * 1000).toISOString();

function reactions(m) {
  if (!m.reactions?.length) return null;
  return h("div", { class: "reactions" }, m.reactions.map((r) => h("span", { class: r.users.includes(state.me) ? "mine" : "" }, emoji(r.name), ` ${r.count}`)));
}

function summary(channel, m, openThread) {
  const faces = (m.reply_users ?? []).slice(0, 4).map((id) => avatar(person(id), "tiny"));
  return h("button", { type: "button", class: "replies", onclick: () => openThread(m.ts) }, faces, h("b", {}, m.reply_count === 1 ? "1 reply" : `${m.reply_count} replies`), h("span", {}, `Last reply ${time(m.latest_reply)}`));
}

function file(f) {
  const size = f.size < 1024 ? `${f.size} B` : f.size < 1048576 ? `${(f.size / 1024).toFixed(1)} KB` : `${(f.size / 1048576).toFixed(1)} MB`;
  return h("div", { class: "file" },
    h("a", { class: "file-card", href: new URL(f.url_private_download).pathname, download: f.name },
      h("span", { class: "file-icon" }, icon("file", 22)), h("span", { class: "file-name" }, h("b", {}, f.title || f.name), h("small", {}, `${f.filetype.toUpperCase()} · ${size}`)), h("span", { class: "file-get", "aria-label": "Download" }, icon("download"))),
    f.preview && f.filetype === "csv" ? preview(f.preview) : null);
}

function preview(text) {
  const cells = (line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map((m) => m[1].replace(/^"|"$/g, "").replaceAll('""', '"'));
  const rows = text.replace(/^\ufeff/, "").split(/\r?\n/).filter(Boolean).slice(0, 5).map((l) => (l.endsWith(",") ? [...cells(l), ""] : cells(`${l},`)));
  if (rows.length < 2) return null;
  return h("div", { class: "table-scroll faded" }, h("table", { class: "table small" }, h("thead", {}, h("tr", {}, rows[0].map((c) => h("th", {}, c)))), h("tbody", {}, rows.slice(1).map((r) => h("tr", {}, r.map((c) => h("td", {}, c)))))));
}

export function listing(channel, messages, options) {
  const nodes = [];
  let before = null;
  let day = "";
  for (const m of messages) {
    const today = when(m.ts, { weekday: "long", day: "numeric", month: "long" });
    if (options.days && today !== day) nodes.push(h("div", { class: "day", role: "separator" }, h("span", {}, today)));
    if (options.firstNew && m.ts === options.firstNew) nodes.push(h("div", { class: "new-line", role: "separator" }, h("span", {}, "New")));
    const follows = before && today === day && before.user === m.user && m.ts - before.ts < 300 && !m.is_ephemeral && !before.is_ephemeral && !before.reply_count && m.ts !== options.firstNew;
    nodes.push(message(channel, m, { ...options, follows }));
    before = m;
    day = today;
  }
  return nodes;
}
