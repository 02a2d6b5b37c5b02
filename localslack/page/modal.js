// The modal on top, as a dialog.
import { blocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { send, state } from "./state.js";
import { withEmoji } from "./text.js";

let dialog = null;
let shown = "";
let entered = {};

export function modal() {
  const view = state.modal;
  if (!view) { dialog?.remove(); dialog = null; shown = ""; return; }
  if (shown !== view.id) entered = {};
  shown = view.id;
  dialog?.remove();
  const surface = {
    entered,
    errors: () => state.modalErrors,
    enter: (id, value) => { entered[id] = value; },
    act: (block, spec, value) => send("act", { view_id: view.id, block_id: block.block_id, action_id: spec.action_id ?? "", value, entered }),
  };
  const submit = h("button", { type: "submit", class: "button primary" }, withEmoji(view.submit?.text ?? "Submit"));
  const form = h("form", { method: "dialog", onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    await send("submit", { entered });
    submit.disabled = false;
  } },
    h("header", {}, h("h2", { id: "modal-title" }, withEmoji(view.title.text)), h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close"))),
    h("div", { class: "modal-body" }, h("strong", { class: "field-error", role: "alert", "data-general": "" }), blocks(view.blocks, surface)),
    h("footer", {}, h("button", { type: "button", class: "button", onclick: close }, withEmoji(view.close?.text ?? "Cancel")), view.submit ? submit : null));
  dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title", oncancel: (event) => { event.preventDefault(); close(); } }, form);
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector(".modal-body input, .modal-body textarea, .modal-body select")?.focus();
}

const close = () => send("close", {});

export function modalErrors() {
  if (!dialog) return;
  for (const field of dialog.querySelectorAll(".field")) {
    const error = state.modalErrors[field.dataset.block];
    field.classList.toggle("wrong", Boolean(error));
    field.querySelector(".field-error").textContent = error ?? "";
  }
  dialog.querySelector("[data-general]").textContent = state.modalErrors[""] ?? "";
  dialog.querySelector(".field.wrong input, .field.wrong textarea, .field.wrong select")?.focus();
}
