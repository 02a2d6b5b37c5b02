// Buttons, menus and inputs of Block Kit. `surface` says where they sit and what happens when they are used.
import { h, icon } from "./dom.js";
import { state } from "./state.js";
import { textObject, withEmoji } from "./text.js";

const label = (object) => withEmoji(object?.text ?? "");

export function element(spec, block, surface) {
  const act = async (value, node) => {
    if (spec.confirm && !(await confirmed(spec.confirm))) return;
    node?.classList.add("working");
    await surface.act(block, spec, value);
    node?.classList.remove("working");
  };
  switch (spec.type) {
    case "button": {
      const press = (e) => { if (spec.url) window.open(spec.url, "_blank", "noopener"); act(undefined, e.currentTarget); };
      return h("button", { type: "button", class: `button ${spec.style ?? ""}`, "aria-label": spec.accessibility_label, onclick: press, "data-action": spec.action_id }, label(spec.text));
    }
    case "overflow": return overflow(spec, act);
    case "feedback_buttons":
      return h("span", { class: "feedback" }, ["positive_button", "negative_button"].map((name, n) =>
        h("button", { type: "button", class: "button square", title: label(spec[name].text), "aria-label": label(spec[name].text), onclick: (e) => act(spec[name].value, e.currentTarget) }, icon(n ? "down" : "up", 16))));
    case "icon_button":
      return h("button", { type: "button", class: "button", onclick: (e) => act(undefined, e.currentTarget) }, label(spec.text) || spec.icon);
    case "image": return h("img", { class: "thumb", src: spec.image_url, alt: spec.alt_text });
    default: return input(spec, block, surface, act);
  }
}

function overflow(spec, act) {
  const menu = h("div", { class: "menu", role: "menu", hidden: true });
  const button = h("button", { type: "button", class: "button square", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More actions" }, icon("dots"));
  const close = () => { menu.hidden = true; button.setAttribute("aria-expanded", "false"); };
  menu.append(...spec.options.map((option) => h("button", { type: "button", role: "menuitem", onclick: () => { close(); act(option.value, button); } }, label(option.text))));
  button.addEventListener("click", () => { menu.hidden = !menu.hidden; button.setAttribute("aria-expanded", String(!menu.hidden)); if (!menu.hidden) menu.querySelector("button")?.focus(); });
  const wrap = h("span", { class: "overflow" }, button, menu);
  wrap.addEventListener("keydown", (e) => { if (e.key === "Escape") { close(); button.focus(); e.stopPropagation(); } });
  wrap.addEventListener("focusout", (e) => { if (!wrap.contains(e.relatedTarget)) close(); });
  return wrap;
}

function input(spec, block, surface, act) {
  const id = `${block.block_id}/${spec.action_id ?? ""}`;
  const begin = surface.entered?.[id];
  const keep = (value, node) => {
    surface.enter?.(id, value);
    if (block.type !== "input" || block.dispatch_action) act(value, node);
  };
  const placeholder = label(spec.placeholder);
  const kind = spec.type;
  if (kind.includes("select")) return select(spec, keep, begin, placeholder);
  if (kind === "checkboxes" || kind === "radio_buttons") return choices(spec, id, keep, begin);
  if (kind === "plain_text_input" && spec.multiline) {
    return h("textarea", { rows: 4, placeholder, maxlength: spec.max_length, oninput: (e) => surface.enter?.(id, e.target.value), value: begin ?? spec.initial_value ?? "", "aria-label": label(block.label) });
  }
  const types = { datepicker: "date", timepicker: "time", number_input: "number", email_text_input: "email", url_text_input: "url", datetimepicker: "datetime-local" };
  const initial = begin ?? spec.initial_value ?? spec.initial_date ?? spec.initial_time ?? "";
  const picker = kind.endsWith("picker");
  return h("input", {
    type: types[kind] ?? "text", placeholder, value: initial, maxlength: spec.max_length, step: kind === "number_input" ? (spec.is_decimal_allowed ? "any" : 1) : null,
    "aria-label": label(block.label) || placeholder || "Value", onchange: (e) => (picker ? keep(e.target.value, e.target) : null), oninput: (e) => surface.enter?.(id, e.target.value),
  });
}

function select(spec, keep, begin, placeholder) {
  let options;
  if (spec.type.includes("users")) options = state.order.map((id) => [id, state.users[id].name]);
  else if (spec.type.includes("conversations") || spec.type.includes("channels")) options = Object.values(state.conversations).filter((c) => c.kind !== "im").map((c) => [c.id, `#${c.name}`]);
  else options = null;
  const one = (value, text, chosen) => h("option", { value, selected: chosen }, text);
  const multi = spec.type.startsWith("multi_");
  const initial = begin ?? spec.initial_option?.value ?? spec.initial_user ?? spec.initial_conversation ?? spec.initial_channel
    ?? (spec.initial_options ?? []).map((o) => o.value);
  const chosen = (value) => (Array.isArray(initial) ? initial.includes(value) : initial === value);
  const listed = options ? options.map(([v, t]) => one(v, t, chosen(v)))
    : spec.option_groups ? spec.option_groups.map((g) => h("optgroup", { label: label(g.label) }, g.options.map((o) => one(o.value, label(o.text), chosen(o.value)))))
      : (spec.options ?? []).map((o) => one(o.value, label(o.text), chosen(o.value)));
  const change = (e) => keep(multi ? [...e.target.selectedOptions].map((o) => o.value) : e.target.value || null, e.target);
  const field = h("select", { multiple: multi, size: multi ? Math.min(6, listed.length) : null, "aria-label": placeholder || "Choose", onchange: change, "data-action": spec.action_id }, multi ? null : h("option", { value: "", disabled: true, selected: !initial?.length }, placeholder || "Choose…"), listed);
  return h("span", { class: `select${multi ? " multi" : ""}` }, field, multi ? null : icon("chevron", 14));
}

function choices(spec, id, keep, begin) {
  const many = spec.type === "checkboxes";
  const initial = begin ?? (many ? (spec.initial_options ?? []).map((o) => o.value) : spec.initial_option?.value);
  const box = h("div", { class: "choices", role: many ? "group" : "radiogroup" });
  const read = () => { const on = [...box.querySelectorAll("input:checked")].map((i) => i.value); return many ? on : on[0] ?? null; };
  box.append(...spec.options.map((o) => h("label", {},
    h("input", { type: many ? "checkbox" : "radio", name: id, value: o.value, checked: many ? initial.includes(o.value) : initial === o.value, onchange: () => keep(read()) }),
    h("span", {}, textObject(o.text), o.description ? h("small", {}, textObject(o.description)) : null))));
  return box;
}

export function confirmed(spec) {
  return new Promise((done) => {
    const dialog = h("dialog", { class: "modal small", "aria-label": label(spec.title) },
      h("h2", {}, label(spec.title)), h("div", { class: "modal-body" }, textObject(spec.text)),
      h("footer", {}, h("button", { type: "button", class: "button", onclick: () => dialog.close("no") }, label(spec.deny) || "Cancel"),
        h("button", { type: "button", class: `button ${spec.style ?? "primary"}`, onclick: () => dialog.close("yes") }, label(spec.confirm) || "Yes")));
    dialog.addEventListener("close", () => { dialog.remove(); done(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
