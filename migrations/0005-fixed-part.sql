-- What a picture takes besides its steps: its words are read and its pixels decoded once. 0: measured before, when the rate
-- held it.
ALTER TABLE speeds ADD COLUMN fixed_ms REAL NOT NULL DEFAULT 0 CHECK (fixed_ms >= 0);
