//! What a pull has come to, so that it ends however fast others write (rule 28).
//!
//! Each page is a snapshot of its own, and while the device takes one the head moves on. A page is therefore at least as
//! large as what was written since the one before it. That keeps what is left from growing; it does not end it. So the pages that begin
//! beyond the head at which the pull began are counted, and those that did not go on where the one before ended, because the view had
//! become another: they are **chases**. After the last one the rest is read from one snapshot.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Version};
use fieldbook_protocol::page::{PageEnd, PageStart};

/// So many pages run after what is written meanwhile, before the rest is pinned.
pub const CHASES_MAX: u32 = 5;

/// What is to be read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A page from a snapshot of its own, with at least as many rows as were written since a version.
    Page {
        /// The head of the page before it; without one a page is as large as any.
        since: Option<Version>,
    },
    /// All pages up to the head, from one snapshot.
    Rest,
}

/// A pull between two of its pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chase {
    last: Option<Last>,
    chases: u32,
}

/// What is known of the last page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    /// The head when the pull began.
    began: Version,
    to: Cursor,
    head: Version,
}

impl Chase {
    /// What is to be read next.
    pub fn next(&self) -> Next {
        match self.chases >= CHASES_MAX && !planted(Defect::PullsChase) {
            true => Next::Rest,
            false => self.page(),
        }
    }

    /// The next page, where the rest cannot be read from one snapshot just now.
    pub fn page(&self) -> Next {
        let last = self.last.filter(|_| !planted(Defect::PagesIgnoreWriters));
        Next::Page { since: last.map(|last| last.head) }
    }

    /// Takes in what a page was.
    pub fn has_read(&mut self, start: &PageStart, end: &PageEnd) {
        let mut began = end.head;
        if let Some(last) = self.last {
            // In another history the numbers mean other things.
            began = if start.from.epoch == last.to.epoch { last.began } else { end.head };
            let goes_on = start.from == last.to;
            self.chases += u32::from(!goes_on || start.from.version >= began);
        }
        self.last = Some(Last { began, to: end.to, head: end.head });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fieldbook_model::chain::Hash;
    use fieldbook_model::{Epoch, WallTime};

    /// A page of an epoch: from, to and head.
    fn read(chase: &mut Chase, epoch: u32, (from, to, head): (u64, u64, u64)) {
        let cursor = |version| Cursor { epoch: Epoch(epoch), version: Version(version) };
        let start = PageStart {
            from: cursor(from),
            base: Version::ZERO,
            view: "v".to_owned(),
            join: None,
            load: None,
            cuts: None,
            places: Vec::new(),
        };
        let end = PageEnd {
            to: cursor(to),
            head: Version(head),
            hash: Hash::of(b""),
            head_hash: None,
            fork: None,
            horizon: None,
            backup: None,
            more: to < head,
            schema: 1,
            newest: 1,
            time: WallTime(0),
        };
        chase.has_read(&start, &end);
    }

    fn since(version: u64) -> Next {
        Next::Page { since: Some(Version(version)) }
    }

    #[test]
    fn the_first_page_is_as_large_as_any_and_the_others_look_at_what_was_written() {
        let mut chase = Chase::default();
        assert_eq!(chase.next(), Next::Page { since: None });
        read(&mut chase, 1, (0, 10, 100));
        assert_eq!(chase.next(), since(100));
        read(&mut chase, 1, (10, 20, 105));
        assert_eq!(chase.next(), since(105));
    }

    #[test]
    fn a_long_way_to_the_first_head_is_no_chase() {
        let mut chase = Chase::default();
        for n in 0..100 {
            read(&mut chase, 1, (10 * n, 10 * n + 10, 1_000 + 10 * n));
        }
        assert_eq!(chase.next(), since(1_990));
    }

    #[test]
    fn after_five_pages_beyond_the_first_head_the_rest_is_pinned() {
        let mut chase = Chase::default();
        read(&mut chase, 1, (0, 10, 10));
        for n in 1..=5 {
            assert_eq!(chase.next(), since(10 * n));
            read(&mut chase, 1, (10 * n, 10 * n + 10, 10 * n + 10));
        }
        assert_eq!(chase.next(), Next::Rest);
        assert_eq!(chase.page(), since(60), "where nobody can pin just now");
    }

    #[test]
    fn pages_that_begin_again_are_chases_too() {
        let mut chase = Chase::default();
        read(&mut chase, 1, (0, 10, 1_000));
        for n in 0..4 {
            read(&mut chase, 1, (0, 10, 1_001 + n));
        }
        assert_eq!(chase.next(), since(1_004));
        read(&mut chase, 1, (0, 10, 1_005));
        assert_eq!(chase.next(), Next::Rest);
    }

    #[test]
    fn in_another_history_the_way_to_its_head_is_no_chase() {
        let mut chase = Chase::default();
        read(&mut chase, 1, (0, 10, 50));
        for n in 0..10 {
            read(&mut chase, 2, (10 * n, 10 * n + 10, 200));
        }
        assert_eq!(chase.next(), since(200), "it began again once");
        assert_eq!(chase.chases, 1);
    }
}
