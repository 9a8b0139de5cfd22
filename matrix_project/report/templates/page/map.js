// The heatmap: pointing at a cell tells of it, a click or Enter opens it, the arrows walk.

const map = document.getElementById("map");

const mapRows = [...grouped(environments, (each) => each.backend).values()].map(
  (all) => all.filter((each) => each.observed).at(-1) ?? all.at(-1),
);

const ROW = 13;

/** The blocks of each kind, with their cases: a line of the picture. */
const mapLines = map
  ? ["promise", "question"].map((kind) => {
      const all = cases.filter((each) => each.kind === kind);
      return [...map.querySelectorAll(`svg.cells.${kind}`)].flatMap((svg) => {
        const [start, count] = [Number(svg.dataset.start), Number(svg.dataset.count)];
        return Array.from({ length: count }, (_, at) => ({ svg, at, described: all[start + at], count }));
      });
    }).filter((line) => line.length)
  : [];

let cursor = null;

function mapSaid({ line, column, row }) {
  const { described } = mapLines[line][column];
  const environment = mapRows[row];
  const cell = environment.observed ? cellOf(described, environment) : null;
  return cellName(described, `${placeName(environment)} on Django ${environment.series}`, cell);
}

function point(to) {
  cursor = to;
  for (const old of map.querySelectorAll(".cursor")) old.remove();
  const said = document.getElementById("map-said");
  if (!to) {
    said.textContent = "";
    return;
  }
  const { svg, at, count } = mapLines[to.line][to.column];
  const pitch = svg.viewBox.baseVal.width / count;
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const sides = { x: at * pitch - 1, y: to.row * ROW, width: pitch + 1, height: ROW, class: "cursor" };
  for (const [name, value] of Object.entries(sides)) box.setAttribute(name, value);
  svg.append(box);
  said.textContent = mapSaid(to);
  const [place, whole] = [box.getBoundingClientRect(), map.getBoundingClientRect()];
  const left = Math.min(place.left - whole.left + 14, whole.width - said.offsetWidth);
  said.style.left = `${Math.max(0, left)}px`;
  said.style.top = `${place.bottom - whole.top + 6}px`;
}

function under(event) {
  const svg = event.target.closest?.("svg.cells");
  if (!svg) return null;
  const box = svg.getBoundingClientRect();
  const count = Number(svg.dataset.count);
  const at = Math.floor(((event.clientX - box.left) / box.width) * count);
  const row = Math.floor(((event.clientY - box.top) / box.height) * mapRows.length);
  const line = mapLines.findIndex((all) => all.some((each) => each.svg === svg));
  const column = mapLines[line].findIndex((each) => each.svg === svg && each.at === at);
  return column < 0 || !mapRows[row] ? null : { line, column, row };
}

function openCell({ line, column, row }) {
  go({ cell: mapLines[line][column].described.id, in: mapRows[row].id, as: "" }, { step: true });
}

function walk(event) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key === "Enter" && cursor) openCell(cursor);
  if (event.key === "Escape") point(null);
  if (!steps[event.key]) return;
  event.preventDefault();
  const [right, down] = steps[event.key];
  let { line, column, row } = cursor ?? { line: 0, column: 0, row: 0 };
  if (cursor) [column, row] = [column + right, row + down];
  if (row < 0 && line > 0) [line, row] = [line - 1, mapRows.length - 1];
  if (row >= mapRows.length && line < mapLines.length - 1) [line, row] = [line + 1, 0];
  const within = (value, length) => Math.min(Math.max(value, 0), length - 1);
  point({ line, column: within(column, mapLines[line].length), row: within(row, mapRows.length) });
}

if (map && mapLines.length) {
  map.tabIndex = 0;
  map.setAttribute("role", "application");
  map.setAttribute("aria-roledescription", "heatmap");
  map.setAttribute("aria-label", "All cases by all backends: walk with the arrows, Enter opens a cell");
  map.addEventListener("pointermove", (event) => point(under(event)));
  map.addEventListener("pointerleave", () => point(null));
  map.addEventListener("click", (event) => {
    const found = under(event);
    if (found) openCell(found);
  });
  map.addEventListener("keydown", walk);
  map.addEventListener("blur", () => point(null));
}
