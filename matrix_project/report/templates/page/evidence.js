// The evidence of one cell.

const COMPARED = {
  agree: "as the database does",
  stricter: "stricter than the database",
  looser: "looser than the database",
};

function validationOf({ row, outcome, code: errorCode, message, compared }) {
  return [
    `Row ${row}`,
    [
      outcome,
      compared && `, ${COMPARED[compared]}`,
      errorCode && [", ", h("code", null, errorCode)],
      message && `: ${message}`,
    ].flat(),
  ];
}

function validationsOf({ validation }) {
  return section(
    "full_clean()",
    validation.length ? facts(...validation.map(validationOf)) : quiet("It was not asked."),
  );
}

function checkOf({ id, level, message, about_constraint: about }) {
  return h(
    "p",
    { class: about ? "warning" : "quiet" },
    h("code", null, id),
    ` (${level}`,
    about ? ", about this constraint): " : "): ",
    message,
  );
}

function checksOf({ checks }) {
  if (!checks.length) return null;
  const about = checks.filter((check) => check.about_constraint);
  const others = checks.filter((check) => !check.about_constraint);
  return section("System checks", [...about, ...others].map(checkOf));
}

function catalogOf({ catalog }) {
  const there = { true: "The constraint is there.", false: "The constraint is not there." };
  return section(
    "In the catalogue",
    h("p", null, there[catalog.present] ?? "It is not known whether the constraint is there."),
    facts(["Names there", catalog.names.length > 0 && h("code", null, catalog.names.join(", "))]),
    catalog.definition && code(catalog.definition),
  );
}

function featureOf({ feature }) {
  if (!feature) return null;
  const can = feature.declares ? "can" : "cannot";
  return section(
    "Django’s feature flag",
    facts([h("code", null, feature.flag), `declares that the database ${can}`]),
  );
}

/** The verdicts of the two ways, where they differ. */
function waysOf({ ways }) {
  if (!ways.create && !ways.add) return null;
  const way = (name) => ways[name] && answerOf({ answer: ways[name] });
  return section(
    "The two ways differ",
    facts(["With its table", way("create")], ["By AddConstraint", way("add")]),
  );
}

/** What limits the observation as a whole. */
function limitsOf(cell) {
  return [
    !cell.controlled &&
      h("p", { class: "warning" }, `No control could be built: ${cell.uncontrolled_because}`),
    cell.left_out.length > 0 &&
      h(
        "p",
        { class: "warning" },
        `Left out, because this backend refuses them: ${cell.left_out.join(", ")}.`,
      ),
  ];
}

function firstErrorOf({ told }) {
  if (!told.class) return null;
  return section(
    "The error a user meets",
    facts(
      ["Error", h("strong", null, told.class)],
      ["Code", told.code && h("code", null, told.code)],
      ["Names the constraint", told.names ? "yes" : "no"],
    ),
    code(told.message),
    h("p", null, h("a", { href: "#errors" }, "All errors side by side"), ", and how to tell in Python which constraint it was."),
  );
}

/** Since which server and Django, as far as observed; and, apart from it, when it was first seen here. */
function agesOf(described, environment) {
  const age = described.ages[environment.vendor];
  const since = sinceOf(described, environment);
  if (!age && !since) return null;
  return section(
    "Since which version",
    age && h("p", null, age),
    since && quiet(`This project first saw the present ${described.kind === "question" ? "answer" : "verdict"} on `, since, "."),
  );
}

/** An issue for a cell that is wrong, filled in. */
function issueOf(described, environment, cell) {
  if (!matrix.repository) return null;
  const query = new URLSearchParams({
    title: `Wrong cell: ${described.id} on ${environment.id}`,
    body: `${described.id} on ${environment.id} says: ${answerText(cell.answer)}.\n\nI expected:\n\nHow I saw it:\n`,
  });
  return h("p", { class: "quiet" }, link(`${matrix.repository}/issues/new?${query}`, "This cell is wrong: tell of it"));
}

function linkTo(id, environment) {
  const other = caseById.get(id);
  return other ? h("a", { href: addressOf({ cell: id, in: environment.id }) }, other.title) : id;
}

