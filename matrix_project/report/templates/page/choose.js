// Which backends do all that one needs. What was not observed counts neither way.

const needable = cases.filter(
  (described) => described.kind === "promise" && !described.comparison,
);

const holds = (cell) => cell.level === "holds";

/** How a cell meets a need: `met`, `failed`, or `unknown`. */
function meets(cell) {
  if (!cell.known) return "unknown";
  return holds(cell) && !(state.named && cell.named === false) ? "met" : "failed";
}

function judged(environment, needs) {
  const unmet = needs
    .map((described) => ({ described, cell: cellOf(described, environment) }))
    .map((need) => ({ ...need, how: meets(need.cell) }))
    .filter(({ how }) => how !== "met");
  const failed = unmet.filter(({ how }) => how === "failed");
  const how = failed.length ? "failed" : unmet.length ? "unknown" : "met";
  const told = unmet.map(
    ({ described, cell }) => `${described.id} ${cell.answer.key} ${cell.sentence}`,
  );
  return { environment, how, unmet, key: [how, environment.vendor, ...told].join("\n") };
}

/** Say a sentence once for all the needs that it is about. */
function reasonsOf(unmet, environment) {
  return [...grouped(unmet, ({ cell }) => `${cell.answer.key} ${cell.sentence}`)].map(([, alike]) =>
    h(
      "li",
      null,
      alike
        .map(({ described }, index) => [index > 0 && ", ", h("strong", null, described.title)])
        .flat(),
      ": ",
      h(
        "a",
        { class: "why", href: addressOf({ cell: alike[0].described.id, in: environment.id }) },
        answerOf(alike[0].cell),
      ),
      " ",
      prose(alike[0].cell.sentence),
    ),
  );
}

function chosenGroup(title, how, found, considered) {
  if (!found.length) return null;
  return h(
    "section",
    { class: `chosen ${how}` },
    h("h3", null, title),
    h(
      "ul",
      { class: "cards" },
      found.map((alike) => {
        const part = alike.map((each) => each.environment);
        const whole = considered.filter((each) => each.vendor === part[0].vendor);
        return h(
          "li",
          null,
          h("p", { class: "backend" }, named(part, whole)),
          alike[0].unmet.length > 0 && h("ul", null, reasonsOf(alike.at(-1).unmet, part.at(-1))),
        );
      }),
    ),
  );
}

function showChoice() {
  const form = document.getElementById("needs");
  for (const input of form.elements) {
    if (input.name === "need") input.checked = state.need.includes(input.value);
    else if (input.name === "named") input.checked = Boolean(state.named);
    else if (input.name === "on") input.value = state.on ?? "";
  }
  const needs = needable.filter((described) => state.need.includes(described.id));
  for (const described of needs)
    form.querySelector(`[data-needs="${CSS.escape(described.family)}"]`).open = true;
  if (!needs.length) {
    replace("choice");
    replace("choice-count", "No need is ticked yet.");
    return;
  }
  const unseen = unique(environments.map((each) => each.backend)).filter(
    (id) => !environments.some((each) => each.backend === id && each.observed),
  );
  const considered = environments.filter((each) => !state.on || each.series === state.on);
  const all = considered.map((environment) => judged(environment, needs));
  const groups = grouped(all, ({ key }) => key);
  const of = (how) => [...groups.values()].filter((alike) => alike[0].how === how);
  const count = (how) => all.filter((each) => each.how === how).length;
  replace(
    "choice-count",
    `Of ${all.length} servers and Djangos ${count("met")} satisfy all, ${count("failed")} do not, ${count("unknown")} were not observed.`,
  );
  replace(
    "choice",
    ...[
      unseen.length > 0 &&
        h(
          "details",
          { class: "note" },
          h(
            "summary",
            null,
            `Not observed here: ${listed(unseen.map((id) => placeName(environments.find((each) => each.backend === id))))}`,
          ),
          unseen.map((id) => h("p", null, notObserved([id]))),
        ),
      chosenGroup("Satisfy all", "met", of("met"), considered),
      chosenGroup("Fail", "failed", of("failed"), considered),
      chosenGroup("Not observed", "unknown", of("unknown").filter((alike) => alike[0].environment.observed), considered),
    ].filter(Boolean),
  );
}

/** So many needs are listed at once; of more the families are folded. */
const FEW = 20;

function makeNeeds() {
  const option = (value, text) => h("option", { value }, text);
  replace(
    "needs",
    [...grouped(needable, (each) => each.family)].map(([family, all]) =>
      h(
        "details",
        { "data-needs": family, open: needable.length <= FEW },
        h("summary", null, familyName(family), ` (${all.length})`),
        h(
          "fieldset",
          null,
          h("legend", { class: "unseen" }, familyName(family)),
          all.map((each) => checkbox("need", each.id, false, each.title)),
        ),
      ),
    ),
    h(
      "div",
      { class: "more" },
      checkbox("named", "1", false, "The error must name the constraint"),
      h(
        "label",
        null,
        "On ",
        h(
          "select",
          { name: "on" },
          option("", "any Django"),
          seriesOfAll.map((each) => option(each, `Django ${each}`)),
        ),
      ),
      h("button", { type: "reset" }, "Untick all"),
    ),
  );
}
