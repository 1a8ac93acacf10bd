-- Of what was decided rows are added and, years later, forgotten.
CREATE TRIGGER audit_stands BEFORE UPDATE ON audit BEGIN
    SELECT raise(ABORT, 'what was decided is never rewritten');
END;
