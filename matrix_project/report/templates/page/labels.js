// Where something was observed, in few words: as matrix_project/report/labels.py says it.

/** Write versions in their order, those that follow each other as a range. */
function ranges(versions, follows) {
  const runs = [];
  for (const version of versions) {
    const run = runs.at(-1);
    if (run && follows(run.at(-1), version)) run.push(version);
    else runs.push([version]);
  }
  return runs.map((run) => (run.length > 1 ? `${run[0]}\u2013${run.at(-1)}` : run[0])).join(", ");
}

const isNextNumber = (one, other) => /^[0-9]{1,15}$/.test(one) && other === String(Number(one) + 1);

const serverRanges = (servers) => ranges(servers, isNextNumber);

// Django's are 5.1, 5.2, 6.0, 6.1.
const place = (series) => {
  const found = /^([0-9]{1,9})\.([0-2])$/.exec(series);
  return found ? 3 * Number(found[1]) + Number(found[2]) : NaN;
};

const isNextSeries = (one, other) => place(other) === place(one) + 1;

const onSeries = (series) =>
  `Django ${ranges(
    seriesOfAll.filter((each) => series.includes(each)),
    isNextSeries,
  )}`;

/** The other name of each that goes by the one name, in the order of versions. */
function beside(part, one, other) {
  const found = grouped(part, (each) => each[one]);
  const rows = [...found].map(([key, all]) => [key, all.map((each) => each[other])]);
  return one === "series"
    ? rows.sort(([a], [b]) => seriesOfAll.indexOf(a) - seriesOfAll.indexOf(b))
    : rows;
}

/** Group what goes by one name by the others beside it; an empty group stands for all there are. */
function terms(part, whole, one, other) {
  const all = new Map(beside(whole, one, other));
  const rows = beside(part, one, other).map(([key, found]) => ({
    key,
    found: found.length === all.get(key).length ? [] : found,
  }));
  return [...grouped(rows, (row) => JSON.stringify([...row.found].sort())).values()]
    .map((same) => ({ [one]: same.map((row) => row.key), [other]: same[0].found }))
    .sort((a, b) => (a[other].length > 0) - (b[other].length > 0));
}

/** Return the words for a part of a vendor's environments; empty where it is all of them. */
function within(part, whole) {
  if (part.length === whole.length) return "";
  const ways = [terms(part, whole, "server", "series"), terms(part, whole, "series", "server")];
  const both = (way) => way.filter((term) => term.server.length && term.series.length).length;
  ways.sort((a, b) => a.length - b.length || both(a) - both(b));
  return ways[0].map((term) => words(term, whole)).join("; ");
}

function words(term, whole) {
  const order = unique(whole.map((each) => each.server)).filter((each) =>
    term.server.includes(each),
  );
  const said = [serverRanges(order), term.series.length ? onSeries(term.series) : ""];
  return said.filter(Boolean).join(" on ");
}

/** Return the words for environments of one vendor, with its name. */
function named(part, whole) {
  const said = within(part, whole) || serverRanges(unique(whole.map((each) => each.server)));
  return `${part[0].name}${said.startsWith("Django") ? " on" : ""} ${said}`;
}
