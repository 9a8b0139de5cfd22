// The document: each node is a value, or a list of the numbers of earlier nodes that make one up.
// What is equal anywhere in the document is one and the same object here.

function unpack({ shapes, nodes }) {
  const made = [];
  for (const node of nodes) {
    if (!Array.isArray(node)) {
      made.push(node);
    } else if (node[0] < 0) {
      made.push(node.slice(1).map((number) => made[number]));
    } else {
      const record = Object.create(null);
      shapes[node[0]].forEach((name, index) => {
        record[name] = made[node[index + 1]];
      });
      made.push(record);
    }
  }
  return made.at(-1);
}

// It stands in the page compressed, as it repeats itself much.
function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const matrix = unpack(await inflated(document.getElementById("document").textContent));
const environments = matrix.environments;
environments.forEach((each, index) => {
  each.index = index;
});
const cases = matrix.cases;

const byId = new Map(environments.map((each) => [each.id, each]));
const caseById = new Map(cases.map((each) => [each.id, each]));

/** Group in the order of first appearance. */
function grouped(items, by) {
  const groups = new Map();
  for (const item of items) {
    const key = by(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

const unique = (items) => [...new Set(items)];

/** The observation of a case in an environment; where there is none, the record that says why. */
const cellOf = (described, environment) =>
  matrix.observations[described.cells[environment.index]];

const fullName = (environment) =>
  `${environment.name} ${environment.server} on Django ${environment.series}`;

const vendors = [...grouped(environments, (each) => each.vendor)].map(([id, all]) => ({
  id,
  name: all[0].name,
  environments: all,
}));

const seriesOfAll = matrix.series;
