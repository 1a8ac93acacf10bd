//! The table of planted defects: each is a place where a slip would be silent. It says in which area that lies, what is
//! broken by it, and, where it shows only when two faults meet, which two. It never says how a defect is found.

use super::Area;

/// What is known of a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Its name.
    pub name: &'static str,
    /// Where it lies.
    pub area: Area,
    /// What it does, in a sentence.
    pub says: &'static str,
    /// The rule or the invariant that it breaks.
    pub breaks: &'static str,
    /// The two faults that must meet before it shows, if one is not enough.
    pub when: Option<&'static str>,
    /// What shows it, where no world can: a world has no disk.
    pub elsewhere: Option<&'static str>,
}

/// One row for each defect: what it does, its name, what it breaks, and which two faults must meet if one is not enough.
macro_rules! defects {
    ($($area:ident: $(#[doc = $says:literal] $name:ident = $breaks:literal $(, when $when:literal)? $(, in $elsewhere:literal)?;)+)+) => {
        /// A rule that can be taken out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Defect {
            $($(#[doc = $says] $name,)+)+
        }

        impl Defect {
            /// All of them, area by area.
            pub const ALL: &[Self] = &[$($(Self::$name,)+)+];

            /// What is known of it.
            pub const fn facts(self) -> Facts {
                match self {
                    $($(Self::$name => Facts {
                        name: stringify!($name),
                        area: Area::$area,
                        says: $says,
                        breaks: $breaks,
                        when: first(&[$($when)?]),
                        elsewhere: first(&[$($elsewhere)?]),
                    },)+)+
                }
            }
        }
    };
}

const fn first(of: &[&'static str]) -> Option<&'static str> {
    match of {
        [] => None,
        [one, ..] => Some(one),
    }
}

defects! {
    OpLog:
    /// An idempotency key is compared with the bytes of the op.
    KeysComparedByBytes = "rule 20";
    /// The ids of a duplicate are not mapped.
    DuplicateWithoutIdMap = "rule 20";
    /// An op_id with other bytes gets the stored answer.
    AlteredOpIsAnswered = "rule 39";
    /// A rejected op does not take its place in the hash chain.
    RejectedBreaksChain = "rule 49";
    /// Answers are sent before the commit.
    AnswersBeforeCommit = "rule 51", when "a failed commit meets an answer";
    /// Stamps hold whole device ids.
    StampsHoldDeviceIds = "rule 57";
    /// A device lets go of what it was acknowledged at once, whether or not a backup has it.
    TextsGoAtOnce = "rule 5", when "an older backup meets a text let go of";
    /// Where much may be let go of, more goes than a backup has.
    MuchGoesTooFar = "rule 5", in "worlds of long days";
    /// Of a push of very many ops only the first are taken, and nothing is said of the others.
    LongPushHalfTaken = "I17", in "worlds of long days";
    /// What a device does not have any more it does not tell of.
    GapsAreSilent = "rule 5", when "a restore of the server meets a text let go of";
    /// A copy goes on in the log of the other and is turned away for ever.
    CopiesStayOne = "rule 23", when "a copy of a device meets ops that it had sent";
    /// A copy offers anew also what the server has.
    CopiesOfferAll = "rule 58", when "a copy of a device meets an answer that it missed";
    /// A copy of what the server has lost gets pages without answers.
    LostTrunkUnnoticed = "rule 58", when "a copy of a device meets a server that lost what it was a copy of";
    /// A number whose op was refused stands nowhere.
    NumbersVanish = "rule 30";
    /// A device that came back from its backup goes on with the numbers that it had then.
    SeriesGoesOn = "rule 30", when "a copy of a device meets a number that it printed";
    /// The answer to a repeated op follows what became of it.
    AnswerFollowsState = "rule 38";
    /// An act returns before what it wrote is synced.
    ActsUnsynced = "I1", when "a power cut meets an act", in "cargo xtask disk";
    /// A gap in the seqs is accepted.
    GapsAreAccepted = "I7";
    /// An op that was seen before is applied again.
    ReplayIsApplied = "I3";
    /// An act writes its op in one transaction and what it shows in the next.
    OpBeforeRows = "I1", when "a kill in the middle of a write meets an act";
    Session:
    /// A pull runs after the head for as long as others write.
    PullsChase = "rule 28";
    /// A page is as large as any, however much was written since the one before it.
    PagesIgnoreWriters = "rule 28";
    /// A device whose op is too large sends it again and again.
    TooLargeIsRetried = "rule 29";
    /// A version of an older history is taken for one of the history in force.
    ForksAreForgotten = "rule 3", when "a restore of the server meets a base from before";
    /// A server does not notice that it came back from an old backup.
    RestoreUnnoticed = "rule 4";
    /// Where history begins anew only the first ops of a long log are kept apart from what the server has.
    LongLogAnewInPart = "I15", when "a restore of the server meets a long log", in "worlds of long days";
    /// What was acknowledged stays so, though a pull past it does not name it.
    AcknowledgedForEver = "rule 4", when "a restore of the server meets an acknowledged op";
    /// While a scope is on its way nothing else is taken in.
    LoadsHoldUp = "rule 54";
    /// A part whose join the server refused stays apart for ever.
    RefusedStaysReady = "I17", when "a load meets a scope that closes";
    /// A device whose battery is low sends each act by itself.
    LowBatteryFlushesAtOnce = "I40";
    /// Without a network the server is tried all the same, and counted as failing.
    NoNetworkIsTrouble = "I18";
    /// A file that did not come is asked for no more.
    BlobTroubleIsForGood = "I42";
    /// Devices that the server asked to come back later do so in the same moment.
    RetryAfterTogether = "I18";
    /// A device that starts does not look whether ops wait.
    RestartForgetsQueue = "I17", when "a kill meets ops that are not sent";
    /// A push that is never answered is waited for without end.
    PushSilenceUnnoticed = "I17";
    /// A pull that is never answered is waited for without end.
    PullSilenceUnnoticed = "I17";
    Apply:
    /// An op leaves the pending set at the push answer and not with the pull that carries its verdict.
    PendingEndsAtAnswer = "rule 1", when "a lost page meets a rebase";
    /// Of many records on which ops wait, those behind the first are overlooked by a page of many rows.
    LongQueueOverlooked = "I15", in "worlds of long days";
    /// Pieces of a file that meet within one of its parts are put together as a text.
    PiecesMeetAsText = "I42", when "a torn reply meets a file of two pieces";
    /// Where a large snapshot takes the place of what was shown, one table stays as it was.
    LargeSnapshotHalfTaken = "I11";
    /// A misfit at a rebase is taken for a verdict.
    RebaseGivesVerdicts = "rule 2";
    /// What a device leaves out by age counts in the server's sums.
    SumsOfEverything = "rule 35";
    /// A device compares whatever its cursor is by now.
    SumsOfAnotherVersion = "rule 35";
    /// A repair is tried again, however often it failed.
    RepairsNeverEnd = "rule 35", when "damage meets a repair that fails";
    /// A rebase rewrites the base of waiting ops.
    RebaseRewritesBase = "rule 40";
    /// What builds on a record that the server lost is refused at once.
    LostBaseIsRefused = "rule 6", when "a restore of the server meets an edit that comes first";
    /// What waits for a lost record is not looked at when that record comes.
    LostBaseSleeps = "rule 6", when "a restore of the server meets an edit that comes first";
    /// A device stamps by its own clock, whatever it has read.
    StampsIgnoreOthers = "rule 25";
    /// An act on what is not shown is taken.
    ActsOnHidden = "rule 53";
    /// The cursor is written in one transaction and the rows up to it in the next.
    CursorBeforeRows = "I8", when "a kill in the middle of a write meets a page";
    /// Verdicts are written in one transaction and the rows that came with them in the next.
    VerdictsBeforeRows = "rule 1", when "a kill in the middle of a write meets a verdict";
    /// A verdict that comes again is taken again.
    VerdictTakenTwice = "I3", when "a repair or a long way round meets a verdict that is known";
    /// Verdicts that came with a snapshot are forgotten when it takes the place of what was there.
    StagedVerdictsLost = "rule 1", when "a snapshot meets an op whose reply was lost";
    Merge:
    /// Only one "last change" is kept for each unit.
    OneStampPerUnit = "rule 8";
    /// An equal write leaves no stamp.
    EqualWriteLeavesNoStamp = "rule 41";
    /// What a device did before it was copied is another's to the copy.
    CopiesAreStrangers = "rule 23", when "a copy of a device meets its own writes";
    /// All that the other copy did is this one's own.
    CopiesOwnAll = "rule 23", when "a copy of a device meets writes after the backup";
    /// An addition to a deleted record is dropped.
    AdditionsMissDeleted = "rule 17";
    /// A child of a deleted parent is shown.
    OrphansShow = "rule 18";
    /// A key meets also those that the person had seen.
    UniqueIgnoresSeen = "rule 21";
    /// A key is looked at when a record is made and never again.
    UniqueAtInsertOnly = "rule 22";
    /// A lowest or highest value gives way to a later one of somebody who had seen all.
    BoundFollowsOwn = "rule 24";
    /// A reset goes over a change that its author had not seen.
    ResetUnasked = "rule 24";
    /// An element that somebody else put in unseen is taken out.
    ExcludeWins = "rule 24";
    /// A stamp from the future stands as it is.
    FutureStampsStand = "rule 25";
    /// A write that lost counts as the last change.
    LosersStamp = "rule 25";
    /// A stamp does not say with which role its change was made.
    StampsForgetRoles = "rule 32";
    /// A change of one member of a group carries that one only.
    GroupsTornApart = "rule 43";
    /// A count sets the number, whatever others added.
    CountSets = "rule 44";
    /// The change right behind what an author had seen counts as seen.
    SeenIsOneMore = "rule 8";
    Conflict:
    /// "theirs" drops the whole held op.
    TheirsDropsTheOp = "rule 7";
    /// Dependents of a settled op are judged as if nobody had decided.
    DependentsReopen = "rule 9";
    /// A resolution looks at the units that it decides and at nothing else of the held op.
    ResolutionSeesItsUnitsOnly = "rule 10";
    /// Only a change of the same record makes a dependent, not a reference to it.
    ReferencesDependOnNothing = "rule 19";
    /// A resolution is refused after any change of the record.
    ResolutionComparesRecords = "rule 26";
    /// Every later op on a held record is held, whatever its author had seen.
    HeldRecordSwallows = "rule 27";
    /// "mine" on a deleted record writes without bringing it back.
    MineStaysDeleted = "rule 45";
    /// Settling one conflict leaves the pair of another on the same unit as it was.
    PairStays = "rule 46";
    /// What was built upon a refused resolution is refused.
    RefusedResolutionRejects = "rule 47";
    /// Additions and set elements count as edits that a delete meets.
    AdditionsMeetDeletes = "rule 52";
    /// Each dependent is a conflict of its own.
    DependentsAreConflicts = "rule 55";
    /// What depends on a rejected op is applied.
    DependentsFlow = "I14";
    Scope:
    /// The file of a record whose owner is deleted is refused to a device that has the record.
    OrphansLoseFiles = "I42";
    /// With a scope that lies elsewhere comes all that lies in it.
    MovesSendAll = "rule 56";
    /// Nobody tells a device of a record that went to a scope which it has not.
    LeaversStay = "rule 13";
    /// What lies with a record stays where it was when that moves.
    ChildrenStayBehind = "rule 14";
    /// A scope joins the others without what happened to it since its snapshot.
    JoinWithoutTail = "rule 15", when "a load meets an op over two scopes";
    /// What pending ops touch goes with its scope.
    UnloadDropsPending = "rule 34";
    /// The conflict of an own op goes with the scope in which it lies.
    OwnConflictsLeave = "rule 34";
    /// A page from the very start, which leaves out what is gone, is taken in by a device that has a part.
    StartJoinsAnywhere = "I8";
    /// A page that was read before what is staged continues it.
    StreamsMix = "I11", when "a broken load meets a newer page";
    /// Nobody hears of it when what they do not read takes a scope with it that they were given.
    GivenScopesStay = "rule 18";
    /// A part that joins takes the place of what waiting ops made of its records.
    PendingDroppedAtJoin = "I15", when "a load meets ops that wait";
    /// A part joins in one transaction, and what else came with it follows in the next.
    JoinInTwo = "rule 15", when "a kill in the middle of a write meets a part that joins";
    Undo:
    /// An undo of an op that did nothing takes something back.
    UndoOfNothingCounts = "rule 11";
    /// Only the device looks whether what is undone still stands.
    UndoUnguarded = "rule 12";
    /// The undo of an insert-only record deletes it.
    UndoDeletesInsertOnly = "rule 31";
    /// An undo stamps what it puts back as new.
    UndoStampsAnew = "rule 42";
    /// An undo takes the changes of an op back in the order in which they were made.
    UndoInOrder = "rule 11";
    /// An element that was there before is taken out by the undo of putting it in.
    UndoOfWhatWasThere = "rule 12";
    /// The undo of an op that is held leaves it held.
    UndoLeavesHeld = "rule 11";
    /// An undo counts what was decided when its target was settled as seen.
    UndoMissesTheDecision = "rule 12", when "a settled conflict meets an undo";
    Prune:
    /// What pending ops touch is pruned.
    PruneDropsPending = "rule 34";
    /// The server does not know of cut-offs, and sends what was pruned when it changes.
    PrunedComesBack = "rule 35";
    /// A page begins below the horizon, as if nothing that was deleted had been forgotten.
    HorizonUnnoticed = "rule 16", when "a long absence meets a forgotten record";
    /// An addition to a record that is forgotten is refused.
    AdditionsToGoneRejected = "rule 17";
    /// A deleted record is forgotten while others are owned by it.
    OwnersAreForgotten = "rule 17";
    /// The ids of forgotten records are forgotten too.
    GoneIsForgotten = "rule 37";
    /// A device that is one version behind the horizon goes on as if nothing had been forgotten.
    HorizonOffByOne = "rule 16", when "a long absence meets a record that was just forgotten";
    Live:
    /// A live event is applied whatever the cursor.
    LiveIgnoresGaps = "rule 36", when "a lost event meets the next one";
    /// A device that nobody looks at keeps its live stream.
    HiddenListens = "I40";
    /// What a stream says first of the head is not heard.
    LiveHeadIgnored = "I25";
    /// A stream that has gone silent counts as open for ever.
    LiveSilenceUnnoticed = "I17", when "a connection that is half open meets news";
    /// A stream goes on for the parts that a device had when it was opened.
    LiveOfOldScopes = "I25", when "a load meets an open stream";
    /// A stream that ended is never opened again.
    LiveEndsForGood = "I17";
    SignIn:
    /// An op is judged by the role that its author had when it was made.
    RoleAtWrite = "rule 32";
    /// Who was removed goes on reading.
    RemovedRead = "rule 33";
    /// A push counts whoever signed it.
    UnsignedTaken = "I7";
    /// What of a conflict may be read follows from where the conflict lies, not from where its records do.
    ConflictsShowClosed = "rule 50";
    /// Whoever sees a conflict may settle it.
    AnybodyResolves = "rule 50";
    /// Whoever the type names settles a conflict, also about what that person may not write.
    ResolverNeedNotWrite = "rule 50";
    /// Whoever is let in again has the grants from before.
    GrantsOutliveRemoval = "I28";
    /// The last owner may be made something else.
    LastOwnerMayGo = "I28";
    /// Whose rights changed goes on with pages, and not with a snapshot of what may be read now.
    RightsChangeUnnoticed = "I29";
    Schema:
    /// An op of an older version of the schema is taken as it was written.
    OpsStayUntranslated = "rule 48";
    /// Each part of a split field is written, also where only another part differs.
    SplitWritesAllParts = "rule 48";
    /// What an undo takes back is looked for under the names of the op that did it.
    HistoryStaysUntranslated = "rule 48";
    /// A device that was upgraded does not read again what it was told in older words.
    UpgradeRereadsNothing = "I36", when "an upgrade of a device meets rows of a newer schema";
    /// What the log says of ops keeps the names of the old version.
    UpgradeLeavesLog = "rule 48", when "an upgrade meets ops that wait";
    /// A page in the words of an older version is taken in by a device that was upgraded since.
    OldPagesAreTaken = "I36", when "an upgrade meets a page that is on its way";
    Wipe:
    /// An order to wipe is obeyed whoever signed it.
    WipeByAnyServer = "I30";
    /// An order to wipe is obeyed that names another device.
    WipeOfOthersObeyed = "I30";
    /// An order to wipe is obeyed that was taken back, and that somebody kept.
    WipeByOldOrder = "I30", when "an order that was taken back meets a device that was let in since";
    /// A device that may send first what it has to send is wiped at once.
    WipeBeforeRescue = "I30", when "an order with a rescue meets a server from a backup", in "crates/sim/tests/rules/wiping.rs";
    /// A start does not look whether a wipe is under way, and opens what is there.
    WipeForgottenAtStart = "I30", when "a wipe meets a kill";
    /// The secret goes behind all other files.
    WipeSecretLast = "I30", when "a wipe meets a kill";
    /// The server is told that a device was wiped before it is.
    WipeToldEarly = "I30", when "a wipe meets a kill";
    /// What was not sent is told as nothing.
    WipeMiscounts = "I30", when "an order to wipe meets ops that wait";
    /// Another device may say that a device was wiped.
    WipeSaidByOthers = "I30";
    /// A live stream of a device that is to be wiped goes on.
    WipeLeavesStreams = "I29", when "an order to wipe meets an open stream";
    /// A device that may send first what it has to send may read, too.
    WipeRescueReads = "I29", when "an order with a rescue meets ops that wait";
    /// An order to wipe ends with the session of its device.
    WipeEndsWithSession = "I30", when "an order to wipe meets a session that ends";
    /// By a clock that was put back a lease is as long again.
    LeaseByTheClock = "lease", when "a clock that is put back meets a device that stays away";
    /// A device that stayed away for too long is opened as ever.
    LeaseNeverOver = "lease";
    /// A lease begins anew whatever the server says, also where it says no.
    LeaseByAnyAnswer = "lease", when "a device stays away and its person is removed";
    /// All that is drawn of the randomness for an operation is the same each time.
    FreshIsStale = "I32";
    /// Diagnostics tell what people wrote, unasked.
    DiagnosticsTellValues = "I33";
    /// A device's database is opened without its key.
    DatabaseInClear = "I31";
    /// Each bundle of diagnostics is sealed with the same randomness.
    BundleNonceRepeats = "I32";
    /// What a device signs of a push leaves out what is in it.
    PushSignedUnread = "I32";
    Accounts:
    /// Whether a member may say who is what is judged before the changes that wait ahead.
    RoleBeforeItsTurn = "I28", when "somebody is made an admin while that person changes another's role";
    /// An invitation that somebody took up works again.
    InviteTwice = "I34", when "two take up one invitation at once";
    /// An invitation that was taken back, or is too old, works.
    InviteOutlives = "I34", when "an invitation ends while somebody takes it up";
    /// What role an invitation gives is not what it was made for.
    InviteGivesMore = "I34";
    /// Whoever tries an invitation that does not work leaves no note.
    NoteMissing = "I35";
    /// What is told twice, as after a crash, is noted twice.
    NoteTwice = "I35", when "a decision meets a crash before it is marked as carried out";
    /// Whoever asks what was decided in one workspace is told it of all.
    NotesOfAll = "I27";
    /// All workspaces of a server have one content key.
    ContentKeyOfAll = "I27";
}

impl Defect {
    /// The defect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|defect| defect.facts().name == name)
    }
}
