// Puts the page together and decides what is drawn again when something changes.
import { drawMessages, drawThread, home, openPane, openThread } from "./conversation.js";
import { h, icon } from "./dom.js";
import { modal, modalErrors } from "./modal.js";
import { sidebar } from "./sidebar.js";
import { changed, isReply, load, locale, onChange, send, state, when } from "./state.js";

const at = (id) => document.getElementById(id);
const wide = () => window.matchMedia("(min-width: 900px)").matches;

function clockBar() {
  const bar = at("clock");
  bar.hidden = !state.controls.length;
  if (bar.hidden) return;
  const options = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: state.timezone };
  const now = new Intl.DateTimeFormat(locale().startsWith("zh") ? "zh-CN" : "en-GB", options).format(new Date(state.clock * 1000));
  const press = (name) => async () => {
    state.busy = name;
    clockBar();
    const done = await send("control", { name });
    state.busy = "";
    if (done.ok) { state.clock = done.clock; await load(state.me); if (done.notice) toast(done.notice); }
    clockBar();
  };
  bar.replaceChildren(h("span", { class: "clock-now" }, icon("clock", 16), h("span", { class: "only-wide" }, "Demo clock"), h("b", {}, now)),
    h("span", { class: "clock-controls" }, state.controls.map((name) => h("button", { type: "button", class: "clock-button", disabled: Boolean(state.busy), onclick: press(name) }, state.busy === name ? h("i", { class: "spinner" }) : null, name[0].toUpperCase() + name.slice(1), icon("forward", 14)))));
}

function toast(text) {
  const node = h("div", { class: "toast" }, text);
  at("toasts").append(node);
  setTimeout(() => node.classList.add("gone"), 5200);
  setTimeout(() => node.remove(), 5600);
}

function drawer(open) {
  document.body.classList.toggle("drawer-open", open);
  at("shade").hidden = !open;
  if (open) at("sidebar").querySelector("button")?.focus();
}

function everything() {
  const held = document.activeElement?.matches("textarea[id^=composer]") ? document.activeElement : null;
  const caret = held && [held.id, held.selectionStart, held.selectionEnd];
  const chinese = locale().startsWith("zh");
  document.documentElement.lang = chinese ? "zh" : "en";
  sidebar(at("sidebar"));
  clockBar();
  openPane(at("pane"));
  openThread(at("thread"));
  modal();
  if (caret && at(caret[0])) { at(caret[0]).focus(); at(caret[0]).setSelectionRange(caret[1], caret[2]); }
}

function go(id) {
  state.active = id;
  state.thread = "";
  state.tab = "messages";
  history.replaceState(null, "", `#${state.conversations[id].name || id}`);
  drawer(false);
  openPane(at("pane"));
  openThread(at("thread"));
  sidebar(at("sidebar"));
  if (wide()) at("composer-main")?.focus();
}

onChange((what, detail) => {
  switch (what) {
    case "all": return everything();
    case "go": return go(detail);
    case "online": return sidebar(at("sidebar"));
    case "drawer": return drawer(detail);
    case "toast": return toast(detail);
    case "clock": return clockBar();
    case "modal": return modal();
    case "modal-errors": return modalErrors();
    case "home": return state.tab === "home" ? at("pane").querySelector(".home")?.replaceWith(home()) : undefined;
    case "tab":
      state.tab = detail;
      state.thread = "";
      openPane(at("pane"));
      openThread(at("thread"));
      return send("app", { tab: detail });
    case "thread":
      state.thread = detail;
      openThread(at("thread"));
      return detail ? at("composer-thread")?.focus() : at("composer-main")?.focus();
    case "messages": return messages(detail);
    default: return undefined;
  }
});

function messages({ channel, added }) {
  if (channel === state.active) {
    if (added) follow(added);
    drawMessages(at("pane"), false, added);
    drawThread(at("thread"), false, added);
  }
  sidebar(at("sidebar"));
  clockBar();
}

// The app answers a channel question in its thread: show it beside the question it answers.
function follow(added) {
  if (!isReply(added) || added.user !== state.app.id || state.thread === added.thread_ts || !wide()) return;
  const root = state.conversations[state.active].messages.find((m) => m.ts === added.thread_ts);
  if (root?.user !== state.me || document.querySelector("dialog[open]")) return;
  state.thread = added.thread_ts;
  openThread(at("thread"), added);
}

at("shade").addEventListener("click", () => drawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("drawer-open")) drawer(false);
  else if (state.thread) changed("thread", "");
});
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && state.ready) { drawMessages(at("pane")); sidebar(at("sidebar")); } });
setInterval(() => { if (state.ready) { state.clock += 15; clockBar(); } }, 15000);
const wanted = new URLSearchParams(location.search).get("user");
load(wanted ?? localStorage.getItem("paceline.me") ?? "");
