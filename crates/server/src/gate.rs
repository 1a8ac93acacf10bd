//! What stands before every slow look at a password. They are verified a few at a time, with few that wait, so that a flood of wrong
//! ones leaves the other cores to those who work. Tries are counted for each name from each address, and for each address whatever the
//! names; they come back with time. Whoever is known by more than a name (a device that has signed in before, a session) stands in a line of
//! their own, which strangers cannot fill.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fieldbook_model::chain::Hash;
use fieldbook_model::json;
use fieldbook_protocol::ProblemCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::SignInLimits;
use crate::lock::lock;
use crate::refused::Refused;
use crate::throttle::Throttle;
use crate::{clock, tasks};

/// After this it may go better when too many sign in at once.
const FULL_MS: u64 = 1000;

/// What stands before the verification of passwords.
pub struct Gate {
    tries: Mutex<Tries>,
    strangers: Line,
    known: Line,
}

/// Places before and at the verification.
struct Line {
    waiting: Arc<Semaphore>,
    verifying: Arc<Semaphore>,
}

impl Line {
    fn new(limits: SignInLimits) -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(limits.waiting_max + limits.verifying_max)),
            verifying: Arc::new(Semaphore::new(limits.verifying_max)),
        }
    }
}

/// The two counts of tries.
struct Tries {
    names: Throttle,
    addresses: Throttle,
}

/// By what the tries of a sign-in are counted.
#[derive(Clone, Copy)]
pub struct Keys {
    name: Hash,
    address: Hash,
    is_known: bool,
}

impl Keys {
    /// Of names, which are counted as they are looked up (without the blanks around them, large and small letters alike), and of the
    /// address from which they are tried.
    pub fn of(names: &[&str], address: IpAddr) -> Self {
        let address = network(address).to_string();
        let mut who: Vec<String> = names.iter().map(|text| text.trim().to_ascii_lowercase()).collect();
        who.push(address.clone());
        let (name, address) = (Hash::of(json::write(&who).as_bytes()), Hash::of(address.as_bytes()));
        Self { name, address, is_known: false }
    }

    /// The same of somebody who is known by more than a name.
    pub fn known(self, is_known: bool) -> Self {
        Self { is_known, ..self }
    }
}

/// An address, as far as one household cannot change it: of IPv6 the first 64 bits.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

impl Tries {
    /// Takes an attempt of both, or of neither.
    fn take(&mut self, keys: Keys, now: Instant) -> Result<(), Duration> {
        self.addresses.take(keys.address, now)?;
        self.names.take(keys.name, now).inspect_err(|_| self.addresses.give_back(keys.address))
    }

    fn give_back(&mut self, keys: Keys) {
        self.names.give_back(keys.name);
        self.addresses.give_back(keys.address);
    }
}

impl Gate {
    /// With its limits.
    pub fn new(limits: SignInLimits) -> Self {
        let tries = Tries {
            names: Throttle::new(limits.burst, limits.refill, limits.table_max),
            addresses: Throttle::new(limits.address_burst, limits.address_refill, limits.table_max),
        };
        Self { tries: Mutex::new(tries), strangers: Line::new(limits), known: Line::new(limits) }
    }

    /// Gives an attempt back, because it was right.
    pub fn give_back(&self, keys: Keys) {
        lock(&self.tries).give_back(keys);
    }

    /// Does slow work for a sign-in. The attempt is taken after the place, since whom others keep out has not
    /// tried; the places are held until the work ends, also when nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        &self,
        keys: Keys,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let line = if keys.is_known { &self.known } else { &self.strangers };
        let waiting = Arc::clone(&line.waiting).try_acquire_owned().map_err(|_| full())?;
        lock(&self.tries).take(keys, clock::mono()).map_err(too_many)?;
        let verifying = Arc::clone(&line.verifying).acquire_owned().await;
        let places: [OwnedSemaphorePermit; 2] = [waiting, verifying.map_err(|_| Refused::unavailable())?];
        let done = tasks::blocking(move || {
            let _places = places;
            work()
        });
        done.await.map_err(|_| Refused::internal())
    }
}

fn full() -> Refused {
    let words = "Too many sign in just now; wait a moment, then try again.";
    Refused::new(ProblemCode::Unavailable, words).after(FULL_MS)
}

