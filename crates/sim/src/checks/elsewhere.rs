//! What is in a workspace never reaches whoever is in another one of the same server (I27): not what is told of it, not a session, and
//! no key.

use fieldbook_crypto::{Binding, ContentKey};

use crate::home::place;
use crate::world::{World, keys};

impl World {
    /// Looks at all that somebody in another workspace has, or is told.
    pub(crate) fn check_elsewhere(&mut self) {
        let (now, own) = (self.wall(), self.server.itself().workspace);
        let stranger = self.server.accounts().stranger().clone();
        let told = self.server.accounts().told_of(stranger.workspace, now);
        let of_own = self.server.accounts().told_of(own, now);
        let canaries = self.canaries();
        let found = canaries.iter().find(|canary| told.contains(canary.as_str()));
        assert!(found.is_none(), "I27: whoever runs another workspace is told of {found:?}");
        let tokens = self.devices.iter().filter_map(|it| Some((it.home.as_ref()?.token.clone(), own)));
        for (token, whose) in tokens.chain([(stranger.token, stranger.workspace)]).collect::<Vec<_>>() {
            let counts = self.server.accounts().workspace_of(&token);
            assert!(counts.is_none_or(|counts| counts == whose), "I27: a token counts in another workspace");
        }
        if canaries.iter().any(|canary| of_own.contains(canary.as_str())) {
            self.checks.count("I27 another workspace is told nothing of this one");
        }
        let others = keys(stranger.device);
        let their_place =
            Binding { workspace: stranger.workspace, device: stranger.device, number: stranger.given.number };
        let content = ContentKey::open(&stranger.given.sealed, &others, &their_place);
        let content = content.expect("BUG: what is sealed to a device does not open");
        for home in self.devices.iter().filter_map(|it| it.home.as_ref()) {
            let pinned = &home.pinned;
            let opened = home.sealed().is_some_and(|sealed| {
                ContentKey::open(&sealed, &others, &place(pinned)).is_ok()
                    || ContentKey::open(&sealed, &others, &their_place).is_ok()
            });
            assert!(!opened, "I27: what is sealed to {} opens in another workspace", pinned.device);
            assert!(
                !home.opens_under(&content),
                "I27: another workspace's content key opens the database of {}",
                pinned.device
            );
        }
        self.checks.count("I27 another workspace's keys open nothing of this one");
    }

    /// What tells of this workspace and of nothing else: it, its devices and its people.
    fn canaries(&self) -> Vec<String> {
        let ids = self.devices.iter().flat_map(|it| {
            let principal = self.server.principal(it.id);
            [it.id.to_string(), principal.user.to_string()]
        });
        ids.chain([self.server.itself().workspace.to_string()]).collect()
    }
}
