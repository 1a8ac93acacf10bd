//! What a page is to bring: from which version on, of which scopes, as far as whose rights reach. It reads no rows.
//!
//! What a page is a view of follows from the snapshot that it is read from: the scopes that the device has, and what its
//! user may read in each. Where that changed since the device's cursor (another role, a scope that lies elsewhere),
//! the pull is a snapshot of the whole view, which takes the place of what the device has.

use fieldbook_model::access::Access;
use fieldbook_model::chain::Hash;
use fieldbook_model::cut;
use fieldbook_model::json;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Role, Scope, Version};
use fieldbook_protocol::page::{PageStart, PullRequest, ScopeAsk, Staged};
use fieldbook_server_sync::Principal;
use rusqlite::Connection;

use super::cuts::Cuts;
use super::frame::Frame;
use super::moves::Seen;
use super::scopes::{self, Part, Tree};
use super::sight::Sight;
use super::{access, gone};
use crate::error::StoreError;
use crate::store::Head;

/// Beyond so many scopes a load reads all rows in their order and leaves out what lies elsewhere.
const SCOPES_MAX: usize = 64;

/// What a page is to bring.
pub(super) struct Pull<'a> {
    pub(super) start: PageStart,
    pub(super) tree: Tree<'a>,
    pub(super) sight: Sight<'a>,
    /// What the device leaves out.
    pub(super) cuts: Cuts<'a>,
    /// What the device has.
    pub(super) has: Part,
    /// What it joins, and since when it has that.
    pub(super) joins: Option<(Part, Version)>,
    /// The numbers of its scopes, where they are few and nothing else is wanted.
    pub(super) only: Option<String>,
}

impl<'a> Pull<'a> {
    pub(super) fn plan(
        connection: &'a Connection,
        frame: &'a Frame,
        (request, older): (&PullRequest, Option<u32>),
        (changed, access): (Version, Access),
        head: &Head,
    ) -> Result<Self, StoreError> {
        let mut tree = Tree::new(connection, frame);
        let moved = scopes::last_move(connection)?;
        let order = format!("{}.{changed}.{moved}", head.epoch);
        let mut sight = Sight::new(&frame.schema, access);
        let cuts = Cuts::of(connection, frame, &mut tree, &request.cuts, older)?;
        let mark = cut::mark(&request.cuts);
        let horizon = horizon(connection)?;
        // Pages that leave out other things do not belong together.
        let order = mark.iter().fold(order, |order, mark| format!("{order}.{mark}"));
        if let Some(load) = &request.load {
            let has = Part::of(&mut tree, false, std::slice::from_ref(load))?;
            let begun = begun(request.staged.as_ref(), &load_view(&order, load), head, horizon);
            let (view, from) = match &begun {
                Some((view, from)) => (view.clone(), *from),
                None => (since(&load_view(&order, load), head), Version::ZERO),
            };
            let numbers = has.numbers(&tree)?;
            let only = (numbers.len() <= SCOPES_MAX).then(|| json::write(&numbers));
            let from = Cursor { epoch: head.epoch, version: from };
            let load = Some(load.scope.clone());
            let (base, places) = (Version::ZERO, Vec::new());
            let start = PageStart { from, base, view, join: None, load, cuts: mark, places };
            return Ok(Self { start, tree, sight, cuts, has, joins: None, only });
        }
        let mut has = Part::of(&mut tree, true, &request.scopes)?;
        let mut base = start(request.cursor, head);
        if request.fresh
            || changed > base && !planted(Defect::RightsChangeUnnoticed)
            || cuts.moved_since(&mut has, &mut tree, base)?
        {
            base = Version::ZERO;
        }
        let mut seen = Seen { tree: &mut tree, has: &mut has, sight: &mut sight };
        if base > Version::ZERO && !seen.is_as_at(base, &request.scopes, &frame.schema)? {
            base = Version::ZERO;
        }
        // Pages of other scopes do not belong together.
        let scopes = Hash::of(json::write(&request.scopes).as_bytes()).to_string();
        let resumes = |view: &str| {
            let staged = request.staged.as_ref().filter(|staged| staged.view == view);
            staged.is_some_and(|staged| (horizon..=head.version).contains(&staged.version))
        };
        // What was deleted since then may be forgotten (rule 16): but for what the staged pages have told already.
        let late = if planted(Defect::HorizonOffByOne) { base.next() } else { base };
        if late < horizon && !resumes(&format!("{order}.{base}.{}", &scopes[..8])) {
            base = Version::ZERO;
        }
        // A snapshot of everything takes the place of what is kept apart, too.
        let apart = request.join.as_ref().filter(|_| base > Version::ZERO);
        let join = apart.filter(|join| {
            let (view, _) = parts(&join.staged.view);
            view == load_view(&order, &join.ask) && (horizon..=head.version).contains(&join.staged.version)
        });
        let mut joins = None;
        if let Some(join) = join {
            let mut part = Part::of(&mut tree, false, std::slice::from_ref(&join.ask))?;
            // A snapshot from before it was made, or came to lie elsewhere, is of no use.
            if !part.moved_since(&mut tree, join.staged.version)? {
                let since = if planted(Defect::JoinWithoutTail) { head.version } else { join.staged.version };
                joins = Some((part, since));
            }
        }
        let join = join.filter(|_| joins.is_some());
        let join = join.map(|join| join.ask.scope.clone());
        let named = join.as_ref().map_or_else(String::new, |scope| format!("+{scope}"));
        let view = format!("{order}.{base}.{}{named}", &scopes[..8]);
        let low = joins.as_ref().map_or(base, |(_, since)| base.min(*since));
        let (view, from) = match &request.staged {
            _ if base == Version::ZERO => match begun(request.staged.as_ref(), &view, head, horizon) {
                // A scope that was made meanwhile has around it what those of its pages that are read left out.
                Some((view, from)) if !has.asked_since(&tree, parts(&view).1)? => (view, from),
                _ => (since(&view, head), low),
            },
            Some(staged) if staged.view == view && (low..=head.version).contains(&staged.version) => {
                (view, staged.version)
            }
            _ => (view, low),
        };
        let places = match (base, from) {
            (Version::ZERO, Version::ZERO) => places(&mut tree, &mut sight, &request.scopes)?,
            _ => Vec::new(),
        };
        let start = PageStart {
            from: Cursor { epoch: head.epoch, version: from },
            base,
            view,
            join,
            load: None,
            cuts: mark,
            places,
        };
        Ok(Self { start, tree, sight, cuts, has, joins, only: None })
    }

