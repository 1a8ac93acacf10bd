//! Opens SQLite files: whose a file is, how a connection is set up. Knows no table.
//!
//! Messages name a file and never its folder: they get into the server's log.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use fieldbook_crypto::FileKey;

use crate::cipher;
use crate::error::StoreError;

/// Under which key a file is; `None` for one in clear, which a served folder never has.
pub(crate) type Key<'a> = Option<&'a FileKey>;

/// Whose a file is, as SQLite's header says it.
pub(crate) struct Mark {
    /// SQLite's `application_id`: four letters.
    pub application: i32,
    /// SQLite's `user_version`: grows with each change of the tables.
    pub version: i32,
    /// For messages.
    pub noun: &'static str,
    /// How the tables of older versions become those of the next, oldest first.
    pub steps: &'static [FormatStep],
}

/// Makes the tables of one version those of the next.
pub(crate) struct FormatStep {
    /// The version that it begins with.
    pub from: i32,
    /// Does it, within a transaction.
    pub step: fn(&Connection) -> Result<(), StoreError>,
}

/// Makes the tables of a new database.
pub(crate) type Fill<'a> = &'a dyn Fn(&Connection) -> Result<(), StoreError>;

/// How long a connection waits for another one's lock before it says `Retry`.
const BUSY: Duration = Duration::from_secs(5);
/// More than any of our connections prepares.
const STATEMENTS_MAX: usize = 64;

/// Opens a file that exists, for writing.
pub(crate) fn open(path: &Path, key: Key<'_>, mark: &Mark) -> Result<Connection, StoreError> {
    let opened = connect_existing(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|connection| writer(connection, path, mark));
    opened.map_err(|error| error.of(&name(path)))
}

/// Makes a connection one for writing.
fn writer(connection: Connection, path: &Path, mark: &Mark) -> Result<Connection, StoreError> {
    keep_what_was_left(&connection, path)?;
    renew(&connection, mark, &name(path))?;
    check(&connection, mark, &name(path))?;
    set_up_writer(&connection)?;
    keep_names(path)?;
    Ok(connection)
}

/// Opens a file that exists, for reading only. One of an older version has to be opened for writing first.
pub(crate) fn open_reader(path: &Path, key: Key<'_>, mark: &Mark) -> Result<Connection, StoreError> {
    let connection = connect_existing(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    check(&connection, mark, &name(path))?;
    Ok(connection)
}

/// Makes a file with its tables, all or nothing. A file that a crash left blank is used; any other is refused
/// and left as it is.
pub(crate) fn create(
    path: &Path,
    key: Key<'_>,
    mark: &Mark,
    fill: Fill<'_>,
) -> Result<Connection, StoreError> {
    let connection = connect_new(path, key)?;
    let made = is_blank(&connection)? && {
        set_up_writer(&connection)?;
        make(&connection, mark, fill)?
    };
    keep_names(path)?;
    match made {
        true => Ok(connection),
        false => Err(StoreError::Unusable(format!("{} exists already and is not empty", name(path)))),
    }
}

/// Opens a file for writing, and makes it where there is none. Two programs may do so at once.
pub(crate) fn open_or_create(
    path: &Path,
    key: Key<'_>,
    mark: &Mark,
    fill: Fill<'_>,
) -> Result<Connection, StoreError> {
    let opened = || {
        let connection = connect_new(path, key)?;
        if is_blank(&connection)? {
            set_up_writer(&connection)?;
            make(&connection, mark, fill)?;
        }
        writer(connection, path, mark)
    };
    opened().map_err(|error| error.of(&name(path)))
}

/// Opens a database in memory that all connections of this process share by its name. It is gone with the last.
pub(crate) fn memory(name: &str) -> Result<Connection, StoreError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    assert!(!name.is_empty() && name.bytes().all(plain), "BUG: a name that would need quoting in a URI");
    // Not SQLite's shared cache, which it advises against: there a reader that was opened after a copy had taken the database's place,
    // while other threads opened theirs, found no tables now and then.
    let uri = format!("file:/{name}?vfs=memdb");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
    connect(Path::new(&uri), None, flags)
}

