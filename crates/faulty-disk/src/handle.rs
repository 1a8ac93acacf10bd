//! An open file as SQLite sees it: each call goes to the disk, which says what becomes of it, and to the system's file
//! behind it. Locks and shared memory pass through.
#![allow(unsafe_code, reason = "SQLite calls a file through C, with pointers of its own")]

use std::ffi::{c_int, c_void};
use std::ptr;
use std::slice;
use std::sync::Arc;

use rusqlite::ffi;

use crate::disk::Spinning;
use crate::medium::Node;
use crate::plan::Fault;

/// What lies before the system's file in the memory that SQLite keeps for an open file.
#[repr(C)]
pub(crate) struct File {
    methods: *const ffi::sqlite3_io_methods,
    /// Null for a file that lies on no disk of ours.
    place: *mut Place,
}

/// Where a file lies.
struct Place {
    disk: Arc<Spinning>,
    node: Node,
    /// The next sync saves the names of the folder too.
    names: bool,
}

const METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // The second version: with shared memory, and without reading through mapped memory, which no disk would see.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

static OURS: &ffi::sqlite3_io_methods = &METHODS;

impl File {
    /// A file that is not open yet: one without methods, which SQLite does not close.
    ///
    /// # Safety
    /// `file` has room for ours and the base's.
    pub unsafe fn begin(file: *mut ffi::sqlite3_file) -> *mut Self {
        let file: *mut Self = file.cast();
        // SAFETY: as the caller says. The base looks at its methods only after it has set them.
        unsafe {
            file.write(Self { methods: ptr::null(), place: ptr::null_mut() });
            (*real(file)).pMethods = ptr::null();
        }
        file
    }

    /// Takes the system's file over, if it opened.
    ///
    /// # Safety
    /// `file` came from `begin`, and the base's `xOpen` gave `code`.
    pub unsafe fn opened(file: *mut Self, code: c_int, on: Option<(Arc<Spinning>, Node, bool)>) -> c_int {
        // SAFETY: as the caller says. A base that failed and left methods wants to be closed, and so are we then.
        unsafe {
            if (*real(file)).pMethods.is_null() {
                return code;
            }
            (*file).methods = OURS;
            if let Some((disk, node, names)) = on {
                (*file).place = Box::into_raw(Box::new(Place { disk, node, names }));
            }
        }
        code
    }
}

/// The system's file, which lies behind ours.
///
/// # Safety
/// `file` has room for both.
pub(crate) unsafe fn real(file: *mut File) -> *mut ffi::sqlite3_file {
    // SAFETY: as the caller says.
    unsafe { file.add(1).cast() }
}

/// Calls a method of the system's file.
macro_rules! beneath {
    ($file:expr, $method:ident $(, $arg:expr)*) => {{
        let real = real($file.cast());
        match (*(*real).pMethods).$method {
            Some(method) => method(real $(, $arg)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

/// Where a file lies, if on a disk of ours.
///
/// # Safety
/// `file` is open and ours.
unsafe fn place<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a mut Place> {
    // SAFETY: SQLite uses an open file from one thread at a time, and `close` alone frees its place.
    unsafe { (*file.cast::<File>()).place.as_mut() }
}

fn offset(at: ffi::sqlite3_int64) -> usize {
    usize::try_from(at).expect("BUG: SQLite never asks for a place before a file")
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes an open file once.
    unsafe {
        let place = (*file.cast::<File>()).place;
        if !place.is_null() {
            drop(Box::from_raw(place));
        }
        beneath!(file, xClose)
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands in `len` bytes to be filled.
    unsafe {
        let fault = place(file).map_or(Ok(()), |place| place.disk.read()).err();
        match fault {
            None => beneath!(file, xRead, to, len, at),
            Some(Fault::Flipped) => {
                let code = beneath!(file, xRead, to, len, at);
                let bytes = slice::from_raw_parts_mut(to.cast::<u8>(), usize::try_from(len).unwrap_or(0));
                if let Some(byte) = bytes.get_mut(len as usize / 2) {
                    *byte ^= 1;
                }
                code
            }
            Some(_) => ffi::SQLITE_IOERR_READ,
        }
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands in `len` bytes to be read, and a part of them is handed on.
    unsafe {
        let Some(place) = place(file) else { return beneath!(file, xWrite, from, len, at) };
        let bytes = slice::from_raw_parts(from.cast::<u8>(), usize::try_from(len).unwrap_or(0));
        let written = |bytes: &[u8]| {
            let len = c_int::try_from(bytes.len()).unwrap_or(c_int::MAX);
            beneath!(file, xWrite, bytes.as_ptr().cast(), len, at)
        };
        match place.disk.write(place.node, offset(at), bytes, written) {
            Ok(code) => code,
            Err(Fault::Full | Fault::Short) => ffi::SQLITE_FULL,
            Err(_) => ffi::SQLITE_IOERR_WRITE,
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: a call of SQLite's is passed on as it came.
    unsafe {
        let Some(place) = place(file) else { return beneath!(file, xTruncate, len) };
        let truncated = || beneath!(file, xTruncate, len);
        place.disk.truncate(place.node, offset(len), truncated).unwrap_or(ffi::SQLITE_IOERR_TRUNCATE)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe {
        let Some(place) = place(file) else { return beneath!(file, xSync, flags) };
        match place.disk.sync(place.node, place.names) {
            Ok(()) => {
                place.names = false;
                ffi::SQLITE_OK
            }
            Err(_) => ffi::SQLITE_IOERR_FSYNC,
        }
    }
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xFileSize, out) }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xLock, level) }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xCheckReservedLock, out) }
}

unsafe extern "C" fn control(file: *mut ffi::sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xFileControl, op, arg) }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xSectorSize) }
}

unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xShmMap, page, size, extend, out) }
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, at: c_int, n: c_int, flags: c_int) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xShmLock, at, n, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as in `truncate`.
    unsafe {
        let real = real(file.cast());
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: as in `truncate`.
    unsafe { beneath!(file, xShmUnmap, delete) }
}
