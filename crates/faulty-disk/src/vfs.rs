//! The layer as SQLite sees it: opens and removes files. Decides nothing; what it is told by SQLite it passes to the disk
//! and to the system's VFS beneath.
#![allow(unsafe_code, reason = "SQLite calls a VFS through C, with pointers of its own")]

use std::ffi::{CStr, c_char, c_int};
use std::path::Path;
use std::ptr;
use std::sync::Once;

use rusqlite::ffi;

use crate::disk;
use crate::handle::{self, File};
use crate::plan::Fault;

/// The name under which SQLite knows the layer.
const NAME: &CStr = c"faulty";

/// Puts the layer beneath every database that this process opens from now on. Files that lie on no [`crate::Disk`] pass
/// through untouched.
///
/// # Panics
/// When SQLite has no VFS of its own, or refuses this one.
pub fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: `base` is SQLite's own VFS, which lives as long as the process and so does the leaked one on top of it.
    // What is not overridden is a function of the base that does not look at which VFS it was called through.
    ONCE.call_once(|| unsafe {
        let base = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!base.is_null(), "BUG: SQLite has no VFS");
        let own = Box::leak(Box::new(ffi::sqlite3_vfs {
            // The second version: without the table of system calls, which belongs to the base.
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<File>()).expect("BUG: a huge file") + (*base).szOsFile,
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            pAppData: base.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path),
            ..*base
        }));
        assert_eq!(ffi::sqlite3_vfs_register(own, 1), ffi::SQLITE_OK, "BUG: SQLite refuses the VFS");
    });
}

/// The VFS beneath.
///
/// # Safety
/// `vfs` is ours.
unsafe fn base(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: `install` put it there.
    unsafe { (*vfs).pAppData.cast() }
}

/// # Safety
/// `name` is a C string that outlives the path.
unsafe fn path<'a>(name: *const c_char) -> &'a Path {
    // SAFETY: as the caller says.
    Path::new(unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default())
}

/// Files whose folder is synced with them for the first time, as SQLite's own VFS does it.
const SYNCS_NAMES: c_int =
    ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL;

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands in as many bytes as `szOsFile` says: ours, and behind them the base's, which its `xOpen` fills.
    unsafe {
        let file = File::begin(file);
        let base = base(vfs);
        let open = || match (*base).xOpen {
            Some(open) => open(base, name, handle::real(file), flags, out),
            None => ffi::SQLITE_CANTOPEN,
        };
        let on = if name.is_null() { None } else { disk::of(path(name)).map(|disk| (disk, path(name))) };
        let Some((disk, path)) = on else {
            return File::opened(file, open(), None);
        };
        let found = match disk.open(path) {
            Ok(found) => found,
            Err(_) => return ffi::SQLITE_CANTOPEN,
        };
        if let Some(node) = found {
            return File::opened(file, open(), Some((disk, node, false)));
        }
        if flags & ffi::SQLITE_OPEN_CREATE == 0 {
            return File::opened(file, open(), None);
        }
        match disk.make(path, open) {
            Ok((code, Some(node))) => File::opened(file, code, Some((disk, node, flags & SYNCS_NAMES != 0))),
            Ok((code, None)) => File::opened(file, code, None),
            Err(_) => ffi::SQLITE_CANTOPEN,
        }
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: a call of SQLite's is passed on to the base as it came.
    unsafe {
        let base = base(vfs);
        let delete = || (*base).xDelete.map_or(ffi::SQLITE_IOERR, |delete| delete(base, name, 0));
        match disk::of(path(name)) {
            None => delete(),
            Some(disk) => disk.remove(path(name), sync != 0, delete).unwrap_or(ffi::SQLITE_IOERR_DELETE),
        }
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: as in `delete`.
    unsafe {
        if disk::of(path(name)).is_some_and(|disk| disk.open(path(name)) == Err(Fault::Cut)) {
            return ffi::SQLITE_IOERR_ACCESS;
        }
        let base = base(vfs);
        (*base).xAccess.map_or(ffi::SQLITE_IOERR, |access| access(base, name, flags, out))
    }
}

unsafe extern "C" fn full_path(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    len: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: as in `delete`.
    unsafe {
        let base = base(vfs);
        (*base).xFullPathname.map_or(ffi::SQLITE_IOERR, |full_path| full_path(base, name, len, out))
    }
}
