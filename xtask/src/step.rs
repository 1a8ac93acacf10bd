//! One program run to its end: its lines are read as they come, and silence is never longer than a few
//! seconds. It never guesses what a program meant; it hands back what was said and whether it came out.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::clock::{Clock, pause};
use crate::progress::{Progress, Weight};
use crate::signal::send;

/// The longest silence of a running step.
const BEAT: Duration = Duration::from_secs(10);
/// Between two looks at a child that says nothing.
const TICK: Duration = Duration::from_millis(200);
/// How long a pipe may stay open after the child that we started has ended.
const LINGER: Duration = Duration::from_secs(2);
/// How long a program that took too long may take for its own end.
const ORDERLY: Duration = Duration::from_secs(10);

/// Whether the person sees the program's lines while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Kept, and shown by the caller when it went wrong.
    Kept,
    /// Shown as they come, without the ticks.
    Shown,
}

/// A program about to be run.
pub struct Step {
    command: Command,
    lines: Lines,
    progress: Box<dyn Progress>,
    input: Option<Vec<u8>>,
    taken: Arc<AtomicUsize>,
    limit: Option<Duration>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code 0.
    pub success: bool,
    /// All of standard output.
    pub stdout: String,
    /// All of both outputs in the order of arrival, but for what is said a hundred times.
    pub said: String,
}

enum Stream {
    Out,
    Err,
}

impl Step {
    /// Keeps the lines, and says `progress` when it takes long.
    pub fn new(command: Command, progress: impl Progress + 'static) -> Self {
        let taken = Arc::default();
        Self { command, lines: Lines::Kept, progress: Box::new(progress), input: None, taken, limit: None }
    }

    /// Shows the lines as they come.
    pub fn shown(mut self) -> Self {
        self.lines = Lines::Shown;
        self
    }

    /// Hands these bytes to standard input, and counts in `taken` the lines that were accepted.
    pub fn fed(mut self, input: Vec<u8>, taken: Arc<AtomicUsize>) -> Self {
        self.input = Some(input);
        self.taken = taken;
        self
    }

    /// Ends the program when it takes longer.
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs it to its end. An error means that it could not be started.
    pub fn run(mut self, clock: &Clock) -> io::Result<Outcome> {
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        feed(&mut child, self.input.take(), &self.taken);
        let lines = listen(&mut child);
        let mut outcome = Outcome { success: false, stdout: String::new(), said: String::new() };
        let in_time = self.follow(clock, &mut child, &lines, &mut outcome)?;
        if !in_time {
            end(clock, &mut child)?;
            outcome.said.push_str("It took too long and was ended.\n");
        }
        outcome.success = child.wait()?.success() && in_time;
        if !outcome.success {
            clock.remember(&outcome.said);
        }
        Ok(outcome)
    }

