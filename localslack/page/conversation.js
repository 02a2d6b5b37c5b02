// The middle: a conversation or the app's Home tab; right of it a thread.
import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { avatar, h, icon } from "./dom.js";
import { listing } from "./message.js";
import { changed, isReply, lastRead, markRead, person, send, state } from "./state.js";
import { drawable } from "./text.js";

let shownNewFrom = "";

export function openPane(root) {
  const conversation = state.conversations[state.active];
  if (!conversation) return root.replaceChildren();
  const since = lastRead(conversation.id);
  shownNewFrom = since ? conversation.messages.find((m) => Number(m.ts) > since && m.user !== state.me && !isReply(m))?.ts ?? "" : "";
  const withApp = conversation.with === state.app.id;
  root.replaceChildren(
    head(conversation, withApp),
    withApp ? tabs() : "",
    withApp && state.tab === "home" ? home() : h("div", { class: "messages", tabindex: "0", "aria-label": "Messages", role: "log" }),
    withApp && state.tab === "home" ? "" : composer(conversation.id, { id: "composer-main", label: withApp ? `Ask ${state.app.name}…` : `Message #${conversation.name} — start with @${state.app.name} to ask` }),
  );
  drawMessages(root, true);
}

function head(conversation, withApp) {
  const menu = h("button", { type: "button", class: "icon-button only-narrow", "aria-label": "Open the sidebar", onclick: () => changed("drawer", true) }, icon("menu"));
  const name = withApp ? [avatar({ app: true }, "small"), h("h1", {}, state.app.name)] : [h("h1", {}, icon(conversation.kind === "group" ? "lock" : "hash", 18), conversation.name)];
  const people = conversation.members.filter((m) => m !== state.app.id);
  return h("header", { class: "pane-head" }, menu, name, conversation.topic ? h("span", { class: "topic" }, conversation.topic) : null,
    withApp ? null : h("span", { class: "members", title: people.map((m) => person(m).name).join(", ") }, people.slice(0, 3).map((m) => avatar(person(m), "tiny")), h("b", {}, people.length)));
}

function tabs() {
  const tab = (id, label) => h("button", { type: "button", role: "tab", "aria-selected": String(state.tab === id), class: state.tab === id ? "here" : "", onclick: () => changed("tab", id) }, label);
  return h("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"));
}

export function home() {
  const view = state.home;
  if (!view) return h("div", { class: "home" }, h("div", { class: "empty" }, avatar({ app: true }, "large"), h("p", {}, "Opening Home…")));
  const entered = {};
  const surface = {
    entered,
    enter: (id, value) => { entered[id] = value; },
    act: (block, spec, value) => send("act", { view_id: view.id, block_id: block.block_id, action_id: spec.action_id ?? "", value, entered }),
  };
  return drawable(h("div", { class: "home", tabindex: "0" }, h("div", { class: "home-inner" }, blocks(view.blocks, surface))));
}

export function drawMessages(root, opening = false, added = null) {
  const box = root.querySelector(".messages");
  const conversation = state.conversations[state.active];
  if (!box || !conversation) return;
  const atEnd = opening || (added && Date.now() < state.followUntil) || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const top = conversation.messages.filter((m) => !isReply(m));
  keepFocus(box, () => box.replaceChildren(
    h("div", { class: "messages-inner" },
      top.length ? listing(conversation.id, top, { days: true, firstNew: shownNewFrom, openThread: (ts) => changed("thread", ts) }) : welcome(conversation),
      typing(conversation.id, ""))));
  if (atEnd) stickToEnd(box, added);
  if (document.visibilityState === "visible") markRead(conversation.id);
}

