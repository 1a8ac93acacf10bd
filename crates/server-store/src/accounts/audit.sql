-- Version 10, behind made: notes by person.

-- The user in whose name it was; NULL: an operator, or somebody of whom only the address is known.
ALTER TABLE audit ADD COLUMN user BLOB;
CREATE INDEX audit_user ON audit (user, place) WHERE user IS NOT NULL;

-- Whom a note is about: the ids of users and devices that it names, and the name of a person where its kind has one.
CREATE TABLE audit_about (
    who TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (who, place)
) STRICT, WITHOUT ROWID;

-- Stands aside while the notes of earlier versions get their user.
DROP TRIGGER audit_stands;
