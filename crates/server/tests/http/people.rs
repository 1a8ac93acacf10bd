//! Accounts, invitations, members and devices over the wire, and what is noted of each decision.

use std::time::Duration;

use fieldbook_model::{DeviceId, Role, WallTime, json};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::account::{AccountReply, ConfirmReply, DoneReply, EndReply, JoinReply};
use fieldbook_protocol::export::ExportLine;
use fieldbook_protocol::people::{
    AuditReply, DeviceState, DevicesReply, InviteReply, InviteState, InvitesReply, MembersReply,
};
use fieldbook_server_store::{AddUser, By, Data, Deed, SessionLimits};
use serde_json::json;

use crate::client::{Client, Reply};
use crate::device::Device;
use crate::policy::add;
use crate::world::{PASSWORD, World, sign_in_body, unlock};

/// Ends the session of a device, as an operator does.
pub fn end(data: &Data, device: DeviceId) {
    let now = WallTime(1_700_000_000_000);
    data.accounts().end_session(device, (&By::operator("root"), Deed::SessionEnded), now).expect("an end");
}

/// A user changes the password on another device.
pub async fn other_password(world: &World, user: &str) {
    let mut other = world.device(user).await;
    let body = json!({ "password": PASSWORD, "new_password": "another long phrase" }).to_string();
    post(&mut other, "/v2/auth/password", body).await.read::<DoneReply>();
    // And back, for whoever signs in next.
    let body = json!({ "password": "another long phrase", "new_password": PASSWORD }).to_string();
    post(&mut other, "/v2/auth/password", body).await.read::<DoneReply>();
}

/// An owner, who signed in a short while ago, deletes the shop.
pub async fn delete_shop(_: &World, owner: &Device) {
    let mut client = owner.client.again().await;
    let (path, token) = (owner.path("delete"), owner.me.token.clone());
    let body = json!({ "name": "shop" }).to_string();
    client.call("POST", &path, Some(&token), body).await.read::<DoneReply>();
}

async fn post(device: &mut Device, path: &str, body: String) -> Reply {
    let token = device.me.token.clone();
    device.client.call("POST", path, Some(&token), body).await
}

async fn get(device: &mut Device, path: &str) -> Reply {
    let token = device.me.token.clone();
    device.client.call("GET", path, Some(&token), "").await
}

/// The lines of everything of somebody.
pub async fn export(device: &mut Device) -> Vec<String> {
    let reply = get(device, "/v2/account/export").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body.lines().map(str::to_owned).collect()
}

fn shop_of(world: &World, people: &[(&str, Role)]) -> Data {
    let data = Data::open(world.folder(), &unlock()).expect("the folder");
    people.iter().for_each(|(name, role)| add(&data, name, role.clone()));
    data
}

/// Makes the password of every device old.
fn forget_confirmations(data: &Data, device: &Device) {
    let accounts = data.accounts();
    let session = accounts.session(&device.me.token).expect("accounts").expect("a session");
    accounts.confirm(&session.principal, &By::default(), WallTime(0)).expect("a note");
}

