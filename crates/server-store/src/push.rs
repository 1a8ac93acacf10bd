//! Takes pushes: decide, then carry out, all pushes that wait together in one transaction (group commit).

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Limits, WallTime};
use fieldbook_protocol::{Answer, Problem, ProblemCode, PushReply, PushRequest, Pushed};
use fieldbook_server_sync::{Decision, Principal, Stand, Workspace, decide};

use crate::error::StoreError;
use crate::sqlite::rename;
use crate::store::{Batch, Head, Store};

/// What a device hears whose log began as a copy of what is not here.
pub const NO_SUCH_LOG: &str = "The server has no such log that this one could have begun as a copy of.";

/// A push that waits.
#[derive(Debug)]
pub struct Push {
    /// Who pushes.
    pub principal: Principal,
    /// What.
    pub request: PushRequest,
}

/// Carries out some pushes and makes them durable together. An `Err` means that none of them happened; what
/// the outer `Ok` holds may be sent.
pub fn push_group(
    store: &mut dyn Store,
    limits: &Limits,
    pushes: &[Push],
    now: WallTime,
) -> Result<Vec<Result<PushReply, Problem>>, StoreError> {
    let mut batch = store.batch()?;
    // A workspace's time never goes back, whatever this machine's clock does: stamps are bounded by it.
    let now = now.max(batch.time()?);
    let (ladder, epochs) = (batch.ladder().clone(), batch.epochs()?);
    let mut replies = Vec::with_capacity(pushes.len());
    for push in pushes {
        // Whoever began as a copy speaks for the log that it writes now.
        let device = push.request.branch.as_ref().map_or(push.principal.device, |branch| branch.device);
        let (schema, principal) = (ladder.top(), &Principal { device, ..push.principal.clone() });
        let workspace = Workspace { schema, ladder: &ladder, limits, principal, epochs: &epochs, now };
        replies.push(one(batch.as_mut(), &workspace, &push.request, now)?);
    }
    let committed = batch.commit();
    if !planted(Defect::AnswersBeforeCommit) {
        committed?;
    }
    Ok(replies)
}

fn one(
    mut batch: &mut dyn Batch,
    workspace: &Workspace<'_>,
    request: &PushRequest,
    now: WallTime,
) -> Result<Result<PushReply, Problem>, StoreError> {
    let principal = workspace.principal;
    if batch.stands(&request.standing)? != Stand::Here {
        let words = "This device speaks of another history of the workspace than the server has; it has to pull first.";
        return Ok(Err(Problem::new(ProblemCode::HistoryDiffers, words, now)));
    }
    let log = match &request.branch {
        Some(branch) => batch.branch(branch, principal.user, &principal.name)?,
        None => Some(batch.log(principal.device, principal.user, &principal.name)?),
    };
    let Some(mut log) = log else {
        return Ok(Err(Problem::new(ProblemCode::LogForked, NO_SUCH_LOG, now)));
    };
    if let Some(gap) = &request.gap
        && let Some(behind) = batch.gap(&log, gap, now)?
    {
        log = behind;
    }
    let mut answers: Vec<Answer> = Vec::with_capacity(request.ops.len());
    let mut expected = None;
    let most = if planted(Defect::LongPushHalfTaken) { 100 } else { usize::MAX };
    for pushed in request.ops.iter().take(most) {
        let next = batch.head().version.next();
        match decide(workspace, &mut batch, log, next, pushed)? {
            Decision::Again(mut answer) | Decision::Altered(mut answer) => {
                told_to(workspace, pushed, &mut answer);
                answers.push(answer);
            }
            Decision::Expected(seq) => {
                expected = Some(seq);
                break;
            }
            // What came before the fork has happened and is answered; the next push begins at the fork.
            Decision::Forked if !answers.is_empty() => break,
            Decision::Forked => {
                let words = "Another history of this device's log is on the server: the device was cloned or restored.";
                return Ok(Err(Problem::new(ProblemCode::LogForked, words, now)));
            }
            // What came before it is answered; the next push begins with it.
            Decision::Newer if !answers.is_empty() => break,
            Decision::Newer => {
                let words =
                    "This app has a newer schema than the server; it waits until the server has it too.";
                return Ok(Err(Problem::new(ProblemCode::NewerSchema, words, now)));
            }
            Decision::Fresh(plan) => {
                batch.carry_out(&plan, pushed, now)?;
                log = plan.log;
                let mut answer = plan.answer;
                told_to(workspace, pushed, &mut answer);
                answers.push(answer);
            }
        }
    }
    let Head { epoch, version, hash } = batch.head();
    Ok(Ok(PushReply { time: now, epoch, head: version, hash, answers, expected }))
}

/// Names types as the device that wrote the op does.
fn told_to(workspace: &Workspace<'_>, pushed: &Pushed, answer: &mut Answer) {
    if let Pushed::Whole(sealed) = pushed {
        rename(answer, |of| workspace.ladder.type_down(sealed.op.schema, of));
    }
}