function declarationOf(described, environment) {
  return [
    section(
      "Declared in Django",
      h("p", null, described.promise),
      code(described.declaration || "# nothing is declared"),
      facts(
        ["Model", h("code", null, described.model)],
        ["Constraint", described.constraint && h("code", null, described.constraint)],
        ["Declared at", described.file && h("code", null, described.line ? `${described.file}:${described.line}` : described.file)],
        ["From Django", described.from_django],
        ["A way round of", described.instead_of && linkTo(described.instead_of, environment)],
        ["Also called", described.aliases.join(", ")],
      ),
      described.migration &&
        h(
          "details",
          null,
          h("summary", null, "The migration that Django writes"),
          code(described.migration),
        ),
    ),
    described.kind === "question" &&
      section("The possible answers", facts(...Object.entries(described.answers))),
  ];
}

const FIRST_STEPS = ["control", "create", "add"];

function observedOf(cell) {
  const first = cell.steps.filter((step) => FIRST_STEPS.includes(step.name));
  const later = cell.steps.filter((step) => !FIRST_STEPS.includes(step.name));
  return [
    waysOf(cell),
    limitsOf(cell),
    first.map(stepOf),
    catalogOf(cell),
    probesOf(cell),
    validationsOf(cell),
    cell.facts.length > 0 &&
      section("Also seen", facts(...cell.facts.map(({ title, shows }) => [title, shows]))),
    featureOf(cell),
    later.map(stepOf),
  ];
}

function sinceOf(described, environment) {
  const since = described.since[environment.index];
  return since && time(since);
}

function surroundings(described, environment) {
  const { driver, last_attempt: attempt, project } = environment;
  return section(
    "Where and when",
    facts(
      ["Server", `${environment.name} ${environment.server_version ?? "(version not known)"}`],
      ["End of life", environment.end_of_life && `${environment.end_of_life}${environment.ended ? ": past" : ""}`],
      ["Django", environment.django],
      ["Python", environment.python],
      ["Driver", driver && `${driver.name} ${driver.version}`],
      ["Provider", environment.provider],
      ["Origin", environment.origin],
      ["Observed", environment.observed_at ? time(environment.observed_at) : null],
      ["Status", environment.status],
      ["Reason", environment.reason],
      ["Part of the suite", environment.selection],
      ["Project", `${project.version}${project.commit ? ` at ${project.commit}` : ""}`],
      [
        "A later attempt",
        attempt && [
          time(attempt.at),
          ` was ${attempt.status}: ${attempt.reason}. These results stand.`,
        ],
      ],
      ...Object.entries(environment.settings).map(([name, value]) => [
        h("code", null, name),
        value ?? "not set",
      ]),
    ),
  );
}

/** What looks like a fault of Django or of a server, and shows in this cell. */
function upstreamOf(described, environment) {
  return described.upstream[environment.index].map(({ name, title }) =>
    h(
      "p",
      null,
      "What looks like a fault upstream shows here: ",
      h("a", { href: addressOf({ section: `upstream:${name}` }) }, title),
      ".",
    ),
  );
}

/** The answer and its sentence; of what was not observed what that means, and then why. */
function verdictOf(environment, cell) {
  if (cell.known) return h("p", { class: "verdict" }, answerOf(cell), " ", prose(cell.sentence));
  return [
    h("p", { class: "verdict" }, answerOf(cell), " Not observed here; nothing is implied of it."),
    !environment.observed && h("p", { class: "note" }, notObserved([environment.backend])),
    h("p", { class: "quiet" }, "Why: ", prose(cell.sentence.replace(/^Not observed: /, ""))),
  ];
}

function evidenceOf(described, environment) {
  const cell = cellOf(described, environment);
  return [
    verdictOf(environment, cell),
    cell.meaning && h("p", null, prose(cell.meaning)),
    upstreamOf(described, environment),
    environment.differing && h("p", { class: "quiet" }, `With ${environment.differing}.`),
    adviceOf(described, environment),
    firstErrorOf(cell),
    agesOf(described, environment),
    section(
      "Reproduce this cell",
      code(`${environment.command} ${described.option} --output /tmp/one`),
      issueOf(described, environment, cell),
    ),
    declarationOf(described, environment),
    checksOf(cell),
    (cell.known || cell.steps.length > 0) && observedOf(cell),
    surroundings(described, environment),
    described.sources.length > 0 &&
      section(
        "Documents",
        h(
          "ul",
          null,
          described.sources.map((source) => h("li", null, link(source.url, source.title))),
        ),
      ),
  ];
}
