-- Null: no. `here`: asked for in a chat that the platform marks as one for adults. `elsewhere`: made outside of such a
-- chat from a picture of one.
ALTER TABLE jobs ADD COLUMN age_restricted TEXT CHECK (age_restricted IN ('here', 'elsewhere'));
