//! Rules that a test can take out of the engine, to see that the test would notice.
//!
//! Each variant names a rule of the semantics or a place where a slip would be silent. Without the cargo
//! feature `planted` the answer is a constant `false` and the compiler removes the branch; a released build
//! never has the feature.

/// A rule that can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Rule 1: an op leaves the pending set at the push answer and not with the pull that carries its verdict.
    PendingEndsAtAnswer,
    /// Rule 2: a misfit at a rebase is taken for a verdict.
    RebaseGivesVerdicts,
    /// Rule 8: only one "last change" is kept for each unit.
    OneStampPerUnit,
    /// Rule 20: an idempotency key is compared with the bytes of the op.
    KeysComparedByBytes,
    /// Rule 20: the ids of a duplicate are not mapped.
    DuplicateWithoutIdMap,
    /// Rule 28: a pull runs after the head for as long as others write.
    PullsChase,
    /// Rule 28: a page is as large as any, however much was written since the one before it.
    PagesIgnoreWriters,
    /// Rule 29: a device whose op is too large sends it again and again.
    TooLargeIsRetried,
    /// Rule 32: an op is judged by the role that its author had when it was made.
    RoleAtWrite,
    /// Rule 33: who was removed goes on reading.
    RemovedRead,
    /// Rule 34: what pending ops touch is pruned.
    PruneDropsPending,
    /// Rule 35: the server does not know of cut-offs, and sends what was pruned when it changes.
    PrunedComesBack,
    /// Rule 35: what a device leaves out by age counts in the server's sums.
    SumsOfEverything,
    /// Rule 35: a device compares whatever its cursor is by now.
    SumsOfAnotherVersion,
    /// Rule 35: a repair is tried again, however often it failed.
    RepairsNeverEnd,
    /// Rule 36: a live event is applied whatever the cursor.
    LiveIgnoresGaps,
    /// Rule 39: an op_id with other bytes gets the stored answer.
    AlteredOpIsAnswered,
    /// Rule 40: a rebase rewrites the base of waiting ops.
    RebaseRewritesBase,
    /// Rule 41: an equal write leaves no stamp.
    EqualWriteLeavesNoStamp,
    /// Rule 49: a rejected op does not take its place in the hash chain.
    RejectedBreaksChain,
    /// Rule 51: answers are sent before the commit.
    AnswersBeforeCommit,
    /// Rule 56: with a scope that lies elsewhere comes all that lies in it.
    MovesSendAll,
    /// Rule 57: stamps hold whole device ids.
    StampsHoldDeviceIds,
    /// Rule 3: a version of an older history is taken for one of the history in force.
    ForksAreForgotten,
    /// Rule 4: a server does not notice that it came back from an old backup.
    RestoreUnnoticed,
    /// Rule 4: what was acknowledged stays so, though a pull past it does not name it.
    AcknowledgedForEver,
    /// Rule 5: a device lets go of what it was acknowledged at once, whether or not a backup has it.
    TextsGoAtOnce,
    /// Rule 5: what a device does not have any more it does not tell of.
    GapsAreSilent,
    /// Rule 6: what builds on a record that the server lost is refused at once.
    LostBaseIsRefused,
    /// Rule 6: what waits for a lost record is not looked at when that record comes.
    LostBaseSleeps,
    /// Rule 23: what a device did before it was copied is another's to the copy.
    CopiesAreStrangers,
    /// Rule 23: all that the other copy did is this one's own.
    CopiesOwnAll,
    /// Rule 23: a copy goes on in the log of the other and is turned away for ever.
    CopiesStayOne,
    /// Rule 58: a copy offers anew also what the server has.
    CopiesOfferAll,
    /// Rule 7: "theirs" drops the whole held op.
    TheirsDropsTheOp,
    /// Rule 9: dependents of a settled op are judged as if nobody had decided.
    DependentsReopen,
    /// Rule 10: a resolution looks at the units that it decides and at nothing else of the held op.
    ResolutionSeesItsUnitsOnly,
    /// Rule 11: an undo of an op that did nothing takes something back.
    UndoOfNothingCounts,
    /// Rule 12: only the device looks whether what is undone still stands.
    UndoUnguarded,
    /// Rule 13: nobody tells a device of a record that went to a scope which it has not.
    LeaversStay,
    /// Rule 14: what lies with a record stays where it was when that moves.
    ChildrenStayBehind,
    /// Rule 15: a scope joins the others without what happened to it since its snapshot.
    JoinWithoutTail,
    /// Rule 34: what pending ops touch goes with its scope.
    UnloadDropsPending,
    /// Rule 34: the conflict of an own op goes with the scope in which it lies.
    OwnConflictsLeave,
    /// Rule 50: what of a conflict may be read follows from where the conflict lies, not from where its records do.
    ConflictsShowClosed,
    /// Rule 16: a page begins below the horizon, as if nothing that was deleted had been forgotten.
    HorizonUnnoticed,
    /// Rule 17: an addition to a deleted record is dropped.
    AdditionsMissDeleted,
    /// Rule 17: an addition to a record that is forgotten is refused.
    AdditionsToGoneRejected,
    /// Rule 17: a deleted record is forgotten while others are owned by it.
    OwnersAreForgotten,
    /// Rule 18: a child of a deleted parent is shown.
    OrphansShow,
    /// Rule 19: only a change of the same record makes a dependent, not a reference to it.
    ReferencesDependOnNothing,
    /// Rule 21: a key meets also those that the person had seen.
    UniqueIgnoresSeen,
    /// Rule 22: a key is looked at when a record is made and never again.
    UniqueAtInsertOnly,
    /// Rule 24: a lowest or highest value gives way to a later one of somebody who had seen all.
    BoundFollowsOwn,
    /// Rule 24: a reset goes over a change that its author had not seen.
    ResetUnasked,
    /// Rule 24: an element that somebody else put in unseen is taken out.
    ExcludeWins,
    /// Rule 25: a device stamps by its own clock, whatever it has read.
    StampsIgnoreOthers,
    /// Rule 25: a stamp from the future stands as it is.
    FutureStampsStand,
    /// Rule 25: a write that lost counts as the last change.
    LosersStamp,
    /// Rule 26: a resolution is refused after any change of the record.
    ResolutionComparesRecords,
    /// Rule 27: every later op on a held record is held, whatever its author had seen.
    HeldRecordSwallows,
    /// Rule 30: a number whose op was refused stands nowhere.
    NumbersVanish,
    /// Rule 30: a device that came back from its backup goes on with the numbers that it had then.
    SeriesGoesOn,
    /// Rule 31: the undo of an insert-only record deletes it.
    UndoDeletesInsertOnly,
    /// Rule 32: a stamp does not say with which role its change was made.
    StampsForgetRoles,
    /// Rule 37: the ids of forgotten records are forgotten too.
    GoneIsForgotten,
    /// Rule 38: the answer to a repeated op follows what became of it.
    AnswerFollowsState,
    /// Rule 42: an undo stamps what it puts back as new.
    UndoStampsAnew,
    /// Rule 43: a change of one member of a group carries that one only.
    GroupsTornApart,
    /// Rule 44: a count sets the number, whatever others added.
    CountSets,
    /// Rule 45: "mine" on a deleted record writes without bringing it back.
    MineStaysDeleted,
    /// Rule 46: settling one conflict leaves the pair of another on the same unit as it was.
    PairStays,
    /// Rule 47: what was built upon a refused resolution is refused.
    RefusedResolutionRejects,
    /// Rule 48: an op of an older version of the schema is taken as it was written.
    OpsStayUntranslated,
    /// Rule 48: each part of a split field is written, also where only another part differs.
    SplitWritesAllParts,
    /// Rule 48: what an undo takes back is looked for under the names of the op that did it.
    HistoryStaysUntranslated,
    /// Rule 50: whoever sees a conflict may settle it.
    AnybodyResolves,
    /// Rule 50: whoever the type names settles a conflict, also about what that person may not write.
    ResolverNeedNotWrite,
    /// Rule 52: additions and set elements count as edits that a delete meets.
    AdditionsMeetDeletes,
    /// Rule 53: an act on what is not shown is taken.
    ActsOnHidden,
    /// Rule 54: while a scope is on its way nothing else is taken in.
    LoadsHoldUp,
    /// Rule 55: each dependent is a conflict of its own.
    DependentsAreConflicts,
    /// A part whose join the server refused stays apart for ever.
    RefusedStaysReady,
    /// A page from the very start, which leaves out what is gone, is taken in by a device that has a part.
    StartJoinsAnywhere,
    /// A page that was read before what is staged continues it.
    StreamsMix,
    /// What depends on a rejected op is applied.
    DependentsFlow,
    /// An act returns before what it wrote is synced.
    ActsUnsynced,
    /// A device that nobody looks at keeps its live stream.
    HiddenListens,
    /// A device whose battery is low sends each act by itself.
    LowBatteryFlushesAtOnce,
    /// Without a network the server is tried all the same, and counted as failing.
    NoNetworkIsTrouble,
    /// Devices that the server asked to come back later do so in the same moment.
    RetryAfterTogether,
    /// A gap in the seqs is accepted.
    GapsAreAccepted,
    /// An op that was seen before is applied again.
    ReplayIsApplied,
}

#[cfg(feature = "planted")]
mod switch {
    use super::Defect;
    use std::cell::Cell;

    thread_local! {
        static ON: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// Whether this thread runs with the defect.
    pub fn planted(defect: Defect) -> bool {
        ON.get() == Some(defect)
    }

    /// Runs `scenario` with the defect in this thread, and takes it out again also after a panic.
    pub fn with<T>(defect: Defect, scenario: impl FnOnce() -> T) -> T {
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                ON.set(None);
            }
        }
        ON.set(Some(defect));
        let _off = Off;
        scenario()
    }
}

#[cfg(feature = "planted")]
pub use switch::{planted, with};

/// Whether this thread runs with the defect: never, in a build without the feature.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn planted(_: Defect) -> bool {
    false
}
