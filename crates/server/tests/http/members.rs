//! Members: what an operator wants reaches the log while the server serves, and who was removed hears no more.

use std::time::Duration;

use fieldbook_model::op::About;
use fieldbook_model::{
    Code, Cursor, Granting, Membership, OpId, Refusal, Role, Scope, UserId, Version, WallTime,
};
use fieldbook_protocol::live::Event;
use fieldbook_protocol::page::{PullRequest, PulledRow};
use fieldbook_protocol::{Page, ProblemCode, Verdict};
use fieldbook_server_store::{By, Data, Wanted};
use tokio::time::timeout;

use crate::device::unique;
use crate::world::{World, unlock};

/// Longer than a change may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Has a member's role changed beside the server, and waits for what becomes of it.
pub async fn change(world: &World, name: &str, role: Role) -> Result<(), Refusal> {
    want(world, name, |user, name| About::Member(Membership { user, name, role })).await
}

/// Has a role in a scope given or taken back beside the server, and waits for what becomes of it.
pub async fn grant(world: &World, name: &str, scope: Scope, role: Option<Role>) -> Result<(), Refusal> {
    want(world, name, |user, _| About::Grant(Granting { user, scope, role })).await
}

async fn want(world: &World, name: &str, about: impl FnOnce(UserId, String) -> About) -> Result<(), Refusal> {
    let data = Data::open(world.folder(), &unlock()).expect("the data folder");
    let shop = data.accounts().workspace("shop").expect("accounts").expect("a workspace");
    let member = data.accounts().member(shop.id, name).expect("a member");
    let about = about(member.user, member.name);
    let op = OpId::v7(1_700_000_000_000, unique());
    let at = WallTime(1_700_000_000_000);
    data.accounts()
        .want(&Wanted { op, workspace: shop.id, about, at, by: By::operator("root"), rights_of: None })
        .expect("a queue");
    let outcome = async {
        loop {
            if let Some(outcome) = data.accounts().outcome(op).expect("accounts") {
                return outcome;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, outcome).await.expect("the server takes it within a second or so")
}

fn refused(verdict: &Verdict) -> Option<Code> {
    match verdict {
        Verdict::Rejected { refusal, .. } => Some(refusal.code),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_changed_beside_the_server_holds_from_its_place_on() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let ops = [ann.note("one"), ann.note("two"), ann.note("three")];
    assert_eq!(refused(&ann.push(&ops[..1]).await.answers[0].verdict), None);
    change(&world, "ann", Role::Viewer).await.expect("a change");
    assert_eq!(refused(&ann.push(&ops[1..2]).await.answers[0].verdict), Some(Code::NoPermission));
    change(&world, "ann", Role::Member).await.expect("a change");
    assert_eq!(refused(&ann.push(&ops[2..]).await.answers[0].verdict), None);
    // Bob's device gets the records of all three members.
    let pages = bob.pull().await;
    let of = |page: &Page, row: &PulledRow| page.types[row.of].of == "member";
    let members: usize = pages.iter().map(|page| page.rows.iter().filter(|row| of(page, row)).count()).sum();
    assert_eq!(members, 3);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_refused_says_why() {
    let world = World::start().await;
    let words = change(&world, "ann", Role::App("boss".into())).await.expect_err("no such role").words;
    assert_eq!(words, "There is no role boss here; there are: owner, admin, member, viewer.");
    change(&world, "bob", Role::Owner).await.expect("a change");
    let code = change(&world, "bob", Role::Viewer).await.expect_err("the last owner").code;
    assert_eq!(code, Code::LastOwner);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_33_a_removed_member_hears_no_more_and_pushes_what_is_queued() {
    // Nothing but the removal itself ends the stream: no beat comes meanwhile.
    let world = World::start_with(|config| config.beat = Duration::from_secs(3600)).await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let mut listening = bob.live().await;
    assert!(matches!(listening.next().await, Some(Event::Head(_))));
    change(&world, "bob", Role::Nobody).await.expect("a change");
    let ended = async { while listening.next().await.is_some() {} };
    timeout(Duration::from_secs(5), ended).await.expect("the stream ends at once");
    let op = ann.note("not for bob");
    ann.push(&[op]).await;
    let token = bob.me.token.clone();
    let body = fieldbook_model::json::write(&PullRequest::since(Cursor::default()));
    let path = bob.path("pull");
    let problem =
        bob.client.call("POST", &path, Some(&token), body.clone()).await.expect(ProblemCode::Revoked);
    assert!(problem.title.contains("no member"), "{}", problem.title);
    let path = bob.path("live");
    bob.client.call("POST", &path, Some(&token), body).await.expect(ProblemCode::Revoked);
    let queued = [bob.note("one"), bob.note("two")];
    let answers = bob.push(&queued).await.answers;
    let codes: Vec<_> = answers.iter().map(|answer| refused(&answer.verdict)).collect();
    assert_eq!(codes, [Some(Code::NoPermission); 2]);
    let again = bob.push(&queued).await.answers;
    assert_eq!(again, answers, "the first answer stands");
    assert!(answers[0].version > Version(0));
    world.stop().await;
}
