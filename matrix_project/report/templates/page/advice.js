// What to do where a promise is lost: what goes round it, what catches it meanwhile, what it costs.

/** The cases that go round one; where it is a way round itself, the others, and what they go round. */
const roundsOf = (described) =>
  cases.filter(
    (each) =>
      each !== described &&
      (each.instead_of === described.id ||
        (described.instead_of && [each.instead_of, each.id].includes(described.instead_of))),
  );

function roundOf(other, environment) {
  const cell = cellOf(other, environment);
  return h(
    "li",
    null,
    h("a", { href: addressOf({ cell: other.id, in: environment.id }) }, other.title),
    ": ",
    answerOf(cell),
    ` on ${placeName(environment)}`,
    cell.facts.length > 0 &&
      quiet("Also seen: ", cell.facts.map(({ title, shows }) => `${title}: ${shows}`).join("; ")),
  );
}

/** What `full_clean()` does not see of a uniqueness: the case, the answers that show it, the words. */
const UNSEEN = [
  [
    "transactions.race_unique",
    ["waits_then_fails", "fails_at_once"],
    "of two requests at once only a constraint keeps the second out",
  ],
  ["validation.excluded_field", ["looser", "mixed"], "it does not see a field that a form leaves out"],
];

function unseenOf(described, environment) {
  if (!/unique|exclusion/i.test(described.declaration)) return null;
  const shown = UNSEEN.filter(([id, answers]) => {
    const other = caseById.get(id);
    return other && answers.includes(cellOf(other, environment).answer.exact);
  });
  if (!shown.length) return null;
  const links = shown.map(([id, , text], at) => [
    at > 0 && ", and ",
    h("a", { href: addressOf({ cell: id, in: environment.id }) }, text),
  ]);
  return h("p", null, "It is no constraint: ", links, ".");
}

/** What `full_clean()` does with the violating rows, and the ways in that wrote one all the same. */
function meanwhileOf(described, cell, environment) {
  const violating = cell.validation.filter((each) => each.row.startsWith("violating"));
  const caught = violating.filter((each) => each.outcome === "rejected").length;
  const past = unique(
    cell.probes
      .filter((probe) => probe.expect === "reject" && !probe.masked && probe.way !== "remove")
      .filter((probe) => probe.outcome === "accepted" && probe.way_in !== "own")
      .map((probe) => probe.way_in),
  );
  if (!violating.length) return [quiet("It was not observed whether full_clean() catches it.")];
  const does = caught === violating.length ? "rejects" : caught ? "rejects some of" : "lets in";
  return [
    h("p", null, h("code", null, "full_clean()"), ` ${does} the violating rows here.`),
    caught > 0 && unseenOf(described, environment),
    past.length > 0 &&
      h(
        "p",
        null,
        "These ways in wrote one all the same: ",
        past.map((way, at) => [at > 0 && ", ", h("code", null, way)]),
        ".",
      ),
  ];
}

/** What was measured of a case on a backend, or on another of its vendor, which is named. */
function costOf(described, environment) {
  const told = described.costs[environment.backend];
  if (told) return h("p", null, told);
  const other = Object.keys(described.costs).find(
    (id) => id === environment.vendor || id.startsWith(`${environment.vendor}-`),
  );
  return other ? h("p", null, `Measured on ${other}: ${described.costs[other]}`) : null;
}

function adviceOf(described, environment) {
  const cell = cellOf(described, environment);
  if (described.kind !== "promise" || !cell.known) return null;
  const cost = costOf(described, environment);
  if (holds(cell)) return cost && section("What it costs", cost, h("p", { class: "quiet" }, h("a", { href: "#costs" }, "All costs"), ", with the plans of the queries."));
  const rounds = roundsOf(described);
  const ranked = [...rounds].sort(
    (a, b) => cellOf(a, environment).answer.order - cellOf(b, environment).answer.order,
  );
  return section(
    `What to do on ${placeName(environment)}`,
    h("h4", null, "A way round"),
    ranked.length
      ? h(
          "ul",
          null,
          ranked.map((other) => roundOf(other, environment)),
        )
      : quiet("None of this matrix goes round it."),
    h("h4", null, "What catches it meanwhile"),
    meanwhileOf(described, cell, environment),
    cost && [h("h4", null, "What it costs"), cost],
    rounds.some((each) => costOf(each, environment)) &&
      rounds.map((each) => costOf(each, environment) && h("p", null, `${each.title}: `, costOf(each, environment))),
  );
}

/** Say that backends were not observed, which observed ones are nearest, and how to see for oneself. */
function notObserved(backends) {
  return backends
    .map((id) => {
      const all = environments.filter((each) => each.backend === id);
      const seen = environments.filter((each) => each.vendor === all[0].vendor && each.observed && !each.backend.includes("~"));
      const version = (each) => each.server.split(".").map(Number);
      const away = (each) => Math.abs(version(each)[0] - version(all[0])[0]) * 100 + Math.abs((version(each)[1] ?? 0) - (version(all[0])[1] ?? 0));
      const best = [...seen].sort((a, b) => away(a) - away(b))[0];
      const near = seen.filter((each) => each.backend === best?.backend).at(-1);
      return [
        h("strong", null, `${placeName(all[0])} was not observed here.`),
        near && [
          " Nothing is implied of it; the nearest series that was observed is ",
          h("a", { href: nearAddress(id, near) }, placeName(near)),
          ".",
        ].flat(),
        " Run it yourself: ",
        h("code", null, all.at(-1).command),
        " ",
      ].flat();
    })
    .flat();
}

/** The same view with the nearest backend in place of one that was not observed. */
function nearAddress(id, near) {
  const swap = (value) => (value === id || byId.get(value)?.backend === id ? near.id : value);
  const words_ = state.q ? readQuery(state.q).words.join(" ") : "";
  const query = state.q && { q: `${near.vendor} ${near.server} ${words_}`.trim() };
  const place = state.from || state.to ? { from: swap(state.from), to: swap(state.to) } : {};
  return addressOf({ ...state, ...place, ...query, backend: state.backend.filter((each) => each !== id) });
}
