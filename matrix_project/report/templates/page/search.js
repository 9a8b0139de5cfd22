// The search: words in any order, what a case is also called, codes, vendors and versions, typing
// errors. A case is found by its best field; evidence counts least, and comparisons come last.

const wordsOf = (text) =>
  String(text ?? "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** The words of a text, and the parts of those that are written together: `JSONField` is `json`, too. */
const partsOf = (text) =>
  unique([
    ...wordsOf(text),
    ...wordsOf(String(text ?? "").replace(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3 $2$4")),
  ]);

const stemOf = (word) => word.replace(/(ies|ing|ed|es|s)$/, (end) => (end === "ies" ? "y" : ""));

const isCode = (word) => /\d/.test(word);

/** Whether so few letters lie between two words that one is the other mistyped. */
function isTypo(one, other) {
  const most = one.length >= 8 ? 2 : one.length >= 5 ? 1 : 0;
  if (!most || Math.abs(one.length - other.length) > most || one[0] !== other[0]) return false;
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  let earlier = null;
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + same);
      if (earlier && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        row[j] = Math.min(row[j], earlier[j - 2] + 1);
    }
    earlier = before;
    before = row;
  }
  return before.at(-1) <= most;
}

const FIELDS = [
  [10, (each) => [each.id, each.title]],
  [9, (each) => each.aliases],
  [6, (each) => [each.family, each.instead_of ? "way round workaround" : ""]],
  [4, (each) => [each.declaration, each.constraint]],
  [3, (each) => [each.promise, ...Object.values(each.answers)]],
];

/** What was observed of a case: by it a reader finds a code or a message, no more. */
function evidenceWords(described) {
  const cells = unique(described.cells.map((hash) => matrix.observations[hash]));
  return [
    [10, cells.flatMap((cell) => (described.kind === "promise" ? [cell.told.code] : []))],
    [7, cells.flatMap((cell) => cell.checks.map((check) => check.about_constraint && check.id))],
    [1, cells.flatMap((cell) => [cell.sentence, cell.told.message, cell.told.class, cell.told.code])],
    [1, cells.flatMap((cell) => cell.steps.flatMap((step) => step.sql))],
    [1, cells.flatMap((cell) => cell.probes.map((probe) => probe.error?.code))],
  ];
}

/** Each word of the document, with the cases that have it, and how much it says of each. */
let known = null;

function index() {
  known = new Map();
  cases.forEach((described, at) => {
    const fields = FIELDS.map(([weight, read]) => [weight, read(described)]);
    for (const [weight, texts] of [...fields, ...evidenceWords(described)]) {
      for (const word of unique(texts.filter(Boolean).flatMap(partsOf))) {
        if (!known.has(word)) known.set(word, { stem: stemOf(word), cases: new Map(), top: 0 });
        const entry = known.get(word);
        entry.top = Math.max(entry.top, weight);
        if (!(entry.cases.get(at) >= weight)) entry.cases.set(at, weight);
      }
    }
  });
}

/** How well a word of the document is what was asked for, from 0 to 1. */
function likeness(asked, word, { stem, top }) {
  if (word === asked) return 1;
  if (isCode(asked)) return 0;
  if (stem === stemOf(asked) && stem.length > 2) return 0.95;
  if (top < 2) return 0;
  if (asked.length > 2 && word.startsWith(asked)) return 0.8;
  if (stem.length >= asked.length * 0.7 && stem.length > 4 && asked.startsWith(stem)) return 0.6;
  if (!isCode(word) && isTypo(asked, word)) return 0.6;
  return 0;
}

/** The cases that have a word, with what it says of each. */
function having(asked) {
  const found = new Map();
  for (const [word, entry] of known) {
    const like = likeness(asked, word, entry);
    if (!like) continue;
    for (const [at, weight] of entry.cases)
      found.set(at, Math.max(found.get(at) ?? 0, weight * like));
  }
  return found;
}

function withSynonyms(word) {
  const found = having(word);
  const other = SYNONYMS[word] ?? SYNONYMS[Object.keys(SYNONYMS).find((each) => isTypo(word, each))];
  if (!other) return found;
  for (const part of other === "way_round" ? ["workaround"] : wordsOf(other))
    for (const [at, score] of having(part))
      found.set(at, Math.max(found.get(at) ?? 0, score * 0.9));
  return found;
}

const NAMED_BY = new RegExp(`\\b(${[...Object.keys(VENDOR_WORDS), "django"].join("|")})[-_]?(\\d)`, "g");

/** Words as a reader parts them: `mysql-8.4` and `mysql8.4` are `mysql 8.4`. */
const queryParts = (text) =>
  text
    .toLowerCase()
    .replace(NAMED_BY, "$1 $2")
    .split(/[^\p{L}\p{N}._~-]+/u)
    .map((part) => part.replace(/^[.-]+|[.-]+$/g, ""))
    .filter(Boolean);

/** The backends of a vendor that a version names: `8.4`, or `8` for all of that number. */
function backendsNamed(vendor, version) {
  const fits = ({ server }) => server === version || server.startsWith(`${version}.`);
  return unique(
    environments.filter((each) => each.vendor === vendor && fits(each)).map((each) => each.backend),
  );
}

/** Read a query: the vendors, versions and Djangos in it are filters, the other words are looked for. */
function readQuery(text = "") {
  const asked = { vendors: [], backends: [], series: [], words: [], strangers: [] };
  let before = "";
  for (const part of queryParts(text)) {
    const vendor = VENDOR_WORDS[part];
    const version = /^\d{1,2}(\.\d+)*(~.+)?$/.test(part);
    if (vendor && vendors.some((each) => each.id === vendor)) {
      asked.vendors.push(vendor);
      before = vendor;
    } else if (part === "django") before = "django";
    else if (before === "django" && version) {
      if (seriesOfAll.includes(part)) asked.series.push(part);
      else asked.strangers.push({ name: "Django", version: part, known: seriesOfAll });
    } else if (before && version) {
      const found = backendsNamed(before, part);
      asked.backends.push(...found);
      const { name, environments: all } = vendors.find((each) => each.id === before);
      if (!found.length)
        asked.strangers.push({ name, version: part, known: unique(all.map((each) => each.server)) });
    } else asked.words.push(...wordsOf(part));
  }
  asked.phrase = asked.words.join(" ");
  const telling = asked.words.filter((word) => !EMPTY_WORDS.has(word));
  asked.parts = unique(asked.words.map((word) => PARTS[word])).filter((id) => id && document.getElementById(id));
  const others = telling.filter((word) => !PARTS[word] || !document.getElementById(PARTS[word]));
  asked.words = unique(others.length || asked.parts.length ? others : asked.words);
  return asked;
}

const joined = (text) => wordsOf(text).join(" ");

/** How many cases go by a name: what several are called says less of each. */
let called = null;

function countNames() {
  called = new Map();
  for (const described of cases)
    for (const name of unique(described.aliases.map(joined))) called.set(name, (called.get(name) ?? 0) + 1);
}

/** What a query says of a case as a whole: that it, or its family, is called so. */
function bonusOf(described, phrase, words) {
  const title = wordsOf(described.title);
  const in_ = words.filter((word) => title.some((other) => stemOf(other) === stemOf(SYNONYMS[word] ?? word)));
  let bonus = (10 * in_.length) / title.filter((word) => !EMPTY_WORDS.has(word)).length;
  if ([joined(described.title), joined(described.id)].includes(phrase)) bonus += 30;
  if (phrase.includes(" ") && ` ${joined(described.title)} `.includes(` ${phrase} `)) bonus += 12;
  if (joined(described.id.split(".").at(-1)) === (SYNONYMS[phrase] ?? phrase)) bonus += 8;
  if (joined(described.family) === (SYNONYMS[phrase] ?? phrase)) bonus += 8;
  if (isCode(phrase)) return bonus;
  for (const name of described.aliases.map(joined)) {
    const worth = (name.includes(" ") ? 24 : 6) / Math.sqrt(called.get(name));
    if (name === phrase) bonus += worth;
    else if (name.includes(" ") && ` ${phrase} `.includes(` ${name} `))
      bonus += (worth * name.length) / (2 * phrase.length);
    else if (phrase.includes(" ") && ` ${name} `.includes(` ${phrase} `)) bonus += worth / 2;
  }
  return bonus;
}

/** What others go round comes first, a way round later, what is there for comparison last. */
function standingOf(described, words) {
  if (described.comparison) return 0.2;
  if (words.every((word) => /^\d/.test(word))) return 1;
  const asked = words.some((word) => SYNONYMS[word] === "way_round");
  const rounds = cases.filter((each) => each.instead_of === described.id).length;
  const place = rounds && !asked ? 1.1 + 0.05 * Math.min(rounds, 4) : 1;
  const kind = described.kind === "promise" ? 1.05 : 1;
  return place * kind * (described.instead_of && !asked ? 0.75 : 1);
}

/** A hit of less than this is one of evidence alone. */
const STRONG = 3;

/**
 * Find the cases that have all words, the best first; where none has all, those that have the best.
 * Returns `{asked, found, missing}`: of the words those that nothing has are missing.
 */
function search(text) {
  const asked = readQuery(text);
  if (!asked.words.length) return { asked, found: cases, missing: [] };
  prepareSearch();
  const hits = asked.words.map(withSynonyms);
  const missing = asked.words.filter((_, at) => !hits[at].size);
  const rarity = hits.map((hit) => {
    const strong = [...hit.values()].filter((weight) => weight >= STRONG).length;
    return Math.log(2 + cases.length / Math.max(strong, 1));
  });
  const whole = rarity.reduce((sum, each) => sum + each, 0);
  const scored = cases.map((described, at) => {
    const each = hits.map((hit) => hit.get(at) ?? 0);
    const told = each.reduce((sum, one, index_) => sum + one * rarity[index_], 0) / whole;
    const score = told && (told + bonusOf(described, asked.phrase, asked.words)) * standingOf(described, asked.words);
    return { described, score, has: each.filter((one) => one > 0).length, strong: each.every((one) => one >= STRONG) };
  });
  const best = Math.max(...scored.map(({ score }) => score));
  const most = Math.max(...scored.map(({ has }) => has));
  const all = asked.words.length < 3 || scored.some(({ strong }) => strong);
  const fits = all
    ? ({ has }) => has === most
    : ({ score, has }) => has === most || score > best * 0.6;
  const found = scored
    .filter((each) => each.score > 0 && fits(each))
    .sort((a, b) => b.score - a.score || a.described.declaration.length - b.described.declaration.length)
    .map(({ described }) => described);
  return { asked, found, missing };
}

/** Read all words of the document; done while nobody waits, or when somebody searches. */
function prepareSearch() {
  if (known) return;
  index();
  countNames();
}

/** The words of the document that are nearest to one that it does not have. */
function nearest(word) {
  const common = (other) => {
    let length = 0;
    while (length < word.length && word[length] === other[length]) length += 1;
    return length;
  };
  return [...known]
    .filter(([other, { top }]) => top > 5 && !isCode(other) && common(other) > 2)
    .sort(([one], [other]) => common(other) - common(one))
    .slice(0, 3)
    .map(([other]) => other);
}
