// The message box: Enter sends, Shift+Enter breaks the line; @ and / offer completions. Drafts survive a change of place.
import { avatar, h, icon } from "./dom.js";
import { send, state } from "./state.js";

const drafts = new Map();
const COMMAND_HELP = { "/kpi": "Ask about your numbers, privately", "/kpi-admin": "Rules, digests, roles, data" };

export function composer(channel, { thread = "", label, id }) {
  const key = `${state.me}/${channel}/${thread}`;
  const field = h("textarea", { id, rows: 1, placeholder: label, "aria-label": label, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", enterkeyhint: "send", value: drafts.get(key) ?? "" });
  const menu = h("div", { class: "completions", role: "listbox", hidden: true });
  const button = h("button", { type: "button", class: "send", "aria-label": "Send" }, icon("send"));
  let offers = [];
  let picked = 0;

  const grow = () => { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight, 180)}px`; button.disabled = !field.value.trim(); };

  function find() {
    const before = field.value.slice(0, field.selectionStart);
    const command = /^\/[\w-]*$/.exec(before);
    const at = /(?:^|\s)@([^\s@]*)$/.exec(before);
    if (command && !thread) offers = state.commands.filter((c) => c.startsWith(before)).map((c) => ({ text: `${c} `, from: 0, show: [h("code", {}, c), h("span", {}, COMMAND_HELP[c] ?? "")] }));
    else if (at) {
      const wanted = at[1].toLowerCase();
      const all = [{ ...state.app, app: true, title: "App" }, ...state.order.map((u) => state.users[u])];
      offers = all.filter((p) => p.name.toLowerCase().split(/\s+/).concat(p.name.toLowerCase()).some((w) => w.startsWith(wanted))).slice(0, 6)
        .map((p) => ({ text: `@${p.name} `, from: before.length - at[1].length - 1, show: [avatar(p, "tiny"), h("b", {}, p.name), h("span", {}, p.title ?? "")] }));
    } else offers = [];
    picked = 0;
    draw();
  }

  function draw() {
    menu.hidden = !offers.length;
    menu.replaceChildren(...offers.map((o, n) => h("button", { type: "button", role: "option", "aria-selected": String(n === picked), class: n === picked ? "picked" : "", onpointerdown: (e) => { e.preventDefault(); take(o); } }, o.show)));
  }

  function take(offer) {
    const after = field.value.slice(field.selectionStart);
    field.value = field.value.slice(0, offer.from) + offer.text + after;
    const at = offer.from + offer.text.length;
    field.setSelectionRange(at, at);
    offers = [];
    draw();
    drafts.set(key, field.value);
    grow();
    field.focus();
  }

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    drafts.delete(key);
    offers = [];
    draw();
    grow();
    const command = /^(\/[\w-]+)(?:\s+([\s\S]*))?$/.exec(text);
    const done = command && !thread
      ? await send("slash", { channel, command: command[1], text: command[2] ?? "" })
      : await send("say", { channel, text, thread_ts: thread || undefined });
    if (!done.ok && !field.value) { field.value = text; grow(); }
  }

  field.addEventListener("input", () => { drafts.set(key, field.value); grow(); find(); });
  field.addEventListener("blur", () => { offers = []; draw(); });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // an input method is still choosing characters
    if (offers.length && ["ArrowDown", "ArrowUp"].includes(event.key)) { event.preventDefault(); picked = (picked + (event.key === "ArrowDown" ? 1 : offers.length - 1)) % offers.length; draw(); }
    else if (offers.length && (event.key === "Tab" || (event.key === "Enter" && field.value !== offers[picked].text.trim()))) { event.preventDefault(); take(offers[picked]); }
    else if (offers.length && event.key === "Escape") { event.stopPropagation(); offers = []; draw(); }
    else if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); submit(); }
  });
  button.addEventListener("click", submit);
  requestAnimationFrame(grow);
  return h("div", { class: "composer" }, menu, h("div", { class: "composer-box" }, field, button));
}
