//! Calls that nobody would make, made by schemathesis from what the server says of itself in `/openapi.json`: none may break
//! it, and each reply must be as the document says.

use std::time::Duration;

use super::open::Open;
use super::passwords::User;
use super::python;
use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;
use crate::tally::Tally;

/// The version of schemathesis that is installed where it is missing.
const VERSION: &str = "4.32.5";
/// The same calls each time.
const SEED: &str = "1";
/// How long calls are made up for each run, in seconds.
const SECONDS: &str = "45";
/// It ends what it began after that.
const LIMIT: Duration = Duration::from_secs(180);
/// A live stream ends when its device goes away, and no reply of it is ever whole.
const ENDLESS: &str = "/v2/workspaces/{workspace}/live";

/// That what the document allows is taken: an id of the right form names nothing here, and is answered with a 404.
const NOT_ASKED: &str = "positive_data_acceptance";

/// Makes the calls, as till A's user. One check.
pub fn probed(clock: &Clock, places: &Places, open: &Open<'_>) -> Result<Tally, Problem> {
    let url = format!("http://127.0.0.1:{}", open.server.port);
    let schemathesis = python::installed(clock, places, "schemathesis", &[("schemathesis", VERSION)])?;
    let mut command = places.command(schemathesis.join("bin/schemathesis"));
    command.args(["--no-color", "run", &format!("{url}/openapi.json")]);
    command.args(["--seed", SEED, "--generation-deterministic", "--max-time", SECONDS]);
    command.args(["--exclude-path", ENDLESS, "--exclude-checks", NOT_ASKED]);
    command.args(["--warnings", "off"]);
    // It leaves notes where it runs.
    command.current_dir(&places.target);
    command.env("SCHEMATHESIS_HOOKS", places.root.join("xtask/api/hooks.py"));
    command.envs([("FIELDBOOK_SERVER", url.as_str()), ("FIELDBOOK_WORKSPACE", "shop")]);
    command.envs([("FIELDBOOK_USER", "ann"), ("FIELDBOOK_PASSWORD", open.passwords.of(User::Ann))]);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let lap = clock.phase("making calls that nobody would make");
    let outcome = Step::new(command, LastLine::default()).within(LIMIT).run(clock);
    let outcome = outcome.while_trying("start schemathesis")?;
    match outcome.success {
        true => lap.done(),
        false => {
            println!("{}", outcome.tail(80));
            lap.end("FAILED");
        }
    }
    Ok(Tally::of(outcome.success))
}
