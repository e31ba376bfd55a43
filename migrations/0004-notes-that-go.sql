-- What a note is about: it goes with the first of these. One about none of them stays.
-- An account of its platform: until that person deletes everything.
ALTER TABLE notes ADD COLUMN account TEXT;
-- A picture's path below the data folder: as long as the file is there.
ALTER TABLE notes ADD COLUMN picture TEXT;
-- When it was written, where it is made for the next update only.
ALTER TABLE notes ADD COLUMN at INTEGER;
CREATE INDEX notes_by_account ON notes (account, platform);
CREATE INDEX notes_by_picture ON notes (picture) WHERE picture IS NOT NULL;
CREATE INDEX notes_by_age ON notes (at) WHERE at IS NOT NULL;

-- Telegram's, from before. A positive chat is a person's own.
DELETE FROM notes WHERE platform = 'telegram' AND name LIKE 'kept-photo:%';
UPDATE notes SET picture = substr(name, 7) WHERE platform = 'telegram' AND name LIKE 'photo:%';
UPDATE notes SET picture = json_extract(value, '$[0].path') WHERE platform = 'telegram' AND name LIKE 'originals:%';
UPDATE notes SET account = substr(name, instr(name, ':') + 1)
  WHERE platform = 'telegram' AND (name LIKE 'ask:%' OR name LIKE 'album-from:%' OR name LIKE 'originals:%' OR name LIKE 'album:%');
UPDATE notes SET account = CASE WHEN name LIKE 'ask:%' OR name LIKE 'album-from:%'
  THEN substr(account, instr(account, ':') + 1) ELSE substr(account, 1, instr(account, ':') - 1) END;
UPDATE notes SET account = NULL WHERE account NOT GLOB '[1-9]*';
DELETE FROM notes WHERE picture IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM pictures WHERE path = notes.picture AND deleted_at IS NULL);
