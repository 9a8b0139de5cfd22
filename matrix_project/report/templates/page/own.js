// Your own constraints: the document of an audit (`matrix.json`), dropped, picked or pasted. It is
// read here and goes nowhere. What it did not observe is not guessed from the matrix.

let own = null;

/** Read an audit's document; an error says what it is not. */
function readOwn(text) {
  let given = null;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error("This is no JSON: give the matrix.json of an audit.");
  }
  const parts = ["cases", "cells", "observations", "environments"];
  if (parts.some((part) => typeof given?.[part] !== "object" || given[part] === null))
    throw new Error("This is no document of this project: give the matrix.json of an audit.");
  const records = new Map();
  for (const [id, hashes] of Object.entries(given.cells))
    for (const [hash, ids] of Object.entries(hashes))
      for (const environment of ids) records.set(`${id} ${environment}`, given.observations[hash]);
  const cases_ = Object.entries(given.cases).filter(([, each]) => each.kind === "promise");
  return { cases: cases_, records, environments: given.environments };
}

const WORD = new Map(matrix.verdicts);

/** A record of the audit as the page draws a cell. */
function ownCell(record) {
  if (!record || !WORD.has(record.verdict) || record.verdict === "unknown") return null;
  const never = record.verdict === "ignored" && record.by === "django";
  return {
    level: record.level,
    summary: String(record.summary ?? ""),
    silent: record.level === "does-not-hold" && !record.warned?.length,
    answer: {
      word: never ? "never created" : WORD.get(record.verdict),
      by_django: record.by === "django" && !never,
      warned: Boolean(record.warned?.length),
      mark: `${/^[a-z-]+$/.test(record.level) ? record.level : ""} ${never ? "never-created" : record.verdict}`,
    },
  };
}

/** The environment of the audit that is one of the matrix, or the newest of the same backend. */
function ownEnvironment(environment) {
  if (own.environments[environment.id]) return environment.id;
  const alike = Object.keys(own.environments).filter(
    (id) => own.environments[id].backend === environment.backend,
  );
  return alike.sort().at(-1) ?? null;
}

function ownSide(id, environment) {
  const there = ownEnvironment(environment);
  const cell = there && ownCell(own.records.get(`${id} ${there}`));
  if (!cell) return [null, h("td", null, mark("unknown", "not observed"), quiet("Not in your audit."))];
  return [cell, h("td", null, answerOf(cell), h("p", { class: "told" }, prose(cell.summary)))];
}

/** What the audit observed of each constraint on the way; null where none was given. */
function ownMove(from, to) {
  if (!own) return null;
  const rows = own.cases.map(([id, described]) => {
    const [before, left] = ownSide(id, from);
    const [after, right] = ownSide(id, to);
    const lost = before && after && before.level === "holds" && after.level !== "holds";
    const place = typeof described.file === "string" ? `${described.file}:${described.line ?? ""}` : "";
    const heading = h("th", { scope: "row" }, described.title, h("code", null, id), place && h("code", null, place));
    return [lost ? 0 : after?.level === "holds" ? 2 : 1, h("tr", null, heading, left, right)];
  });
  const lost = rows.filter(([rank]) => rank === 0).length;
  const missing = [from, to].filter((each) => !ownEnvironment(each));
  return [
    h("p", { class: "count" }, `Of ${plural(rows.length, "constraint", "constraints")} of your audit ${lost} ${lost === 1 ? "is" : "are"} lost.`),
    missing.map((each) =>
      h("p", { class: "note" }, `Your audit did not observe ${placeName(each)}: `, h("code", null, `python -m matrix_project audit --backend ${each.backend} --settings \u2026`)),
    ),
    sidesTable("Your constraints", rows.sort(([a], [b]) => a - b).map(([, row]) => row), from, to),
    h("p", null, h("button", { type: "button", class: "forget" }, "Back to all cases of the matrix")),
  ].flat();
}

function takeOwn(text) {
  const said = document.getElementById("own-said");
  try {
    own = readOwn(text);
    said.textContent = `${plural(own.cases.length, "constraint", "constraints")} read.`;
  } catch (error) {
    own = null;
    said.textContent = error.message;
  }
  showMove();
}

async function takeFile(file) {
  if (file) takeOwn(await file.text());
}

function ownForm() {
  return h(
    "details",
    { class: "own" },
    h("summary", null, "Only your own constraints"),
    h("p", null, "Drop the ", h("code", null, "matrix.json"), " of an audit here, pick it, or paste it. It is read in this page and goes nowhere."),
    h("label", null, "The file ", h("input", { type: "file", id: "own-file", accept: ".json,application/json" })),
    h("label", null, "Or its text ", h("textarea", { id: "own-text", rows: "3", spellcheck: "false" })),
    h("p", { id: "own-said", class: "count", role: "status" }),
  );
}
