// Slack's table and data_table.
import { h, icon } from "./dom.js";
import { richText } from "./richtext.js";
import { locale } from "./state.js";
import { withEmoji } from "./text.js";

const shown = (cell) => (cell.type === "rich_text" ? richText(cell) : withEmoji(cell.text ?? String(cell.value ?? "")));
const words = (cell) => (cell.type === "rich_text" ? richText(cell).textContent : cell.text ?? String(cell.value ?? ""));
const looksNumeric = (text) => /^[^\p{L}]*\d[\d\s.,%\u00a0\u202f]*(%|pp|[万亿kKmM])?[^\p{L}\d]*$/u.test(text);

export function table(block) {
  const settings = block.column_settings ?? [];
  const align = (c) => settings[c]?.align ?? "left";
  const row = (cells, tag) => h("tr", {}, cells.map((cell, c) => h(tag, { class: `${align(c)}${settings[c]?.is_wrapped ? " wrap" : ""}` }, shown(cell))));
  const [head, ...body] = block.rows;
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", { class: "table" }, h("thead", {}, row(head, "th")), h("tbody", {}, body.map((cells) => row(cells, "td")))));
}

export function dataTable(block) {
  const [head, ...body] = block.rows;
  const size = block.page_size ?? 5;
  const key = block.row_header_column_index ?? 0;
  const numeric = head.map((_, c) => body.every((r) => r[c].type === "raw_number" || looksNumeric(words(r[c])) || /^(n\/a|–|—|-|不适用)$/i.test(words(r[c]))) && body.some((r) => r[c].type === "raw_number" || /\d/.test(words(r[c]))));
  const box = h("div", { class: "data-table" });
  let order = null;
  let page = 0;
  let needle = "";

  const worth = (cell) => {
    if (cell.type === "raw_number") return cell.value;
    const text = words(cell);
    const number = Number(text.replace(/[^\d.eE+-]/g, ""));
    return looksNumeric(text) && Number.isFinite(number) ? number : text;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), locale(), { numeric: true }));

  function rows() {
    let listed = body.filter((r) => !needle || r.some((cell) => words(cell).toLowerCase().includes(needle)));
    if (order) listed = [...listed].sort((a, b) => order.way * compare(worth(a[order.column]), worth(b[order.column])));
    return listed;
  }

  function draw(refocus) {
    const listed = rows();
    const pages = Math.max(1, Math.ceil(listed.length / size));
    page = Math.min(page, pages - 1);
    const visible = listed.slice(page * size, page * size + size);
    const header = head.map((cell, c) => {
      const way = order?.column === c ? order.way : 0;
      const press = () => { order = way === 1 ? { column: c, way: -1 } : way === -1 ? null : { column: c, way: 1 }; draw(c); };
      return h("th", { class: numeric[c] ? "right" : "left", "aria-sort": way === 1 ? "ascending" : way === -1 ? "descending" : "none", scope: "col" },
        h("button", { class: "sort", type: "button", onclick: press, title: "Sort" }, shown(cell), h("span", { class: "arrow", "aria-hidden": "true" }, way === 1 ? "▲" : way === -1 ? "▼" : "")));
    });
    const line = (r) => h("tr", {}, r.map((cell, c) => h(c === key ? "th" : "td", { class: numeric[c] ? "right" : "left", scope: c === key ? "row" : null }, shown(cell))));
    const first = listed.length ? page * size + 1 : 0;
    const turn = (by) => () => { page += by; draw(); };
    box.replaceChildren(
      h("div", { class: "data-table-top" }, h("div", { class: "caption" }, block.caption),
        body.length > size ? h("input", { class: "filter", type: "search", placeholder: "Filter", "aria-label": `Filter ${block.caption}`, value: needle, oninput: (e) => { needle = e.target.value.trim().toLowerCase(); page = 0; draw("filter"); } }) : null),
      h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": block.caption },
        h("table", { class: "table" }, h("thead", {}, h("tr", {}, header)), h("tbody", {}, visible.map(line)))),
      pages > 1 || needle ? h("div", { class: "pager" },
        h("span", {}, `${first}–${first + visible.length - (visible.length ? 1 : 0)} of ${listed.length}`),
        h("button", { type: "button", class: "icon-button", "aria-label": "Previous page", disabled: page === 0, onclick: turn(-1) }, icon("back", 16)),
        h("button", { type: "button", class: "icon-button flip", "aria-label": "Next page", disabled: page >= pages - 1, onclick: turn(1) }, icon("back", 16))) : "",
    );
    if (refocus === "filter") { const field = box.querySelector(".filter"); field.focus(); field.setSelectionRange(needle.length, needle.length); }
    else if (refocus !== undefined) box.querySelectorAll(".sort")[refocus]?.focus();
  }
  draw();
  return box;
}
