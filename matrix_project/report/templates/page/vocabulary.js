// What readers call what the cases tell in their own words.

const VENDOR_WORDS = {
  postgres: "postgresql",
  postgresql: "postgresql",
  psql: "postgresql",
  pg: "postgresql",
  mysql: "mysql",
  mariadb: "mariadb",
  maria: "mariadb",
  sqlite: "sqlite",
  sqlite3: "sqlite",
};

// What a question is made of says nothing of a constraint.
const EMPTY_WORDS = new Set(
  (
    "a an and are as at be by can code constraint constraints database databases db django do does error errors for " +
    "how i if in is it just my of on only or s that the there to use used using was what when which why will with work works"
  ).split(" "),
);

// Other words for what the cases tell in theirs.
const SYNONYMS = {
  conditional: "condition",
  fk: "foreign key",
  pk: "primary key",
  uniqueness: "unique",
  duplicate: "unique",
  duplicates: "unique",
  dup: "unique",
  partial: "condition",
  filtered: "condition",
  postponed: "deferred",
  defer: "deferred",
  deferrable: "deferrable",
  overlapping: "overlap",
  overlaps: "overlap",
  booking: "overlap",
  bookings: "overlap",
  workaround: "way_round",
  workarounds: "way_round",
  alternative: "way_round",
  ci: "case insensitive",
  insensitive: "lower",
  nullable: "null",
  nulls: "null",
  concurrent: "race",
  concurrency: "race",
  regexp: "regex",
  enum: "choices",
  timestamp: "datetime",
  varchar: "char",
  numeric: "decimal",
  money: "decimal",
  timezone: "zone",
  multiple: "two",
  several: "two",
  computed: "generated",
  blob: "binary",
  bytes: "binary",
  clean: "full_clean",
};

// What another part of the page answers.
const PARTS = {
  cost: "costs",
  costs: "costs",
  slow: "costs",
  slower: "costs",
  speed: "costs",
  performance: "costs",
  overhead: "costs",
  error: "errors",
  errors: "errors",
  exception: "errors",
  message: "errors",
  catch: "errors",
  integrityerror: "errors",
  move: "move",
  migrate: "move",
  switch: "move",
  compare: "compare",
  versus: "compare",
  vs: "compare",
  documentation: "claims",
  docs: "claims",
  ticket: "upstream",
  bug: "upstream",
  install: "data",
  download: "data",
  csv: "data",
};