fn too_many(wait: Duration) -> Refused {
    let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
    Refused::new(ProblemCode::TooMany, "Too many tries to sign in; wait a little, then try again.").after(ms)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc;

    use futures_util::future::{join, select};

    use super::*;

    fn keys(name: &str, address: &str) -> Keys {
        Keys { name: Hash::of(name.as_bytes()), address: Hash::of(address.as_bytes()), is_known: false }
    }

    fn gate(change: impl FnOnce(&mut SignInLimits)) -> Gate {
        let mut limits = SignInLimits { verifying_max: 1, waiting_max: 0, ..SignInLimits::default() };
        change(&mut limits);
        Gate::new(limits)
    }

    fn code<T>(outcome: Result<T, Refused>) -> Option<ProblemCode> {
        outcome.err().map(|Refused(problem)| problem.code)
    }

    #[tokio::test]
    async fn an_abandoned_sign_in_keeps_its_place_until_its_work_ends() {
        let gate = gate(|_| {});
        let ((began, begun), (end, ended)) = (tokio::sync::oneshot::channel(), mpsc::channel::<()>());
        let slow = gate.run(keys("ann", "one"), move || {
            let _ = began.send(());
            let _ = ended.recv();
        });
        // Its client goes away while the work goes on.
        drop(select(pin!(slow), begun).await);
        let refused = gate.run(keys("bob", "two"), || ()).await.expect_err("no place");
        assert_eq!(refused.0.code, ProblemCode::Unavailable);
        assert_eq!(refused.0.retry_after_ms, Some(FULL_MS));
        drop(end);
        let _waiting = gate.strangers.waiting.acquire().await.expect("a place, when the work has ended");
        let _verifying = gate.strangers.verifying.acquire().await.expect("this one too");
    }

    #[tokio::test]
    async fn strangers_who_fill_their_line_keep_no_known_device_out() {
        let gate = gate(|_| {});
        let (goes_on, waits) = mpsc::channel();
        let stranger = gate.run(keys("ann", "one"), move || waits.recv().expect("a word"));
        let others = async {
            let refused = gate.run(keys("bob", "two"), || ()).await;
            let known = gate.run(keys("cem", "three").known(true), || ()).await;
            goes_on.send(()).expect("the stranger waits");
            (code(refused), code(known))
        };
        let (first, others) = join(stranger, others).await;
        assert_eq!((code(first), others), (None, (Some(ProblemCode::Unavailable), None)));
    }

    #[tokio::test]
    async fn one_address_that_varies_its_names_runs_out_of_tries_and_another_address_does_not() {
        let gate = gate(|limits| {
            limits.address_burst = 3;
            limits.address_refill = Duration::from_secs(600);
        });
        for name in ["ann", "bob", "cem"] {
            assert_eq!(code(gate.run(keys(name, "one"), || ()).await), None);
        }
        assert_eq!(code(gate.run(keys("dan", "one"), || ()).await), Some(ProblemCode::TooMany));
        assert_eq!(code(gate.run(keys("ann", "two"), || ()).await), None);
        lock(&gate.tries).give_back(keys("cem", "one"));
        assert_eq!(code(gate.run(keys("dan", "one"), || ()).await), None);
    }

    #[tokio::test]
    async fn whom_others_keep_out_has_not_tried() {
        let gate = gate(|limits| (limits.burst, limits.refill) = (1, Duration::from_secs(600)));
        let (goes_on, waits) = mpsc::channel();
        let first = gate.run(keys("ann", "one"), move || waits.recv().expect("a word"));
        let kept_out = async {
            let answer = gate.run(keys("bob", "two"), || ()).await;
            goes_on.send(()).expect("the first waits");
            answer
        };
        let (first, kept_out) = join(first, kept_out).await;
        assert_eq!((code(first), code(kept_out)), (None, Some(ProblemCode::Unavailable)));
        assert_eq!(code(gate.run(keys("bob", "two"), || ()).await), None);
        assert_eq!(code(gate.run(keys("bob", "two"), || ()).await), Some(ProblemCode::TooMany));
    }

    #[test]
    fn an_attempt_that_its_name_is_refused_costs_its_address_none() {
        let (second, now) = (Duration::from_secs(1), clock::mono());
        let mut tries = Tries { names: Throttle::new(1, second, 9), addresses: Throttle::new(2, second, 9) };
        assert_eq!(tries.take(keys("ann", "one"), now), Ok(()));
        assert_eq!(tries.take(keys("ann", "one"), now), Err(second));
        assert_eq!(tries.take(keys("bob", "one"), now), Ok(()));
        assert_eq!(tries.take(keys("cem", "one"), now), Err(second));
    }
}
