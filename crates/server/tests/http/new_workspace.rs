//! Workspaces that people make: by whom, how many, once for each id, and never under an id that is somebody's.

use std::collections::BTreeMap;

use fieldbook_model::{Role, WorkspaceId, json};
use fieldbook_protocol::account::{AccountReply, DoneReply, InWorkspace};
use fieldbook_protocol::people::{AuditReply, MembersReply};
use fieldbook_protocol::{Problem, ProblemCode};
use fieldbook_server::Makers;
use fieldbook_server_store::{Data, Head, Store};
use serde_json::json;

use crate::client::{Client, Reply};
use crate::device::{Device, unique};
use crate::policy::add;
use crate::world::{PASSWORD, World, sign_in_body, unlock};

fn id() -> WorkspaceId {
    WorkspaceId::v7(1_700_000_000_000, unique())
}

fn wish(id: WorkspaceId, name: &str) -> String {
    json!({ "id": id.to_string(), "name": name }).to_string()
}

async fn post(device: &mut Device, body: String) -> Reply {
    let token = device.me.token.clone();
    device.client.call("POST", "/v2/workspaces", Some(&token), body).await
}

async fn get(device: &mut Device, path: &str) -> Reply {
    let token = device.me.token.clone();
    device.client.call("GET", path, Some(&token), "").await
}

async fn refusal(device: &mut Device, body: String, code: ProblemCode) -> String {
    let Problem { title, .. } = post(device, body).await.expect(code);
    title
}