// Charts take their height one frame later; a reader at the end stays at the end, but an answer taller than the pane is
// shown from its beginning.
function stickToEnd(box, added = null) {
  const place = () => {
    box.scrollTop = box.scrollHeight;
    const article = added?.user === state.app.id && box.querySelector(`[data-ts="${added.ts}"]`);
    if (article && article.offsetHeight > box.clientHeight - 70) box.scrollTop = article.offsetTop - box.offsetTop - 70;
  };
  place();
  requestAnimationFrame(() => requestAnimationFrame(place));
}

function keepFocus(box, redraw) {
  const held = document.activeElement;
  const article = box.contains(held) ? held.closest("article") : null;
  const index = article ? [...article.querySelectorAll("button,select,input,a")].indexOf(held) : -1;
  redraw();
  if (index >= 0) box.querySelector(`[data-ts="${article.dataset.ts}"]`)?.querySelectorAll("button,select,input,a")[index]?.focus({ preventScroll: true });
}

function typing(channel, thread) {
  const status = state.status[`${channel}/${thread}`];
  return status && status.until > Date.now() ? h("div", { class: "typing", role: "status" }, h("i"), h("i"), h("i"), `${state.app.name} ${status.text}`) : null;
}

function welcome(conversation) {
  const withApp = conversation.with === state.app.id;
  const prompts = conversation.prompts?.prompts?.map((p) => [p.title, p.message]) ?? state.suggestions.map((s) => [s, s]);
  const chinese = state.users[state.me].locale.startsWith("zh");
  return h("div", { class: "empty" }, withApp ? avatar({ app: true }, "large") : h("span", { class: "hash-large" }, "#"),
    h("h2", {}, withApp ? (chinese ? "问问你的业绩" : "Ask about your numbers") : `#${conversation.name}`),
    h("p", {}, withApp ? (chinese ? "用中文或英文提问,答案来自真实数据。试试:" : "In plain English or Chinese. Every answer comes from the data and says how. Try one:") : conversation.topic || `Nothing here yet. Mention @${state.app.name} to ask in front of everybody.`),
    withApp ? h("div", { class: "chips" }, prompts.map(([title, text]) => h("button", { type: "button", class: "chip", onclick: () => send("say", { channel: conversation.id, text }) }, title))) : null);
}

export function openThread(root, added = null) {
  const conversation = state.conversations[state.active];
  const shown = state.thread && conversation?.messages.some((m) => m.ts === state.thread);
  root.hidden = !shown;
  document.body.classList.toggle("with-thread", Boolean(shown));
  if (!shown) return root.replaceChildren();
  root.replaceChildren(
    h("header", { class: "pane-head" }, h("h2", {}, "Thread"), h("span", { class: "topic" }, conversation.with === state.app.id ? state.app.name : `#${conversation.name}`), h("button", { type: "button", class: "icon-button push", "aria-label": "Close thread", onclick: () => changed("thread", "") }, icon("close"))),
    h("div", { class: "messages", tabindex: "0", role: "log", "aria-label": "Thread messages" }),
    composer(conversation.id, { id: "composer-thread", thread: state.thread, label: state.users[state.me].locale.startsWith("zh") ? "回复… 接着问" : "Reply… follow-ups are understood" }));
  drawThread(root, true, added);
}

export function drawThread(root, opening = false, added = null) {
  const box = root.querySelector(".messages");
  const conversation = state.conversations[state.active];
  if (!box || !conversation || root.hidden) return;
  const atEnd = opening || (added && Date.now() < state.followUntil) || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const all = conversation.messages.filter((m) => m.ts === state.thread || m.thread_ts === state.thread);
  const [first, ...rest] = all;
  if (!first) return;
  keepFocus(box, () => box.replaceChildren(h("div", { class: "messages-inner" },
    listing(conversation.id, [first], { inThread: true }),
    rest.length ? h("div", { class: "thread-count" }, rest.length === 1 ? "1 reply" : `${rest.length} replies`) : null,
    listing(conversation.id, rest, { inThread: true }), typing(conversation.id, state.thread))));
  if (atEnd) stickToEnd(box, added);
}
