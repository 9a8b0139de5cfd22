// The table of the overview; where it is large, a row is made when it comes to sight.

function entryLink(described, { cell, where, to }) {
  const href = addressOf({ cell: described.id, ...to });
  if (state.by === "environment" && !cell.answer.by_django && !cell.answer.warned && !cell.silent) {
    return h("a", { class: `answer mark ${cell.answer.mark}`, href }, cell.answer.word);
  }
  return h(
    "a",
    { class: "answer", href },
    cell ? answerOf(cell) : mark("unknown", "unknown"),
    where && [" ", h("span", { class: "where" }, where)],
  );
}

/** A row of headings; neighbours that say the same become one. */
function headingRow(columns, level) {
  const cells = [];
  let before = "";
  for (const column of columns) {
    const path = JSON.stringify(column.headings.slice(0, level + 1));
    if (path === before) cells.at(-1).colSpan += 1;
    else cells.push(h("th", { scope: "col" }, h("span", null, column.headings[level])));
    before = path;
  }
  for (const cell of cells) if (cell.colSpan > 1) cell.scope = "colgroup";
  return cells;
}

function headOf(columns) {
  if (!state.by) {
    const heading = ([name, servers]) =>
      h("th", { scope: "col" }, name, servers && [" ", h("span", { class: "servers" }, servers)]);
    return [
      h(
        "tr",
        null,
        h("th", { scope: "col", class: "corner" }, "Case"),
        columns.map((column) => heading(column.headings)),
      ),
    ];
  }
  const levels = columns.length ? columns[0].headings.length : 1;
  return Array.from({ length: levels }, (_, level) =>
    h(
      "tr",
      null,
      level === 0 && h("th", { scope: "col", class: "corner", rowspan: String(levels) }, "Case"),
      headingRow(columns, level),
    ),
  );
}

const cellsOf = (described, columns) =>
  columns.map((column) =>
    h(
      "td",
      null,
      entriesOf(described, column).map((entry) => entryLink(described, entry)),
    ),
  );

function rowOf(described, cells) {
  return h(
    "tr",
    null,
    h(
      "th",
      { scope: "row" },
      h("a", { class: "case", href: `#${encode(`case:${described.id}`)}` }, described.title),
      h("code", null, described.id),
      h("span", { class: "promise" }, described.promise),
    ),
    cells,
  );
}

/** More cells than this are not made at once, but row by row as they come to sight. */
const AT_ONCE = 3000;

const waiting = new Map();

const observer = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) fill(target);
  },
  { root: document.getElementById("matrix-scroll"), rootMargin: "200px" },
);

function fill(row) {
  observer.unobserve(row);
  row.lastChild.replaceWith(...waiting.get(row)());
  waiting.delete(row);
}

function laterRowOf(described, columns) {
  const row = rowOf(
    described,
    h("td", { class: "later", colspan: String(columns.length) }, "\u2026"),
  );
  waiting.set(row, () => cellsOf(described, columns));
  observer.observe(row);
  return row;
}

function bodyOf(family, rows, width) {
  const heading = h("th", { scope: "rowgroup", colspan: width }, h("span", null, family));
  return h("tbody", null, h("tr", { class: "family" }, heading), rows);
}

function nothing(width) {
  const said = h("td", { class: "nothing", colspan: width }, "No case matches all filters.");
  return h("tbody", null, h("tr", null, said));
}

function showTable(columns, shown) {
  observer.disconnect();
  waiting.clear();
  const makeRow =
    columns.length * shown.length > AT_ONCE
      ? (described) => laterRowOf(described, columns)
      : (described) => rowOf(described, cellsOf(described, columns));
  const width = String(columns.length + 1);
  const bodies = [...grouped(shown, (each) => each.family)].map(([family, all]) =>
    bodyOf(family, all.map(makeRow), width),
  );
  const span = String(Math.max(columns.length, 1));
  const widths = h("colgroup", null, h("col", { class: "cases" }), h("col", { span }));
  const table = document.getElementById("matrix");
  table.classList.toggle("narrow", Boolean(state.by));
  table.classList.toggle("many", columns.length > 24);
  table.replaceChildren(
    table.caption,
    widths,
    h("thead", null, headOf(columns)),
    ...(shown.length ? bodies : [nothing(width)]),
  );
}
