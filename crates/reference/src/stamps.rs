//! Who changed what, and whether somebody had seen it: read from the deeds, with what was taken back left out.

use std::collections::BTreeSet;

use fieldbook_model::{DeviceId, RecordId, Version};

use crate::history::{Deed, History, NOW, Place, What};
use crate::said::Author;

/// Behind everything that happened.
const END: Place = (NOW, usize::MAX);

impl<'s> History<'s> {
    /// The deeds on a record, with their places.
    fn deeds_on(&self, of: &str, id: RecordId) -> Vec<(Place, Author, &Deed<'s>)> {
        let mut all = Vec::new();
        for event in &self.events {
            for (n, deed) in event.deeds.iter().enumerate() {
                if deed.id == id && deed.of == of {
                    let author = Author { version: event.version, device: deed.line };
                    all.push(((event.version, n), author, deed));
                }
            }
        }
        all
    }

    /// Who changed a field (or, for `None`, the life) of a record, first to last. A deed that takes another back
    /// leaves those who had changed it before that one (rule 42).
    pub fn stamps(&self, of: &str, id: RecordId, field: Option<&str>) -> Vec<Author> {
        self.stamps_before(of, id, field, END)
    }

    /// The same as it was before some deed.
    pub(crate) fn stamps_before(
        &self,
        of: &str,
        id: RecordId,
        field: Option<&str>,
        end: Place,
    ) -> Vec<Author> {
        let all = self.deeds_on(of, id);
        stamps(&all, field, end).into_iter().map(|(author, _)| author).collect()
    }

    /// The newest deed on a record that `device`, acting on `base`, had not seen: on another line, and newer.
    /// `counts` tells which deeds are asked for.
    pub fn unseen(
        &self,
        device: DeviceId,
        (of, id): (&str, RecordId),
        base: Version,
        counts: impl Fn(&What<'s>) -> bool,
    ) -> Option<Author> {
        self.unseen_before(device, (of, id), base, END, counts)
    }

    /// The same as it was before some deed.
    pub(crate) fn unseen_before(
        &self,
        device: DeviceId,
        (of, id): (&str, RecordId),
        base: Version,
        end: Place,
        counts: impl Fn(&What<'s>) -> bool,
    ) -> Option<Author> {
        self.unseen_deed(device, (of, id), base, end, counts).map(|(author, _)| author)
    }

    /// The same with what was done.
    pub(crate) fn unseen_deed(
        &self,
        device: DeviceId,
        (of, id): (&str, RecordId),
        base: Version,
        end: Place,
        counts: impl Fn(&What<'s>) -> bool,
    ) -> Option<(Author, Deed<'s>)> {
        let all = self.deeds_on(of, id);
        let fields: BTreeSet<Option<&str>> = all.iter().map(|(_, _, deed)| deed.what.field()).collect();
        let stamps = fields.into_iter().flat_map(|field| stamps(&all, field, end));
        let foreign = stamps.filter(|(author, deed)| {
            !self.did_itself(device, author.device, author.version)
                && author.version > base
                && counts(&deed.what)
        });
        let last = foreign.max_by_key(|(author, _)| author.version);
        last.map(|(author, deed)| (author, deed.clone()))
    }
}

type Stamped<'a, 's> = (Author, &'a Deed<'s>);

fn stamps<'a, 's>(
    all: &[(Place, Author, &'a Deed<'s>)],
    field: Option<&str>,
    end: Place,
) -> Vec<Stamped<'a, 's>> {
    let mut stamps_now = Vec::new();
    for (place, author, deed) in all {
        if *place < end && deed.what.field() == field {
            match deed.back {
                Some(back) => stamps_now = stamps(all, field, back),
                None => stamps_now.push((*author, *deed)),
            }
        }
    }
    stamps_now
}
