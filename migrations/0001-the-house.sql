-- Moments are milliseconds since 1970, credits are thousandths, flags are 0 or 1. Times always come from the program.

-- One person, who may have an account on several platforms (`/link`).
CREATE TABLE people (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at INTEGER NOT NULL,
  -- Asked to be forgotten: everything told is gone, the row and its accounts go when the day's allowance has refilled.
  erased_at INTEGER
) STRICT;

CREATE TABLE accounts (
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (platform, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_person ON accounts (person);
CREATE INDEX accounts_by_name ON accounts (name COLLATE NOCASE);

CREATE TABLE settings (
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE link_codes (
  code TEXT PRIMARY KEY,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The rows are the queue. The states are told in src/store/jobs.ts.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The platform's event that asked for it: the same event twice is one job.
  event TEXT NOT NULL UNIQUE,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  platform TEXT NOT NULL,
  chat TEXT NOT NULL,
  route TEXT NOT NULL CHECK (json_valid(route)),
  -- The message that shows it, once it is known.
  message TEXT CHECK (message IS NULL OR json_valid(message)),
  -- As typed. Empty when forgotten.
  prompt TEXT NOT NULL,
  style TEXT,
  request TEXT NOT NULL CHECK (json_valid(request)),
  -- The job it was made from: again, vary, edit.
  source INTEGER,
  private INTEGER NOT NULL CHECK (private IN (0, 1)),
  language TEXT NOT NULL,
  priority INTEGER NOT NULL,
  weight REAL NOT NULL CHECK (weight > 0),
  cost INTEGER NOT NULL CHECK (cost >= 0),
  -- Model, engine version and request in one hash, once computed: an exact replay finds its picture by it.
  recipe TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  compute_ms REAL,
  -- Why it failed (a code), or who cancelled it.
  outcome TEXT,
  CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
  CHECK ((state = 'running') <= (started_at IS NOT NULL))
) STRICT;
CREATE INDEX jobs_waiting ON jobs (id) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_waiting_by_person ON jobs (person) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_waiting_by_chat ON jobs (platform, chat) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_person ON jobs (person, id);
CREATE INDEX jobs_by_recipe ON jobs (recipe, id) WHERE state = 'succeeded';
-- What retention will forget one day.
CREATE INDEX jobs_remembered ON jobs (finished_at) WHERE prompt <> '';
CREATE INDEX jobs_by_finish ON jobs (finished_at, person, compute_ms) WHERE finished_at IS NOT NULL;

-- Words of prompts, each with its person before it (`17xfox`): a search reads nobody else's.
CREATE VIRTUAL TABLE prompts USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);

CREATE TABLE pictures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  -- 0 … count − 1
  position INTEGER NOT NULL,
  -- Below the data folder. Replays share a file.
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  -- Of the RGB pixels: a picture is known again without its metadata.
  pixel_hash TEXT NOT NULL,
  width_px INTEGER NOT NULL,
  height_px INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- The file is gone; the row tells that it was there.
  deleted_at INTEGER,
  UNIQUE (job, position)
) STRICT;
CREATE INDEX pictures_by_pixels ON pictures (pixel_hash);
CREATE INDEX pictures_by_path ON pictures (path) WHERE deleted_at IS NULL;
CREATE INDEX pictures_by_age ON pictures (created_at) WHERE deleted_at IS NULL;

CREATE TABLE stars (
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  PRIMARY KEY (person, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX stars_by_job ON stars (job);

-- The outbox: one row a finished job. The states are told in src/store/posts.ts.
CREATE TABLE posts (
  job INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'posted', 'doubtful', 'undeliverable')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  -- A new message was under way when the process was killed: it was sent again and may be there twice.
  repeated INTEGER NOT NULL DEFAULT 0 CHECK (repeated IN (0, 1)),
  error TEXT,
  created_at INTEGER NOT NULL,
  posted_at INTEGER
) STRICT;
CREATE INDEX posts_open ON posts (due_at) WHERE state IN ('waiting', 'sending');

-- Credits, in entries that are never changed. src/quota.ts tells how a balance is summed.
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('reserve', 'settle', 'refund', 'grant', 'adjust')),
  -- Added to what the person has: a reserve is negative.
  amount INTEGER NOT NULL,
  -- Whose allowance or grant it touches: the refill that began the day, or the grant's entry.
  day INTEGER,
  source INTEGER REFERENCES ledger (id),
  job INTEGER,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  reason TEXT,
  expires_at INTEGER,
  -- The platform's event that asked for it, where one did: the same event twice is one entry.
  event TEXT UNIQUE,
  CHECK (kind <> 'reserve' OR amount <= 0),
  CHECK (kind <> 'refund' OR amount >= 0),
  CHECK (kind <> 'settle' OR amount = 0),
  CHECK (kind NOT IN ('reserve', 'settle', 'refund') OR job IS NOT NULL),
  CHECK ((kind = 'grant') = (day IS NULL AND source IS NULL))
) STRICT;
CREATE INDEX ledger_by_day ON ledger (person, day, amount) WHERE day IS NOT NULL;
CREATE INDEX ledger_grants ON ledger (person, expires_at) WHERE kind = 'grant';
CREATE INDEX ledger_by_source ON ledger (source, amount) WHERE source IS NOT NULL;
CREATE INDEX ledger_by_job ON ledger (job) WHERE job IS NOT NULL;
CREATE INDEX ledger_by_person ON ledger (person, id);