/// Makes the tables in a database that has none; says whether it had none.
pub(crate) fn make(connection: &Connection, mark: &Mark, fill: Fill<'_>) -> Result<bool, StoreError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if !is_blank(&transaction)? {
        return Ok(false);
    }
    transaction.pragma_update(None, "application_id", mark.application)?;
    transaction.pragma_update(None, "user_version", mark.version)?;
    fill(&transaction)?;
    transaction.commit()?;
    Ok(true)
}

/// Whether nobody has made anything in a database.
fn is_blank(connection: &Connection) -> Result<bool, StoreError> {
    let mark: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(mark == 0 && tables == 0)
}

/// Brings the tables of an older version to this program's, step by step, in one transaction: a kill leaves them as they
/// were, and the next opening begins again.
fn renew(connection: &Connection, mark: &Mark, name: &str) -> Result<(), StoreError> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))
    };
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != mark.application || version(connection)? >= mark.version {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Another program may have done it while this one waited for the lock.
    let mut at = version(&transaction)?;
    while at < mark.version {
        let step = mark.steps.iter().find(|step| step.from == at);
        let step = step.ok_or_else(|| {
            let words = format!("{name} is a {} of version {at}, which nobody released", mark.noun);
            StoreError::Unusable(words)
        })?;
        (step.step)(&transaction)?;
        at += 1;
        transaction.pragma_update(None, "user_version", at)?;
    }
    Ok(transaction.commit()?)
}

/// A program that was killed between writing a commit and syncing it leaves one that is answered for from here on: it has
/// to be on the disk before. Moving the log into the file syncs it first; a full disk stops only what comes after.
fn keep_what_was_left(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    match connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1)) {
        Ok(frames) => cover_index(connection, path, frames),
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::DiskFull) => return Err(error.into()),
        Err(_) => {}
    }
    Ok(())
}

/// Writes one frame where a power cut has left none. SQLite's recovery then has filled the index of the log, a file in clear, from
/// memory that it did not clear: from pages that were decrypted before. The first frame clears it. On a disk that takes no frame just
/// now it stays so until the next one. How many frames there are SQLite says itself: whoever opened the index to look and closed it
/// again would end the locks that this process holds on it.
fn cover_index(connection: &Connection, path: &Path, frames: i64) {
    let log = path.with_file_name(name(path) + "-wal");
    if frames != 0 || !std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return;
    }
    let version = connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0));
    let Ok(version) = version else { return };
    // What fails here is tried again at the next start, and whoever holds the lock writes a frame anyway.
    let Ok(frame) = Transaction::new_unchecked(connection, TransactionBehavior::Immediate) else { return };
    if frame.pragma_update(None, "user_version", version).is_ok() {
        let _ = frame.commit();
    }
}

/// Saves the names of the folder: the log's is new whenever all had closed it. SQLite does so at the first sync of whichever
/// connection made the log, and that need not be the one that writes.
#[cfg(unix)]
pub(crate) fn keep_names(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| StoreError::Retry(format!("{}: {error}", name(path))))
}

/// Elsewhere a folder cannot be synced, and the file system sees to its names.
#[cfg(not(unix))]
pub(crate) fn keep_names(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// Refuses what is not ours, or of a version that this program does not know.
pub(crate) fn check(connection: &Connection, mark: &Mark, name: &str) -> Result<(), StoreError> {
    let pragma = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let noun = mark.noun;
    if pragma("application_id")? != mark.application {
        return Err(StoreError::Unusable(format!(
            "{name} is not a {noun} of Fieldbook but another program's; put the right one back"
        )));
    }
    match pragma("user_version")? {
        version if version > mark.version => {
            let words = format!("{name} was made by a newer version of the program; update this one");
            Err(StoreError::Unusable(words))
        }
        version if version < mark.version => {
            let words = format!(
                "{name} is a {noun} of version {version}; open it for writing first, which renews it"
            );
            Err(StoreError::Unusable(words))
        }
        _ => Ok(()),
    }
}

fn connect_existing(path: &Path, key: Key<'_>, flags: OpenFlags) -> Result<Connection, StoreError> {
    match path.try_exists() {
        Ok(false) => {
            let words = format!("{} is missing; put the last backup of the folder in its place", name(path));
            Err(StoreError::Unusable(words))
        }
        _ => connect(path, key, flags),
    }
}

/// Opens a file, and makes it where there is none: for its owner only, whatever the folder lets others do. The
/// files that SQLite puts beside it get its mode.
pub(crate) fn connect_new(path: &Path, key: Key<'_>) -> Result<Connection, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Never opens one that is there: closing it again would end the locks that this process holds on it.
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::Retry(format!("{}: {error}", name(path))))
        }
        _ => connect(path, key, OpenFlags::SQLITE_OPEN_READ_WRITE),
    }
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Why a file was not opened, without the path that SQLite puts behind it.
fn reason(error: &rusqlite::Error) -> String {
    error.sqlite_error().map_or_else(|| "cannot be opened".to_owned(), ToString::to_string)
}

