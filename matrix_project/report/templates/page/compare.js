// Two backends, or two Djangos, side by side: the cases that they answer otherwise.

/** A side: a Django on all backends, or one environment. */
function sideNamed(value) {
  const series = /^django-(.+)$/.exec(value ?? "")?.[1];
  if (series) {
    const all = environments.filter((each) => each.series === series && each.observed);
    return all.length ? { name: `Django ${series}`, series, all } : null;
  }
  const environment = environmentOf(value);
  return environment ? { name: fullName(environment), all: [environment] } : null;
}

/** The pairs to compare: two Djangos on each backend that was observed with both. */
function pairsOf(one, other) {
  if (!one.series || !other.series)
    return one.all.flatMap((a) => other.all.map((b) => [a, b])).filter(([a, b]) => one.series || other.series ? a.backend === b.backend : true);
  return one.all
    .map((a) => [a, other.all.find((b) => b.backend === a.backend)])
    .filter(([, b]) => b);
}

function differenceOf(described, pairs) {
  const differing = pairs
    .map(([a, b]) => [a, b, cellOf(described, a), cellOf(described, b)])
    .filter(([, , one, other]) => one.known && other.known && one.answer.key !== other.answer.key);
  return [...grouped(differing, ([, , one, other]) => `${one.answer.key} ${other.answer.key}`).values()];
}

function differenceRow(described, alike) {
  const [a, b, one, other] = alike[0];
  const where = alike.length > 1 || a.backend === b.backend ? placesName(alike.map(([each]) => each)) : "";
  return h(
    "tr",
    null,
    h("th", { scope: "row" }, described.title, h("code", null, described.id), where && h("span", { class: "quiet" }, where)),
    [[a, one], [b, other]].map(([environment, cell]) =>
      h(
        "td",
        { "data-vendor": fullName(environment) },
        h(
          "a",
          { class: "answer", href: addressOf({ cell: described.id, in: environment.id }) },
          h("span", { class: "unseen" }, `${described.title}, ${placeName(environment)}: `),
          answerOf(cell),
        ),
      ),
    ),
  );
}

function showCompare() {
  const form = document.getElementById("pair");
  form.elements.one.value = state.one ?? "";
  form.elements.other.value = state.other ?? "";
  const [one, other] = [sideNamed(state.one), sideNamed(state.other)];
  if (!one || !other) {
    replace("compared");
    replace("compare-count", "Pick two backends, or two Djangos.");
    return;
  }
  const unseen = unique([...one.all, ...other.all].filter((each) => !each.observed).map((each) => each.backend));
  const pairs = pairsOf(one, other);
  const unknown = cases.filter(
    (described) => !pairs.some((pair) => pair.every((each) => cellOf(described, each).known)),
  ).length;
  const rows = cases.flatMap((described) =>
    differenceOf(described, pairs).map((alike) => differenceRow(described, alike)),
  );
  replace(
    "compare-count",
    pairs.length
      ? `${plural(rows.length, "difference", "differences")} between ${one.name} and ${other.name}.${
          unknown ? ` Not observed on both: ${plural(unknown, "case", "cases")}.` : ""
        }`
      : `Nothing was observed of ${one.name} and ${other.name} alike.`,
  );
  replace(
    "compared",
    ...(unseen.length ? [h("p", { class: "note" }, notObserved(unseen))] : []),
    ...(rows.length
      ? [
          h(
            "table",
            { class: "lines sides" },
            h("caption", { class: "unseen" }, "Differences"),
            h("thead", null, h("tr", null, ["Case", one.name, other.name].map((text) => h("th", { scope: "col" }, text)))),
            h("tbody", null, rows),
          ),
        ]
      : []),
  );
}

function makePair() {
  const djangos = () =>
    h(
      "optgroup",
      { label: "A Django, on every backend" },
      seriesOfAll.map((each) => h("option", { value: `django-${each}` }, `Django ${each}`)),
    );
  replace("pair", environmentSelect("one", "One", djangos()), environmentSelect("other", "The other", djangos()));
}