    /// Reads until both outputs are closed; false when the limit was passed.
    fn follow(
        &mut self,
        clock: &Clock,
        child: &mut Child,
        lines: &Receiver<(Stream, String)>,
        outcome: &mut Outcome,
    ) -> io::Result<bool> {
        let begun = clock.elapsed();
        let (mut spoken, mut ended) = (begun, None);
        loop {
            match lines.recv_timeout(TICK) {
                Ok((stream, line)) => {
                    if self.take(&stream, &line, outcome) {
                        spoken = clock.elapsed();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(true),
                // A grandchild that outlives its parent holds the pipe; nobody waits for it.
                Err(RecvTimeoutError::Timeout) if child.try_wait()?.is_some() => {
                    if clock.elapsed() > *ended.get_or_insert(clock.elapsed()) + LINGER {
                        return Ok(true);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = clock.elapsed();
            if self.limit.is_some_and(|limit| now > begun + limit) {
                return Ok(false);
            }
            if now >= spoken + BEAT {
                clock.say(format_args!("  … {}", self.progress.says()));
                spoken = now;
            }
        }
    }

    /// True when the line was shown.
    fn take(&mut self, stream: &Stream, line: &str, outcome: &mut Outcome) -> bool {
        if matches!(stream, Stream::Out) {
            outcome.stdout.push_str(line);
            outcome.stdout.push('\n');
        }
        let weight = self.progress.take(line);
        if weight == Weight::News || self.lines == Lines::Kept {
            outcome.said.push_str(line);
            outcome.said.push('\n');
        }
        let shown = self.lines == Lines::Shown && weight == Weight::News;
        if shown {
            println!("{line}");
        }
        shown
    }
}

impl Outcome {
    /// The last lines, for a person who has to find out why.
    pub fn tail(&self, count: usize) -> String {
        let lines: Vec<&str> = self.said.lines().collect();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }
}

/// Asks a program to end what it began, its own programs too, and ends it when it does not.
fn end(clock: &Clock, child: &mut Child) -> io::Result<()> {
    send("-INT", child.id());
    let asked = clock.elapsed();
    while child.try_wait()?.is_none() {
        if clock.elapsed() > asked + ORDERLY {
            return child.kill();
        }
        pause(TICK);
    }
    Ok(())
}

fn feed(child: &mut Child, input: Option<Vec<u8>>, taken: &Arc<AtomicUsize>) {
    let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) else { return };
    let taken = Arc::clone(taken);
    thread::spawn(move || {
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            // A program that stops reading says why with its exit code.
            if pipe.write_all(line).is_err() {
                return;
            }
            taken.fetch_add(1, Ordering::Relaxed);
        }
    });
}

fn listen(child: &mut Child) -> Receiver<(Stream, String)> {
    let (sender, receiver) = channel();
    if let Some(out) = child.stdout.take() {
        read(out, sender.clone(), || Stream::Out);
    }
    if let Some(err) = child.stderr.take() {
        read(err, sender, || Stream::Err);
    }
    receiver
}

fn read(pipe: impl Read + Send + 'static, sender: Sender<(Stream, String)>, stream: fn() -> Stream) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while matches!(pipe.read_until(b'\n', &mut bytes), Ok(count) if count > 0) {
            let line = String::from_utf8_lossy(&bytes);
            if sender.send((stream(), line.trim_end_matches(['\n', '\r']).to_owned())).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{Handed, LastLine};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn ran(step: Step) -> Outcome {
        step.run(&Clock::start()).expect("a shell")
    }

    #[test]
    fn both_outputs_are_kept_and_the_exit_code_decides() {
        let outcome = ran(Step::new(shell("echo one; echo two >&2; exit 3"), LastLine::default()));
        assert!(!outcome.success);
        assert_eq!(outcome.stdout, "one\n");
        assert!(outcome.said.contains("two\n"), "{}", outcome.said);
    }

    #[test]
    fn a_last_line_without_its_end_is_not_lost() {
        assert_eq!(ran(Step::new(shell("printf unfinished"), LastLine::default())).stdout, "unfinished\n");
    }

    #[test]
    fn lines_are_handed_over_and_counted() {
        let taken = Arc::new(AtomicUsize::new(0));
        let progress = Handed { all: 2, taken: Arc::clone(&taken) };
        let outcome = ran(Step::new(shell("cat"), progress).fed(b"a\nb\n".to_vec(), Arc::clone(&taken)));
        assert_eq!((outcome.stdout.as_str(), taken.load(Ordering::Relaxed)), ("a\nb\n", 2));
    }

    #[test]
    fn a_program_that_stops_reading_is_no_crash_of_ours() {
        let input = "line\n".repeat(100_000).into_bytes();
        assert!(ran(Step::new(shell("exit 0"), LastLine::default()).fed(input, Arc::default())).success);
    }

    #[test]
    fn a_program_over_its_time_is_ended_and_failed() {
        let step = Step::new(shell("exec sleep 60"), LastLine::default()).within(Duration::from_millis(300));
        let outcome = ran(step);
        assert!(!outcome.success && outcome.said.contains("too long"), "{}", outcome.said);
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_holds_nobody_up() {
        let outcome = ran(Step::new(shell("sleep 30 & echo ready"), LastLine::default()));
        assert!(outcome.success && outcome.stdout == "ready\n");
    }

    #[test]
    fn the_tail_is_the_last_lines() {
        let outcome = Outcome { success: false, stdout: String::new(), said: "a\nb\nc\n".to_owned() };
        assert_eq!((outcome.tail(2).as_str(), outcome.tail(9).as_str()), ("b\nc", "a\nb\nc"));
    }
}