/// Opens a connection and sets it up.
pub(crate) fn connect(path: &Path, key: Key<'_>, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| StoreError::Retry(format!("{}: {}", name(path), reason(&error))))?;
    connection.busy_timeout(BUSY)?;
    if let Some(key) = key {
        cipher::unlock(&connection, key)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.execute_batch(include_str!("file/connection.sql"))?;
    // A plan stays what it is, whatever a statement is given. Else each that is given its LIMIT is planned anew whenever it runs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn set_up_writer(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(include_str!("file/writer.sql"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark { application: 1, version: 1, noun: "file", steps: &[] };

    fn key() -> FileKey {
        FileKey::from_bytes([5; 32])
    }

    #[test]
    fn a_reader_caches_little_and_the_writer_much() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.db");
        let fill = |connection: &Connection| Ok(connection.execute_batch("CREATE TABLE one (n INTEGER)")?);
        let kib = |connection: &Connection| {
            connection.pragma_query_value(None, "cache_size", |row| row.get::<_, i64>(0)).expect("a size")
        };
        let made = create(&path, Some(&key()), &MARK, &fill).expect("a file");
        assert_eq!(kib(&made), -32_768);
        assert_eq!(kib(&open(&path, Some(&key()), &MARK).expect("a writer")), -32_768);
        assert_eq!(kib(&open_reader(&path, Some(&key()), &MARK).expect("a reader")), -4096);
    }

    #[test]
    fn an_older_format_is_renewed_step_by_step_when_it_is_opened_for_writing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.db");
        let fill = |connection: &Connection| Ok(connection.execute_batch("CREATE TABLE one (n INTEGER)")?);
        drop(create(&path, Some(&key()), &MARK, &fill).expect("a file"));
        const STEPS: &[FormatStep] = &[
            FormatStep { from: 1, step: |it| Ok(it.execute_batch("INSERT INTO one VALUES (1)")?) },
            FormatStep { from: 2, step: |it| Ok(it.execute_batch("UPDATE one SET n = n + 1")?) },
        ];
        let newer = Mark { version: 3, steps: STEPS, ..MARK };
        let words = open_reader(&path, Some(&key()), &newer).expect_err("it cannot be renewed").to_string();
        assert!(words.contains("open it for writing first"), "{words}");
        for _ in 0..2 {
            let opened = open(&path, Some(&key()), &newer).expect("a writer");
            let n: i64 = opened.query_row("SELECT n FROM one", [], |row| row.get(0)).expect("a row");
            assert_eq!(n, 2);
        }
        assert!(open(&path, Some(&key()), &MARK).expect_err("newer").to_string().contains("newer version"));
        let gap = Mark { version: 5, steps: STEPS, ..MARK };
        assert!(
            open(&path, Some(&key()), &gap).expect_err("no step").to_string().contains("nobody released")
        );
    }

    /// What a person wrote, and SQLite had decrypted into memory that it gave back.
    const SAID: &[u8] = b"the pump drips";
    /// In which SQLite puts the index of a log together before it copies it: a page of it, and a frame.
    const SCRATCH: usize = 32_768 + 4096 + 24;

    /// Leaves words in memory that whoever asks next for as much gets.
    fn leave_words() {
        let near = (0..64).map(|more| SAID.repeat((SCRATCH + more * 8) / SAID.len()));
        // Something between them that stays keeps each block apart.
        let kept: Vec<_> = near.map(|words| (words, Box::new([0_u8; 64]))).collect();
        let (words, between): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        drop(std::hint::black_box(words));
        drop(std::hint::black_box(between));
    }

    fn index_says(path: &Path) -> bool {
        let index = std::fs::read(path.with_extension("db-shm")).expect("the index of the log");
        index.windows(SAID.len()).any(|part| part == SAID)
    }

    #[test]
    fn the_index_of_a_log_whose_first_frame_is_torn_holds_no_word_in_clear() {
        let folder = tempfile::tempdir().expect("a folder");
        let (whole, torn) = (folder.path().join("whole.db"), folder.path().join("torn.db"));
        let fill = |connection: &Connection| Ok(connection.execute_batch("CREATE TABLE one (n INTEGER)")?);
        drop(create(&whole, Some(&key()), &MARK, &fill).expect("a file"));
        let writes = open(&whole, Some(&key()), &MARK).expect("a writer");
        writes.execute("INSERT INTO one VALUES (1)", []).expect("a row");
        let log = std::fs::read(whole.with_extension("db-wal")).expect("a log");
        let cut = || {
            std::fs::copy(&whole, &torn).expect("copied");
            std::fs::write(torn.with_extension("db-wal"), &log[..2000]).expect("written");
            leave_words();
        };
        cut();
        // A connection that writes nothing, as a start was before.
        let without = connect(&torn, Some(&key()), OpenFlags::SQLITE_OPEN_READ_WRITE).expect("opened");
        without.query_row("SELECT count(*) FROM one", [], |_| Ok(())).expect("read");
        assert!(index_says(&torn), "nothing is at stake: SQLite clears the index by now");
        drop(without);
        // A workspace is opened in the first way, the accounts in the second.
        for created in [false, true] {
            cut();
            let mended = match created {
                false => open(&torn, Some(&key()), &MARK),
                true => open_or_create(&torn, Some(&key()), &MARK, &fill),
            };
            let mended = mended.expect("a writer");
            assert!(!index_says(&torn), "what was decrypted stands in the index");
            let rows: i64 = mended.query_row("SELECT count(*) FROM one", [], |row| row.get(0)).expect("read");
            assert_eq!(rows, 0, "what was torn was never promised");
        }
    }

    /// Whoever closes a file ends the locks of the whole process on it, and those on the index of the log tell other programs that
    /// somebody has it in use. `/proc/locks` names them by the file's number.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_second_opening_leaves_the_locks_of_the_first() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.db");
        let fill = |connection: &Connection| Ok(connection.execute_batch("CREATE TABLE one (n INTEGER)")?);
        let locks = || {
            let index = std::fs::metadata(path.with_extension("db-shm")).expect("an index").ino();
            let all = std::fs::read_to_string("/proc/locks").expect("the locks");
            all.lines().filter(|line| line.contains(&format!(":{index} "))).count()
        };
        let first = create(&path, Some(&key()), &MARK, &fill).expect("a file");
        assert!(locks() > 0, "it is in use");
        let second = open(&path, Some(&key()), &MARK).expect("the same file");
        assert!(locks() > 0, "it is still in use");
        drop((first, second));
    }

    #[test]
    fn a_message_names_the_file_and_not_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let (none, foreign) = (folder.path().join("none.db"), folder.path().join("foreign.db"));
        std::fs::write(
            &foreign,
            "no database at all, but long enough to be read as the head of one ".repeat(9),
        )
        .expect("a file");
        let inside = folder.path().join("none").join("one.db");
        let fill = |_: &Connection| Ok(());
        for failed in [
            open(&none, None, &MARK),
            open(&foreign, Some(&key()), &MARK),
            open(folder.path(), None, &MARK),
            create(&inside, None, &MARK, &fill),
        ] {
            let words = failed.expect_err("no database").to_string();
            assert!(!words.contains(&folder.path().display().to_string()), "{words}");
        }
    }
}