fn joining(code: &str, user: &str, password: &str) -> String {
    json!({ "code": code, "user": user, "password": password }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_joins_signs_in_and_is_seen_by_everybody() {
    let world = World::start().await;
    let data = shop_of(&world, &[("olga", Role::Owner)]);
    let mut olga = world.device("olga").await;
    let invites = olga.path("invites");
    let made: InviteReply = post(&mut olga, &invites, json!({ "role": "viewer" }).to_string()).await.read();
    assert_eq!(made.workspace, "shop");

    let mut stranger = Client::connect(world.address).await;
    let wrong = stranger.call("POST", "/v2/auth/join", None, joining("fbi_00", "ida", "a long phrase")).await;
    let useless = wrong.expect(ProblemCode::UselessCode).title;
    let joined =
        stranger.call("POST", "/v2/auth/join", None, joining(&made.code, "ida", "a long phrase")).await;
    let joined: JoinReply = joined.read();
    assert_eq!((joined.workspace.as_str(), joined.role.as_str()), ("shop", "viewer"));
    let again =
        stranger.call("POST", "/v2/auth/join", None, joining(&made.code, "eve", "a long phrase")).await;
    assert_eq!(again.expect(ProblemCode::UselessCode).title, useless, "one answer for every failure");
    let body = sign_in_body("shop", "ida", "a long phrase");
    assert_eq!(stranger.call("POST", "/v2/auth/sign-in", None, body).await.status, 200);

    let members = olga.path("members");
    let seen: MembersReply = get(&mut olga, &members).await.read();
    assert!(seen.members.iter().any(|line| line.name == "ida" && line.role == Role::Viewer), "{seen:?}");
    let listed: InvitesReply = get(&mut olga, &invites).await.read();
    assert_eq!(listed.invites[0].state, InviteState::Used);
    assert_eq!(listed.invites[0].used_by.as_deref(), Some("ida"));
    assert!(!json::write(&listed).contains(&made.code[4..]), "the code is told once");

    // One that was taken back, and a role that nobody here has.
    let made: InviteReply = post(&mut olga, &invites, json!({ "role": "member" }).to_string()).await.read();
    let revoke = format!("{invites}/{}/revoke", made.id);
    post(&mut olga, &revoke, String::new()).await.read::<DoneReply>();
    let late =
        stranger.call("POST", "/v2/auth/join", None, joining(&made.code, "eve", "a long phrase")).await;
    assert_eq!(late.expect(ProblemCode::UselessCode).title, useless);
    let none = post(&mut olga, &invites, json!({ "role": "boss" }).to_string()).await;
    assert!(none.expect(ProblemCode::BadRequest).title.starts_with("There is no role boss here"));
    drop(data);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_says_who_is_what_below_an_owner_and_everybody_may_leave() {
    let world = World::start().await;
    let _data = shop_of(&world, &[("olga", Role::Owner), ("adam", Role::Admin)]);
    let (mut adam, mut olga) = (world.device("adam").await, world.device("olga").await);
    let members = adam.path("members");
    let seen: MembersReply = get(&mut adam, &members).await.read();
    let id = |name: &str| seen.members.iter().find(|line| line.name == name).expect("a member").user_id;
    let role = |name: &str| format!("{members}/{}/role", id(name));
    let to = |role: &str| json!({ "role": role }).to_string();
    post(&mut adam, &role("vic"), to("member")).await.read::<DoneReply>();
    let words = "What concerns an owner is said by: owner.";
    let up = post(&mut adam, &role("bob"), to("owner")).await.expect(ProblemCode::Forbidden);
    assert_eq!(up.title, words);
    assert_eq!(
        post(&mut adam, &role("olga"), to("viewer")).await.expect(ProblemCode::Forbidden).title,
        words
    );
    let invites = adam.path("invites");
    let owner = post(&mut adam, &invites, to("owner")).await;
    assert_eq!(owner.expect(ProblemCode::Forbidden).title, "This is for: owner.");

    let last = post(&mut olga, &role("olga"), to("nobody")).await.expect(ProblemCode::Conflict);
    assert!(last.title.contains("the last owner"), "{last:?}");
    let mut bob = world.device("bob").await;
    post(&mut bob, &role("bob"), to("nobody")).await.read::<DoneReply>();
    get(&mut bob, &members).await.expect(ProblemCode::Revoked);
    let mut vic = world.device("vic").await;
    post(&mut vic, &role("ann"), to("nobody")).await.expect(ProblemCode::Forbidden);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dangerous_wants_the_password_once_more() {
    let world = World::start().await;
    let data = shop_of(&world, &[("olga", Role::Owner)]);
    let mut olga = world.device("olga").await;
    let ann = world.device("ann").await;
    forget_confirmations(&data, &olga);
    let delete = (olga.path("delete"), json!({ "name": "shop" }).to_string());
    let wipe = (olga.path(&format!("devices/{}/wipe", ann.id)), json!({ "rescue": false }).to_string());
    let owner = (olga.path("invites"), json!({ "role": "owner" }).to_string());
    for (path, body) in [&delete, &wipe, &owner] {
        post(&mut olga, path, body.clone()).await.expect(ProblemCode::ConfirmNeeded);
    }
    let typed = post(&mut olga, &delete.0, json!({ "name": "Shop " }).to_string()).await;
    assert!(typed.expect(ProblemCode::BadRequest).title.starts_with("This is not the workspace's name"));
    let wrong = json!({ "password": "not hers at all" }).to_string();
    post(&mut olga, "/v2/auth/confirm", wrong).await.expect(ProblemCode::WrongPassword);
    post(&mut olga, &wipe.0, wipe.1.clone()).await.expect(ProblemCode::ConfirmNeeded);
    let right = json!({ "password": PASSWORD }).to_string();
    post(&mut olga, "/v2/auth/confirm", right).await.read::<ConfirmReply>();
    post(&mut olga, &wipe.0, wipe.1).await.read::<DoneReply>();
    let devices = olga.path("devices");
    let seen: DevicesReply = get(&mut olga, &devices).await.read();
    let line = seen.devices.iter().find(|line| line.device_id == ann.id).expect("ann's");
    assert_eq!(line.state, DeviceState::WipeOrdered);
    post(&mut olga, &delete.0, delete.1).await.read::<DoneReply>();
    get(&mut olga, &devices).await.expect(ProblemCode::SignInNeeded);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_ended_by_hand_by_a_new_password_by_a_code_and_by_their_limits() {
    let world = World::start().await;
    let data = shop_of(&world, &[]);
    let (mut here, mut there) = (world.device("ann").await, world.device("ann").await);
    let seen: AccountReply = get(&mut here, "/v2/account").await.read();
    assert_eq!((seen.user.as_str(), seen.sessions.len()), ("ann", 2));
    assert_eq!(seen.workspaces.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["shop"]);
    let bob = world.device("bob").await;
    let others = json!({ "device_id": bob.id }).to_string();
    post(&mut here, "/v2/account/end", others).await.expect(ProblemCode::NotFound);
    let ended: EndReply = post(&mut here, "/v2/account/end", "{}".to_owned()).await.read();
    assert_eq!(ended.ended, 1);
    get(&mut there, "/v2/account").await.expect(ProblemCode::SignInNeeded);

    let short = json!({ "password": PASSWORD, "new_password": "short" }).to_string();
    post(&mut here, "/v2/auth/password", short).await.expect(ProblemCode::BadRequest);
    let mut there = world.device("ann").await;
    other_password(&world, "ann").await;
    get(&mut there, "/v2/account").await.expect(ProblemCode::SignInNeeded);

    let mut there = world.device("ann").await;
    let now = WallTime(4_000_000_000_000);
    let code =
        data.accounts().offer_reset("ann", ([9; 32], now), &By::operator("root"), WallTime(1)).unwrap();
    let reset = |code: &str| json!({ "code": code, "user": "ann", "password": "chosen anew" }).to_string();
    let mut stranger = Client::connect(world.address).await;
    stranger.call("POST", "/v2/auth/reset", None, reset("fbr_1")).await.expect(ProblemCode::UselessCode);
    stranger.call("POST", "/v2/auth/reset", None, reset(&code.code)).await.read::<DoneReply>();
    stranger.call("POST", "/v2/auth/reset", None, reset(&code.code)).await.expect(ProblemCode::UselessCode);
    get(&mut there, "/v2/account").await.expect(ProblemCode::SignInNeeded);
    let body = sign_in_body("shop", "ann", "chosen anew");
    assert_eq!(stranger.call("POST", "/v2/auth/sign-in", None, body).await.status, 200);

    let (mut bob, folder) = (bob, world.stop().await);
    let short = SessionLimits { idle: Duration::from_secs(3600), absolute: Duration::from_millis(1) };
    let world = World::start_in(folder, |config| config.sessions = short).await;
    bob.client = Client::connect(world.address).await;
    get(&mut bob, "/v2/account").await.expect(ProblemCode::SignInNeeded);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_decision_leaves_one_entry_that_its_workspace_reads() {
    let world = World::start().await;
    let _data = shop_of(&world, &[("olga", Role::Owner)]);
    let mut olga = world.device("olga").await;
    let mut stranger = Client::connect(world.address).await;
    let body = sign_in_body("shop", "ann", "not her password");
    stranger.call("POST", "/v2/auth/sign-in", None, body).await.expect(ProblemCode::WrongSignIn);
    let wrong = json!({ "password": "not hers at all" }).to_string();
    post(&mut olga, "/v2/auth/confirm", wrong).await.expect(ProblemCode::WrongPassword);
    let rename = olga.path("rename");
    post(&mut olga, &rename, json!({ "name": "store" }).to_string()).await.read::<DoneReply>();
    let audit = olga.path("audit");
    let seen: AuditReply = get(&mut olga, &audit).await.read();
    assert_eq!(seen.workspace, "store");
    let short = |deed: &str| {
        let lines = seen.entries.iter().filter(|line| line.deed == deed);
        lines.map(|line| (line.by.as_str(), line.about.as_str(), line.is_done)).collect::<Vec<_>>()
    };
    assert_eq!(short("signed-in"), [("olga", "a device", true), ("ann", "", false)]);
    assert_eq!(short("confirmed"), [("olga", "", false)]);
    assert_eq!(short("workspace-renamed"), [("olga", "shop to store", true)]);
    assert_eq!(short("user-added").len(), 4);
    assert!(seen.entries.iter().all(|line| line.deed != "signed-in" || line.address.is_some()));
    let last = seen.entries.last().expect("entries").place;
    let rest: AuditReply = get(&mut olga, &format!("{audit}?after={last}")).await.read();
    assert!(rest.entries.is_empty() && !rest.more);
    for secret in [PASSWORD, "not her password", &olga.me.token[4..]] {
        assert!(!json::write(&seen).contains(secret));
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_person_is_given_out_to_that_person_and_it_is_noted() {
    let world = World::start().await;
    let data = shop_of(&world, &[("olga", Role::Owner), ("ann as boss", Role::Member)]);
    let id = data.accounts().workspace("elsewhere").expect("accounts").expect("a workspace").id;
    let (mut ann, mut olga, mut zoe) =
        (world.device("ann").await, world.device("olga").await, world.device_elsewhere("zoe").await);
    for (device, text) in [(&mut ann, "canary-of-the-shop"), (&mut zoe, "canary-of-elsewhere")] {
        let op = device.note(text);
        device.push(&[op]).await;
    }
    forget_confirmations(&data, &ann);
    get(&mut ann, "/v2/account/export").await.expect(ProblemCode::ConfirmNeeded);
    let audit = olga.path("audit");
    let is_export = |line: &&fieldbook_protocol::people::AuditLine| line.deed == "exported";
    let noted: AuditReply = get(&mut olga, &audit).await.read();
    assert_eq!(noted.entries.iter().filter(is_export).count(), 0, "what is refused gives nothing out");
    let password = json!({ "password": PASSWORD }).to_string();
    post(&mut ann, "/v2/auth/confirm", password).await.read::<ConfirmReply>();

    let lines = export(&mut ann).await;
    let all = lines.join("\n");
    let (mut kinds, mut notes) = (Vec::new(), Vec::new());
    for line in lines.iter().filter(|line| !line.starts_with(r#"{"type""#)) {
        match json::parse::<ExportLine>(line).expect("a line") {
            ExportLine::Account(it) => kinds.push(format!("account {}", it.user)),
            ExportLine::Membership(it) => kinds.push(format!("member of {}", it.name)),
            ExportLine::Device(it) => kinds.push(format!("device {}", it.device_id == ann.id)),
            ExportLine::Workspace(it) => kinds.push(format!("records of {}", it.name)),
            ExportLine::End(it) => {
                let counts = (it.records, it.conflicts, it.changes);
                kinds.push(format!("end {counts:?} {}", it.notes == notes.len() as u64))
            }
            ExportLine::Change(it) => kinds.push(format!("{} by {}", it.verb, it.name)),
            ExportLine::Note(it) => notes.push(it),
        }
    }
    let expected = [
        "account ann",
        "member of shop",
        "device true",
        "records of shop",
        "insert by ann",
        "end (1, 0, 1) true",
    ];
    assert_eq!(kinds, expected, "{all}");
    assert!(all.contains("canary-of-the-shop") && !all.contains("canary-of-elsewhere"));
    assert!(!all.contains("ann as boss") && !all.contains("olga") && !all.contains(&id.to_string()), "{all}");
    assert!(!all.contains(&ann.me.token));
    let has = |deed: &str, own: bool| notes.iter().any(|note| note.deed == deed && note.own == own);
    assert!(has("user-added", false) && has("signed-in", true) && has("exported", true), "{notes:?}");
    assert!(notes.iter().all(|note| note.own || (note.address.is_none() && note.device_id.is_none())));

    let noted: AuditReply = get(&mut olga, &audit).await.read();
    let exported: Vec<_> = noted.entries.iter().filter(is_export).collect();
    assert!(matches!(exported[..], [line] if line.by == "ann" && line.is_done), "{exported:?}");

    // Who is a member of both has both, whichever of them the session is of; who was removed has the account alone.
    let user = AddUser {
        workspace: "elsewhere".to_owned(),
        name: "ann".to_owned(),
        password: PASSWORD.to_owned(),
        role: Role::Viewer,
        id: fieldbook_model::UserId::from_bytes([9; 16]),
        salt: [7; 16],
    };
    data.accounts().add_user(&user, &By::operator("root"), WallTime(1_700_000_000_000)).expect("a member");
    let all = export(&mut ann).await.join("\n");
    assert!(all.contains("canary-of-the-shop") && all.contains("canary-of-elsewhere"), "{all}");
    crate::members::change(&world, "ann", Role::Nobody).await.expect("a removal");
    let all = export(&mut ann).await.join("\n");
    assert!(!all.contains("canary-of-the-shop") && all.contains("canary-of-elsewhere"), "{all}");
    drop(data);
    world.stop().await;
    let log = crate::logs::log();
    assert!(!log.contains("canary-of-the-shop") && !log.contains("canary-of-elsewhere"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_session_ends_in_the_middle_is_cut_off_and_not_whole() {
    let world = World::start().await;
    let mut ann = world.device("ann").await;
    // More than lies on the way.
    let long = "x".repeat(60_000);
    for _ in 0..30 {
        let ops: Vec<_> = (0..8).map(|_| ann.note(&long)).collect();
        ann.push(&ops).await;
    }
    let token = ann.me.token.clone();
    let mut stream = ann.client.open("GET", "/v2/account/export", Some(&token), "").await;
    assert_eq!(stream.status, 200);
    assert!(matches!(stream.chunk().await, Some(Ok(_))));
    end(&Data::open(world.folder(), &unlock()).expect("the folder"), ann.id);
    let (mut last, mut is_cut) = (Vec::new(), false);
    while let Some(piece) = stream.chunk().await {
        match piece {
            Ok(bytes) => last = bytes.to_vec(),
            Err(_) => is_cut = true,
        }
    }
    let tail = String::from_utf8_lossy(&last[last.len().saturating_sub(200)..]).into_owned();
    assert!(is_cut && !tail.contains(r#"{"end""#), "{tail}");
    world.stop().await;
}
