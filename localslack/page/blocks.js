// One Block Kit block after another.
import { chart } from "./chart.js";
import { h } from "./dom.js";
import { element } from "./elements.js";
import { markdown, richText } from "./richtext.js";
import { dataTable, table } from "./table.js";
import { mrkdwn, textObject, withEmoji } from "./text.js";

export const blocks = (list, surface) => (list ?? []).map((block) => one(block, surface));

function one(block, surface) {
  switch (block.type) {
    case "section": return section(block, surface);
    case "header": return h("h3", { class: "block-header" }, withEmoji(block.text.text));
    case "divider": return h("hr", { class: "block-divider" });
    case "context":
      return h("div", { class: "block-context" }, block.elements.map((e) => (e.type === "image" ? h("img", { src: e.image_url, alt: e.alt_text }) : h("span", {}, textObject(e)))));
    case "actions": case "context_actions":
      return h("div", { class: "block-actions", role: "group" }, block.elements.map((e) => element(e, block, surface)));
    case "rich_text": return richText(block);
    case "markdown": return markdown(block.text);
    case "table": return table(block);
    case "data_table": return dataTable(block);
    case "data_visualization": return chart(block);
    case "image":
      return h("figure", { class: "block-image" }, block.title ? h("figcaption", {}, textObject(block.title)) : null, h("img", { src: block.image_url, alt: block.alt_text }), h("span", { class: "alt" }, block.alt_text));
    case "input": return field(block, surface);
    default: return h("div", { class: "block-unknown" }, `(${block.type})`);
  }
}

function section(block, surface) {
  return h("div", { class: "block-section" },
    h("div", { class: "block-section-text" }, block.text ? textObject(block.text) : null,
      block.fields ? h("div", { class: "fields" }, block.fields.map((f) => h("div", {}, textObject(f)))) : null),
    block.accessory ? h("div", { class: "accessory" }, element(block.accessory, block, surface)) : null);
}

function field(block, surface) {
  const error = surface.errors?.()[block.block_id];
  const tag = ["checkboxes", "radio_buttons"].includes(block.element.type) ? "div" : "label";
  return h(tag, { class: `field${error ? " wrong" : ""}`, "data-block": block.block_id },
    h("span", { class: "field-label" }, withEmoji(block.label.text), block.optional ? h("em", {}, " (optional)") : null),
    element(block.element, block, surface),
    block.hint ? h("small", {}, textObject(block.hint)) : null,
    h("strong", { class: "field-error", role: "alert" }, error ?? ""));
}

export function fallback(text) {
  return h("div", { class: "rich" }, mrkdwn(text));
}
