//! The diagnostics that devices sent: files in the data folder, encrypted by the devices to the support key as they came. No more
//! than so many, so large and so old: what is more goes, the oldest first.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use fieldbook_model::{DeviceId, WallTime};

/// The folder in a data folder.
pub const INBOX: &str = "diagnostics";
/// How the name of a file ends.
const END: &str = ".age";
/// How the name of one ends that is being written.
const DRAFT: &str = ".new";

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct InboxLimits {
    /// Files of one device.
    pub device_max: usize,
    /// Files of all devices.
    pub files_max: usize,
    /// The bytes of all files.
    pub bytes_max: u64,
    /// How old a file may get, in milliseconds.
    pub age_max_ms: i64,
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self { device_max: 5, files_max: 500, bytes_max: 1 << 30, age_max_ms: 90 * 86_400_000 }
    }
}

/// Where they lie.
#[derive(Debug, Clone)]
pub struct Inbox {
    folder: PathBuf,
}

/// A file that a device sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// When it came, by the server's clock.
    pub at: WallTime,
    /// Who sent it.
    pub device: DeviceId,
    /// Its bytes.
    pub bytes: u64,
}

impl Sent {
    /// What it is called: its device, and when it came.
    pub fn name(&self) -> String {
        format!("{}-{}", self.device, self.at.0)
    }

    /// Of the name of a file.
    fn of(file: &str, bytes: u64) -> Option<Self> {
        let name = file.strip_suffix(END)?;
        let (device, at) = name.rsplit_once('-')?;
        let sent = Self { at: WallTime(at.parse().ok()?), device: DeviceId::parse(device).ok()?, bytes };
        (sent.name() == name).then_some(sent)
    }
}

impl Inbox {
    /// That of a data folder. It is made when something is put there.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join(INBOX) }
    }

    /// Keeps a file, and lets go of what is too much. Whole or not at all.
    pub fn put(
        &self,
        (device, at): (DeviceId, WallTime),
        bytes: &[u8],
        limits: &InboxLimits,
    ) -> io::Result<Sent> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)?;
        // Two of one device in one millisecond are two files.
        let free = |at: &i64| !self.path(&Sent { at: WallTime(*at), device, bytes: 0 }).exists();
        let at = WallTime((at.0..).find(free).unwrap_or(at.0));
        let sent = Sent { at, device, bytes: bytes.len() as u64 };
        let path = self.path(&sent);
        let draft = path.with_extension(&DRAFT[1..]);
        let written = self.write(&draft, bytes).and_then(|()| fs::rename(&draft, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
        self.tidy(at, limits)?;
        Ok(sent)
    }

    /// All that is there, the newest first.
    pub fn list(&self) -> io::Result<Vec<Sent>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry?;
            // One that went meanwhile is none.
            let Ok(meta) = entry.metadata() else { continue };
            all.extend(entry.file_name().to_str().and_then(|name| Sent::of(name, meta.len())));
        }
        all.sort_by(|one, other| other.cmp(one));
        Ok(all)
    }

    /// One of them by its name.
    pub fn find(&self, name: &str) -> io::Result<Option<Sent>> {
        Ok(self.list()?.into_iter().find(|sent| sent.name() == name))
    }

    /// What it holds, still encrypted.
    pub fn read(&self, sent: &Sent) -> io::Result<Vec<u8>> {
        fs::read(self.path(sent))
    }

    /// Removes it.
    pub fn remove(&self, sent: &Sent) -> io::Result<()> {
        fs::remove_file(self.path(sent))
    }

    /// Lets go of what is too much: of a device, of all, of bytes, of age.
    fn tidy(&self, now: WallTime, limits: &InboxLimits) -> io::Result<()> {
        let all = self.list()?;
        let (mut files, mut bytes) = (0, 0_u64);
        for (place, sent) in all.iter().enumerate() {
            let before = all[..place].iter().filter(|other| other.device == sent.device).count();
            let is_old = now.0.saturating_sub(sent.at.0) > limits.age_max_ms;
            let is_too_much = files == limits.files_max || bytes + sent.bytes > limits.bytes_max;
            // The newest stays whatever it is: somebody has just sent it.
            if place > 0 && (is_old || is_too_much || before >= limits.device_max) {
                self.remove(sent)?;
            } else {
                (files, bytes) = (files + 1, bytes + sent.bytes);
            }
        }
        Ok(())
    }

    fn write(&self, draft: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file: File = options.open(draft)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn path(&self, sent: &Sent) -> PathBuf {
        self.folder.join(sent.name() + END)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 16])
    }

    /// What is there, each as its device and its time.
    fn held(inbox: &Inbox) -> Vec<(DeviceId, i64)> {
        inbox.list().expect("a list").iter().map(|sent| (sent.device, sent.at.0)).collect()
    }

    #[test]
    fn what_came_last_is_kept_and_found_by_its_name_and_the_oldest_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Inbox::of(folder.path());
        let limits = InboxLimits { device_max: 2, files_max: 4, bytes_max: 50, age_max_ms: 90 * DAY };
        let put = |n: u8, at: i64, bytes: usize| {
            inbox.put((device(n), WallTime(at)), &vec![n; bytes], &limits).expect("kept")
        };
        assert_eq!(held(&inbox), []);
        let first = put(1, 10, 5);
        assert_eq!(inbox.find(&first.name()).expect("a list"), Some(first.clone()));
        assert_eq!(inbox.read(&first).expect("bytes"), [1; 5]);
        assert_eq!(put(1, 10, 5).at, WallTime(11), "in the same moment");
        put(1, 12, 5);
        assert_eq!(held(&inbox), [(device(1), 12), (device(1), 11)], "of one device the newest");
        for n in 2..5 {
            put(n, 20 + i64::from(n), 5);
        }
        assert_eq!(held(&inbox).len(), 4, "of all the newest");
        put(5, 30, 40);
        assert_eq!(held(&inbox), [(device(5), 30), (device(4), 24), (device(3), 23)], "of the bytes");
        put(6, 60, 100);
        assert_eq!(held(&inbox), [(device(6), 60)], "what was just sent stays");
        put(7, 60 + 91 * DAY, 1);
        assert_eq!(held(&inbox), [(device(7), 60 + 91 * DAY)], "of age");
        let last = inbox.list().expect("a list").remove(0);
        inbox.remove(&last).expect("removed");
        assert_eq!(inbox.find(&last.name()).expect("a list"), None);
    }

    #[test]
    fn a_file_of_another_name_is_none_of_ours_and_no_name_leads_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Inbox::of(folder.path());
        let sent = inbox.put((device(1), WallTime(7)), b"x", &InboxLimits::default()).expect("kept");
        for name in ["notes.txt", "7.age", &format!("{}.new", sent.name()), &format!("{}-07.age", device(1))]
        {
            fs::write(inbox.folder.join(name), "x").expect("written");
        }
        assert_eq!(inbox.list().expect("a list"), [sent]);
        for name in ["", "..", "../accounts.db", "notes.txt", "/etc/passwd"] {
            assert_eq!(inbox.find(name).expect("a list"), None, "{name}");
        }
    }
}