    /// Whether a row of a version belongs to the page by the scope in which it lies.
    pub(super) fn covers(&mut self, scope: i64, version: Version) -> Result<bool, StoreError> {
        if version > self.start.base && self.has.covers(&mut self.tree, scope)? {
            return Ok(true);
        }
        match &mut self.joins {
            Some((part, since)) if version > *since => part.covers(&mut self.tree, scope),
            _ => Ok(false),
        }
    }

    /// Whether a record belongs to the view as it is now.
    pub(super) fn holds(&mut self, scope: i64) -> Result<bool, StoreError> {
        if self.has.covers(&mut self.tree, scope)? {
            return Ok(true);
        }
        match &mut self.joins {
            Some((part, _)) => part.covers(&mut self.tree, scope),
            None => Ok(false),
        }
    }
}

impl Pull<'_> {
    /// Whether the person reads records of a type in a scope.
    pub(super) fn sees(&mut self, of: usize, scope: i64) -> Result<bool, StoreError> {
        Ok(self.sight.is_whole() || self.sight.within(&mut self.tree, scope)?[of].is_some())
    }
}

/// Where scopes lie, as far as their device may know: the rows around one come with it, and no row may say where that is. What
/// came to lie where its user reads nothing lies alone.
fn places(
    tree: &mut Tree<'_>,
    sight: &mut Sight<'_>,
    asks: &[ScopeAsk],
) -> Result<Vec<Vec<Scope>>, StoreError> {
    let mut places = Vec::new();
    for ask in asks {
        let Some(n) = tree.number(&ask.scope)? else { continue };
        let mut is_seen = false;
        for n in tree.up(n)? {
            is_seen |= sight.within(tree, n)?.iter().any(Option::is_some);
        }
        places.push(if is_seen { tree.path(n)? } else { vec![ask.scope.clone()] });
    }
    Ok(places)
}

/// Up to here deleted records may be forgotten.
fn horizon(connection: &Connection) -> Result<Version, StoreError> {
    match planted(Defect::HorizonUnnoticed) {
        true => Ok(Version::ZERO),
        false => gone::horizon(connection),
    }
}

/// The view of a snapshot that begins now: its pages tell of what is deleted from the head on.
fn since(view: &str, head: &Head) -> String {
    format!("{view}@{}", head.version)
}

/// What a snapshot is a view of, and the head at which it began.
fn parts(view: &str) -> (&str, Version) {
    let Some((view, head)) = view.rsplit_once('@') else { return (view, Version::ZERO) };
    (view, head.parse().map_or(Version::ZERO, Version))
}

/// Where a snapshot goes on that is begun. What is forgotten of what was deleted since it began would never be told.
fn begun(staged: Option<&Staged>, view: &str, head: &Head, horizon: Version) -> Option<(String, Version)> {
    let staged = staged.filter(|staged| staged.version <= head.version)?;
    let (of, began) = parts(&staged.view);
    (of == view && began >= horizon).then(|| (staged.view.clone(), staged.version))
}

/// What a snapshot of a scope is a view of.
fn load_view(order: &str, ask: &ScopeAsk) -> String {
    let beneath = if ask.beneath { "/*" } else { "" };
    format!("{order}.{}{beneath}", ask.scope)
}

/// What a person may read, and since when that is so. Until an op says otherwise it is the role of the account. To whoever
/// was removed no grant is of use.
pub fn rights(
    connection: &Connection,
    principal: &Principal,
    at: Version,
) -> Result<(Version, Access), StoreError> {
    let everywhere = || (Version::ZERO, Access::everywhere(principal.role.clone()));
    let (since, mut access) = access::at(connection, principal.user, at)?.unwrap_or_else(everywhere);
    if access.role == Role::Nobody {
        access.grants.clear();
    }
    Ok((since, access))
}

/// A cursor of another history, or of a future that was lost, starts again.
pub(super) fn start(cursor: Cursor, head: &Head) -> Version {
    match cursor.epoch == head.epoch && cursor.version <= head.version {
        true => cursor.version,
        false => Version::ZERO,
    }
}
