//! Right sign-ins alone, and beside a load of wrong ones from many addresses.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fieldbook_model::{DeviceId, json};
use fieldbook_protocol::auth::SignInRequest;

use crate::figures::{at, line, say, watch};
use crate::stage::{Stage, random};

/// Addresses from which wrong passwords come: as many as it takes to fill every place.
const ATTACKERS: u8 = 60;
/// Right sign-ins of each round.
const RIGHT: usize = 20;
const ROUNDS: usize = 4;

/// The ratio of right sign-ins of a device that is known, beside a load of wrong ones and alone, in turns.
///
/// # Panics
/// When the server does not answer as it should.
pub fn sign_in() {
    let stage = Stage::new();
    // A device sets up what clients need besides.
    drop(stage.device("first"));
    let known = request(&stage);
    let mut first = Vec::new();
    right(&stage, &known, &mut first);
    let (mut alone, mut beside, mut wrong_per_s) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        (0..RIGHT).for_each(|_| right(&stage, &known, &mut alone));
        let load = Load::start(&stage);
        (0..RIGHT).for_each(|_| right(&stage, &known, &mut beside));
        wrong_per_s.push(load.stop(&stage));
    }
    say("a password is verified by Argon2id with 19 MiB, 2 passes and 1 lane (OWASP's first choice)");
    let (slow, quick) = (at(&mut beside.clone(), 0.5), at(&mut alone.clone(), 0.5));
    let wrong = at(&mut wrong_per_s, 0.5);
    let against = format!("alone {quick:.1} ms; {wrong:.0} wrong ones tried/s");
    line(
        "sign-in beside wrong ones",
        &format!("{slow:.1} ms"),
        &against,
        &format!("{:.2}", slow / quick),
        "2",
    );
    let (slow, quick) = (at(&mut beside, 0.95), at(&mut alone, 0.95));
    line(
        "the slowest of twenty",
        &format!("{slow:.1} ms"),
        &format!("alone {quick:.1} ms"),
        &format!("{:.2}", slow / quick),
        "3",
    );
}

/// A sign-in of the user of the stage.
fn request(stage: &Stage) -> SignInRequest {
    let (user, password) = stage.sign_in();
    SignInRequest {
        workspace: "shop".to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
        device_id: DeviceId::v7(1, random()),
        device_name: "bench".to_owned(),
        keys: None,
    }
}

/// Signs a device in that is known, and notes the milliseconds.
fn right(stage: &Stage, request: &SignInRequest, took: &mut Vec<f64>) {
    let body = json::write(request);
    let client = reqwest::Client::new();
    let (begin, url) = (watch(), format!("{}/v2/auth/sign-in", stage.address()));
    let status =
        stage.wait(async move { client.post(url).body(body).send().await.expect("an answer").status() });
    took.push(begin.elapsed().as_secs_f64() * 1e3);
    assert!(status.is_success(), "a right sign-in is answered {status}");
}

/// Many who try wrong passwords, each as fast as it is answered.
struct Load {
    ends: Arc<AtomicBool>,
    tried: Arc<AtomicU64>,
    begin: std::time::Instant,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(stage: &Stage) -> Self {
        let (ends, tried) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let attack = |n: u8| {
            let (ends, tried) = (Arc::clone(&ends), Arc::clone(&tried));
            let url = format!("{}/v2/auth/sign-in", stage.address());
            let from = IpAddr::V4(Ipv4Addr::new(127, 0, 1, n));
            let client = reqwest::Client::builder().local_address(from).build().expect("a client");
            let mut request = request(stage);
            stage.handle().spawn(async move {
                while !ends.load(Ordering::Relaxed) {
                    request.password = format!("guess {}", tried.fetch_add(1, Ordering::Relaxed));
                    request.user = format!("user {}", request.password);
                    request.device_id = DeviceId::v7(1, random());
                    let answer = client.post(&url).body(json::write(&request)).send().await;
                    assert!(answer.is_ok_and(|answer| !answer.status().is_success()), "a guess is refused");
                    // Whoever is told to wait does not, and yet leaves a machine that also has to attack some time.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
        };
        let begin = watch();
        let tasks = (1..=ATTACKERS).map(attack).collect();
        crate::figures::pause(Duration::from_millis(300));
        Self { ends, tried, begin, tasks }
    }

    /// Ends it, and says how many were tried in a second.
    fn stop(self, stage: &Stage) -> f64 {
        let rate = self.tried.load(Ordering::Relaxed) as f64 / self.begin.elapsed().as_secs_f64();
        self.ends.store(true, Ordering::Relaxed);
        stage.wait(async {
            for task in self.tasks {
                task.await.expect("an attacker");
            }
        });
        rate
    }
}
