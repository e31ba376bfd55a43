-- A rule with an end lies over the lasting one of its scope and key, and leaves it as it was.
CREATE TABLE layered_rules (
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
  expires_at INTEGER
) STRICT;
INSERT INTO layered_rules SELECT * FROM rules;
DROP TABLE rules;
ALTER TABLE layered_rules RENAME TO rules;
CREATE UNIQUE INDEX rules_layer ON rules (scope, key, expires_at IS NULL);