/// A device of somebody in a workspace that was made.
async fn device_in(world: &World, workspace: &str, user: &str) -> Device {
    let mut client = Client::connect(world.address).await;
    let request = crate::world::sign_in_request(workspace, user, PASSWORD);
    let reply = client.call("POST", "/v2/auth/sign-in", None, json::write(&request)).await;
    Device::new(client, request.device_id, reply.read())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_makes_a_workspace_owns_it_and_writes_in_it_and_it_is_noted_there() {
    let world = World::start_with(|config| config.makers = Makers::Owners).await;
    let data = Data::open(world.folder(), &unlock()).expect("the folder");
    add(&data, "olga", Role::Owner);
    let mut olga = world.device("olga").await;
    let new = id();
    let made: InWorkspace = post(&mut olga, wish(new, "North Street")).await.read();
    assert_eq!(made, InWorkspace { id: new, name: "North Street".into(), role: "owner".into() });
    // The same wish is answered alike, also when two of it come at once, and makes nothing more.
    let mut beside = olga.beside().await;
    let (one, two) = tokio::join!(
        post(&mut olga, wish(new, "North Street")),
        post(&mut beside, wish(new, "North Street"))
    );
    assert_eq!((one.read::<InWorkspace>(), two.read::<InWorkspace>()), (made.clone(), made));
    let known: AccountReply = get(&mut olga, "/v2/account").await.read();
    let names: Vec<_> = known.workspaces.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["North Street", "shop"]);

    let mut there = device_in(&world, "North Street", "olga").await;
    let op = there.note("the first");
    there.push(&[op]).await;
    let head: Head = data.open_store(new).and_then(|store| store.reader()?.head()).expect("its file");
    assert_eq!(head.version.0, 1);
    // A wish that comes late takes nothing away from it.
    post(&mut olga, wish(new, "North Street")).await.read::<InWorkspace>();
    assert_eq!(data.open_store(new).and_then(|store| store.reader()?.head()).expect("its file"), head);
    let (audit, members) = (there.path("audit"), there.path("members"));
    let noted: AuditReply = get(&mut there, &audit).await.read();
    let made: Vec<_> = noted.entries.iter().filter(|line| line.deed == "workspace-made").collect();
    assert!(
        matches!(made[..], [line] if line.by == "olga" && line.about == "North Street" && line.is_done),
        "{noted:?}"
    );
    let seen: MembersReply = get(&mut there, &members).await.read();
    assert!(matches!(&seen.members[..], [line] if line.name == "olga" && line.role == Role::Owner));
    // Nobody else comes in.
    let mut stranger = Client::connect(world.address).await;
    let body = sign_in_body("North Street", "ann", PASSWORD);
    stranger.call("POST", "/v2/auth/sign-in", None, body).await.expect(ProblemCode::WrongSignIn);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_hears_who_can_change_that() {
    let mut folder = None;
    for (makers, user, words) in [
        (Makers::Nobody, "zoe", Some("fieldbook serve --workspaces-by owners.")),
        (Makers::Owners, "ann", Some("fieldbook serve --workspaces-by everybody.")),
        (Makers::Owners, "zoe", None),
        (Makers::Everybody, "vic", None),
    ] {
        let change = |config: &mut fieldbook_server::Config| config.makers = makers;
        let world = match folder.take() {
            Some(folder) => World::start_in(folder, change).await,
            None => World::start_with(change).await,
        };
        let mut device =
            if user == "zoe" { world.device_elsewhere("zoe").await } else { world.device(user).await };
        let body = wish(id(), &format!("of {user}"));
        match words {
            Some(words) => {
                let told = refusal(&mut device, body, ProblemCode::Forbidden).await;
                assert!(told.ends_with(words), "{told}");
            }
            None => drop(post(&mut device, body).await.read::<InWorkspace>()),
        }
        folder = Some(world.stop().await);
    }
    // Whoever was removed from everywhere is a member of nothing.
    let world = World::start_in(folder.expect("a folder"), |config| config.makers = Makers::Everybody).await;
    let mut ann = world.device("ann").await;
    crate::members::change(&world, "ann", Role::Nobody).await.expect("a removal");
    let told = refusal(&mut ann, wish(id(), "of ann"), ProblemCode::Forbidden).await;
    assert!(told.contains("you are a member of none"), "{told}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_makes_so_many_and_deleting_them_makes_no_room_on_the_disk() {
    let world = World::start_with(|config| {
        (config.makers, config.made_max) = (Makers::Everybody, 2);
    })
    .await;
    let (mut ann, mut bob) = (world.device("ann").await, world.device("bob").await);
    let first = id();
    post(&mut ann, wish(first, "one")).await.read::<InWorkspace>();
    // Two at once are no way around.
    let mut beside = ann.beside().await;
    let (two, three) =
        tokio::join!(post(&mut ann, wish(id(), "two")), post(&mut beside, wish(id(), "three")));
    assert_eq!([&two, &three].iter().filter(|reply| reply.status == 200).count(), 1);
    let told = refusal(&mut ann, wish(id(), "four"), ProblemCode::Conflict).await;
    assert!(
        told.starts_with("You have made as many workspaces here as one person may: 2,")
            && told.contains("--workspaces-max"),
        "{told}"
    );
    post(&mut ann, wish(first, "one")).await.read::<InWorkspace>();
    let mut there = device_in(&world, "one", "ann").await;
    let (path, token) = (there.path("delete"), there.me.token.clone());
    let typed = json!({ "name": "one" }).to_string();
    there.client.call("POST", &path, Some(&token), typed).await.read::<DoneReply>();
    refusal(&mut ann, wish(id(), "four"), ProblemCode::Conflict).await;
    // A wish for one that was deleted does not bring it back, and others are not hindered.
    refusal(&mut ann, wish(first, "one"), ProblemCode::Conflict).await;
    post(&mut bob, wish(id(), "one")).await.read::<InWorkspace>();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_an_id_and_record_types_that_cannot_be_are_refused_and_leave_nothing() {
    let world = World::start_with(|config| config.makers = Makers::Everybody).await;
    let files = || std::fs::read_dir(world.folder().join("workspaces")).expect("a folder").count();
    let (mut ann, mut zoe) = (world.device("ann").await, world.device_elsewhere("zoe").await);
    let theirs = id();
    post(&mut zoe, wish(theirs, "of zoe")).await.read::<InWorkspace>();
    let before = files();
    let of = |more: &[(&str, &str)]| {
        let mut all = BTreeMap::from([("id", id().to_string()), ("name", "new".to_owned())]);
        all.extend(more.iter().map(|(key, value)| (*key, (*value).to_owned())));
        json::write(&all)
    };
    let (user, device) = (ann.me.user_id.to_string(), zoe.id.to_string());
    let theirs = theirs.to_string();
    let elsewhere = zoe.me.workspace_id.to_string();
    let conflict = [
        (vec![("name", "SHOP")], "There is a workspace"),
        (vec![("id", theirs.as_str())], "This id is taken"),
        (vec![("id", elsewhere.as_str())], "This id is taken"),
        // Whose id the workspace has is the server itself there.
        (vec![("id", user.as_str())], "This id is taken"),
        (vec![("id", device.as_str())], "This id is taken"),
    ];
    for (more, words) in conflict {
        let told = refusal(&mut ann, of(&more), ProblemCode::Conflict).await;
        assert!(told.starts_with(words), "{more:?}: {told}");
    }
    let long = "n".repeat(101);
    let bad = [
        vec![("name", " new")],
        vec![("name", "")],
        vec![("name", "a/b")],
        vec![("name", long.as_str())],
        vec![("id", "no id")],
        vec![("schema", "schema = 7")],
        vec![("schema", "")],
        vec![("schema", "schema = \"x\""), ("like", elsewhere.as_str())],
        vec![("role", "owner")],
    ];
    for more in bad {
        refusal(&mut ann, of(&more), ProblemCode::BadRequest).await;
    }
    // The record types of others are none of hers.
    let told = refusal(&mut ann, of(&[("like", &elsewhere)]), ProblemCode::NotFound).await;
    assert_eq!(told, "You are in no such workspace whose record types the new one could have.");
    assert_eq!(files(), before, "a refusal leaves no file");

    let text = "schema = \"lists\"\nversion = 1\n\n[type.entry]\nlabel = \"text\"\n\n[type.entry.field]\ntext = { kind = \"text\" }\n";
    post(&mut ann, of(&[("schema", text)])).await.read::<InWorkspace>();
    let there = device_in(&world, "new", "ann").await;
    assert_eq!(there.me.schema.name, "lists");
    world.stop().await;
}