-- Null says nothing: the next wider rule, and at last the configuration, decides.
CREATE TABLE rules (
  scope TEXT NOT NULL CHECK (scope IN ('everyone', 'role', 'chat', 'person')),
  -- Empty for everyone, `platform:id` for a role or chat, the id of a person.
  key TEXT NOT NULL,
  credits_per_day INTEGER CHECK (credits_per_day >= 0),
  max_waiting INTEGER CHECK (max_waiting >= 0),
  max_pixels INTEGER CHECK (max_pixels > 0),
  max_steps INTEGER CHECK (max_steps > 0),
  unlimited INTEGER CHECK (unlimited IN (0, 1)),
  -- Share of the engine against others, 1 for most.
  weight REAL CHECK (weight > 0),
  -- Higher classes go first.
  priority INTEGER,
  actor TEXT NOT NULL,
  reason TEXT,
  at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdicts (
  scope TEXT NOT NULL CHECK (scope IN ('person', 'chat')),
  -- The id of a person, `platform:id` of a chat.
  key TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('blocked', 'allowed')),
  actor TEXT NOT NULL,
  reason TEXT,
  at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE words (
  word TEXT PRIMARY KEY,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details)),
  reason TEXT
) STRICT;

-- What was measured: time a megapixel-evaluation takes, by engine and picture size.
CREATE TABLE speeds (
  engine TEXT NOT NULL,
  pixels INTEGER NOT NULL,
  ms_per_megapixel_evaluation REAL NOT NULL CHECK (ms_per_megapixel_evaluation > 0),
  samples INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (engine, pixels)
) STRICT, WITHOUT ROWID;

-- What an admin switched: the queue's mode.
CREATE TABLE switches (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a platform's adapter keeps for its next start. Opaque to everyone else.
CREATE TABLE updates (
  platform TEXT NOT NULL,
  id INTEGER NOT NULL,
  content TEXT NOT NULL CHECK (json_valid(content)),
  kept_at INTEGER NOT NULL,
  finished_at INTEGER,
  PRIMARY KEY (platform, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX updates_unfinished ON updates (platform, kept_at) WHERE finished_at IS NULL;
CREATE INDEX updates_finished ON updates (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE notes (
  platform TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL CHECK (json_valid(value)),
  PRIMARY KEY (platform, name)
) STRICT, WITHOUT ROWID;
