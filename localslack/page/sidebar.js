// Left: the workspace, who one is, channels, the app.
import { avatar, h, icon } from "./dom.js";
import { appDm, changed, lastRead, load, person, state, unread } from "./state.js";

let choosing = false;

export function sidebar(root) {
  const me = person(state.me);
  const channels = Object.values(state.conversations).filter((c) => c.kind !== "im" && c.kind !== "mpim").sort((a, b) => a.name.localeCompare(b.name));
  const dm = appDm();
  root.replaceChildren(
    h("div", { class: "side-head" }, h("img", { src: "/page/icon.svg", alt: "", width: 30, height: 30 }), h("div", {}, h("b", {}, state.team), h("small", { class: state.online ? "on" : "off" }, state.online ? "local workspace" : "reconnecting…"))),
    h("div", { class: "who" },
      h("button", { type: "button", class: "who-button", "aria-haspopup": "listbox", "aria-expanded": String(choosing), onclick: () => { choosing = !choosing; sidebar(root); if (choosing) root.querySelector(".people [aria-selected=true]")?.focus(); } },
        avatar(me), h("span", { class: "who-text" }, h("small", {}, "You are"), h("b", {}, me.name), h("span", {}, me.title)), icon("chevron", 16)),
      choosing ? people(root) : null),
    h("div", { class: "side-scroll" },
      h("h2", {}, "Channels"),
      h("ul", {}, channels.map((c) => place(c.id, [icon(c.kind === "group" ? "lock" : "hash", 16), h("span", { class: "place-name" }, c.name)], mentions(c.id), unread(c.id).length))),
      h("h2", {}, "Apps"),
      h("ul", {}, dm ? place(dm.id, [avatar({ app: true }, "mini"), h("span", { class: "place-name" }, state.app.name)], unread(dm.id).length, unread(dm.id).length) : null)),
  );
}

const mentions = (channel) => unread(channel).filter((m) => (m.text ?? "").includes(`<@${state.me}>`) || m.is_ephemeral).length;

function place(id, content, count, fresh) {
  const here = state.active === id;
  return h("li", {}, h("button", { type: "button", class: `place${here ? " here" : ""}${fresh && !here ? " fresh" : ""}`, "aria-current": here ? "page" : null, onclick: () => changed("go", id) }, content, count && !here ? h("span", { class: "badge", "aria-label": `${count} unread` }, count) : null));
}

function people(root) {
  const close = () => { choosing = false; sidebar(root); root.querySelector(".who-button").focus(); };
  const move = (event) => {
    const all = [...event.currentTarget.querySelectorAll("input, button")];
    const at = all.indexOf(document.activeElement);
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") all[Math.min(at + 1, all.length - 1)].focus();
    else if (event.key === "ArrowUp") all[Math.max(at - 1, 0)].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const everyone = state.order.map((id) => state.users[id]);
  const front = everyone.filter((u) => u.front);
  const others = everyone.filter((u) => !u.front);
  const list = h("div", { role: "listbox", "aria-label": "Switch person" });
  const draw = (wanted) => {
    const fits = (u) => `${u.name} ${u.title}`.toLowerCase().includes(wanted);
    list.replaceChildren(...(wanted ? everyone.filter(fits).slice(0, 12) : front).map(choice));
    if (!list.children.length) list.append(h("p", { class: "nobody" }, "Nobody by that name"));
  };
  draw("");
  const search = others.length ? h("input", { type: "search", class: "people-search", placeholder: `Find any of ${everyone.length} people`, "aria-label": "Find a person", oninput: (e) => draw(e.target.value.trim().toLowerCase()) }) : null;
  return h("div", { class: "people", onkeydown: move }, search, list);
}

function choice(one) {
  const news = one.dm && Number(one.latest ?? 0) > lastRead(one.dm, one.id) && one.id !== state.me;
  return h("button", { type: "button", role: "option", "aria-selected": String(one.id === state.me), "data-user": one.id, onclick: () => { choosing = false; load(one.id); } },
    avatar(one, "small"), h("span", {}, h("b", {}, one.name), h("small", {}, one.title)), news ? h("i", { class: "dot-new", title: "Something new" }) : one.id === state.me ? icon("check", 16) : null);
}

document.addEventListener("pointerdown", (event) => {
  if (choosing && !event.target.closest(".who")) { choosing = false; sidebar(document.getElementById("sidebar")); }
});
