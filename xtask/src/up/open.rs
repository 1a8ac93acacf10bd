//! From whatever is in the folder to an open shop: a server that runs and two tills that hold everything.

use std::path::PathBuf;

use super::checklist;
use super::estates;
use super::ground::{Ground, Stage};
use super::interrupt::Interrupt;
use super::passwords::{self, Passwords};
use super::port::{self, Wish};
use super::server::Server;
use super::shop::{Shop, Till};
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::Problem;

/// An open shop.
pub struct Open<'a> {
    /// Of its users.
    pub passwords: Passwords,
    /// Stops when it is dropped.
    pub server: Server<'a>,
}

impl<'a> Open<'a> {
    /// Opens it. An error that follows from Ctrl-C is told as that and nothing else.
    pub fn new(
        clock: &'a Clock,
        places: &'a Places,
        ground: &'a Ground,
        apps: Option<PathBuf>,
        wish: Wish,
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        let opened = match ground.stage()? {
            Stage::Ready { port } => {
                Self::again(clock, places, ground, apps, wish, port, interrupt).map_err(stale)
            }
            Stage::Foreign => Err(ground.foreign()),
            Stage::Empty => Self::first(clock, places, ground, apps, wish, interrupt),
            Stage::Begun => {
                clock.say("the last start did not get to its end; beginning again");
                ground.clear().and_then(|()| Self::first(clock, places, ground, apps, wish, interrupt))
            }
        };
        opened.map_err(|problem| interrupt.go_on().err().unwrap_or(problem))
    }

    fn first(
        clock: &'a Clock,
        places: &'a Places,
        ground: &'a Ground,
        apps: Option<PathBuf>,
        wish: Wish,
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        ground.begin()?;
        let passwords = passwords::make(ground)?;
        let shop = Shop { clock, places, ground, passwords: &passwords, apps };
        let lap = clock.phase("making the workspace and its users");
        shop.found()?;
        checklist::found(&shop)?;
        if shop.apps.is_some() {
            estates::found(&shop)?;
        }
        lap.done();
        interrupt.go_on()?;
        let server = serve(&shop, clock, ground, wish.first(None), interrupt)?;
        shop.load(&url(server.port))?;
        checklist::load(&shop, &url(server.port))?;
        if shop.apps.is_some() {
            estates::load(&shop, &url(server.port))?;
        }
        ground.end(server.port)?;
        Ok(Self { passwords, server })
    }

    fn again(
        clock: &'a Clock,
        places: &'a Places,
        ground: &'a Ground,
        apps: Option<PathBuf>,
        wish: Wish,
        known: u16,
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        let passwords = passwords::read(ground)?;
        let shop = Shop { clock, places, ground, passwords: &passwords, apps };
        shop.follow()?;
        let is_new = checklist::follow(&shop)?;
        let has_estates = shop.apps.is_none() || !estates::follow(&shop)?;
        let server = serve(&shop, clock, ground, wish.first(Some(known)), interrupt)?;
        if server.port != known {
            let lap = clock.phase("telling both tills where the server is now");
            shop.sign_in(Till::A, &url(server.port))?;
            shop.sign_in(Till::B, &url(server.port))?;
            ground.end(server.port)?;
            lap.done();
        }
        if is_new {
            checklist::load(&shop, &url(server.port))?;
        }
        if !has_estates {
            estates::load(&shop, &url(server.port))?;
        }
        // Brings what an older program made to what this one reads, or says why not.
        shop.look(Till::A)?;
        shop.look(Till::B)?;
        Ok(Self { passwords, server })
    }
}

fn serve<'a>(
    shop: &Shop<'_>,
    clock: &'a Clock,
    ground: &'a Ground,
    wanted: u16,
    interrupt: &Interrupt,
) -> Result<Server<'a>, Problem> {
    let port = port::free_from(wanted)?;
    if wanted != 0 && port != wanted {
        clock.say(format_args!("port {wanted} is taken by another program; using {port}"));
    }
    let lap = clock.phase("starting the server");
    let server = Server::start(clock, ground, shop.serve(port), port, interrupt)?;
    lap.done();
    Ok(server)
}

/// A folder of an older program may not open in this one; then there is a way out.
fn stale(problem: Problem) -> Problem {
    match problem {
        Problem::Failed(why) => Problem::Failed(format!(
            "{why}\n\nThe demo's data is kept as it is. If another version of the program made it, and this one does not go on \
                 with it, begin with new data in its place: cargo xtask up --fresh"
        )),
        other => other,
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
