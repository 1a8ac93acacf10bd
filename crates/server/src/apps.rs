//! The web apps that this server hands out: pages, scripts and the engine for browsers, out of the program itself or read once at
//! the start from the folder that `cargo xtask apps` made. Nothing here knows a workspace, and nothing is looked for on the disk
//! while the server runs.
//!
//! ```text
//!   index.html                     the list of apps
//!   checklist/index.html           an app; every page of it is this one
//!   checklist/assets/main-4K2.js   has its content's hash in its name: kept by browsers for good
//!   checklist/assets/main-4K2.js.br, .gz   the same, packed
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// All files together may have so many bytes: they are held in memory.
const BYTES_MAX: usize = 256 << 20;
/// What an app may do in a browser: run what this server gave it, the engine among it, and talk to this server.
const POLICY: &str = "default-src 'none'; object-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Why the apps are not served.
#[derive(Debug, thiserror::Error)]
pub enum AppsError {
    /// The folder cannot be read.
    #[error("cannot read the apps in {}: {error}", path.display())]
    Read {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no app.
    #[error("{} holds no app: there is no folder with an index.html in it", .0.display())]
    None(PathBuf),
    /// It is some other folder.
    #[error("{} holds more than {} MiB, which no apps do", .0.display(), BYTES_MAX >> 20)]
    TooLarge(PathBuf),
}

/// The apps.
#[derive(Debug, Default)]
pub struct Apps {
    /// By their paths in the folder, with slashes.
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    kind: &'static str,
    tag: HeaderValue,
}

impl Apps {
    /// Reads them from a folder.
    pub fn read(folder: &Path) -> Result<Self, AppsError> {
        let mut found = BTreeMap::new();
        let mut room = BYTES_MAX;
        gather(folder, "", &mut found, &mut room).map_err(|(path, error)| AppsError::Read { path, error })?;
        if room == 0 {
            return Err(AppsError::TooLarge(folder.to_owned()));
        }
        let apps = Self::of(&found);
        if apps.names().next().is_none() {
            return Err(AppsError::None(folder.to_owned()));
        }
        Ok(apps)
    }

    /// Those that a program has in itself, files by their paths as in a folder.
    pub fn inside(files: &[(&str, &'static [u8])]) -> Self {
        Self::of(&files.iter().map(|&(name, bytes)| (name.to_owned(), Bytes::from_static(bytes))).collect())
    }

    fn of(found: &BTreeMap<String, Bytes>) -> Self {
        let packed = |name: &str, ending: &str| found.get(&format!("{name}{ending}")).cloned();
        let plain = found.iter().filter(|(name, _)| !name.ends_with(".br") && !name.ends_with(".gz"));
        let files = plain.map(|(name, plain)| {
            let (brotli, gzip) = (packed(name, ".br"), packed(name, ".gz"));
            (name.clone(), File::new(name, plain.clone(), brotli, gzip))
        });
        Self { files: files.collect() }
    }

    /// What each app is called in addresses.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|name| name.strip_suffix("/index.html"))
    }

    /// What a browser gets that asks for a path, if there is anything.
    pub fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        if self.files.is_empty() || !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let path = uri.path().trim_start_matches('/');
        let file = self.files.get(path).map(|file| (path.to_owned(), file));
        if let Some((name, file)) = file.or_else(|| self.page(path, headers)) {
            return Some(file.answer(is_fixed(&name), headers));
        }
        let folder = format!("{path}/index.html");
        // Without the slash what the page names beside it would be looked for elsewhere.
        if self.files.contains_key(&folder) {
            let place = HeaderValue::from_str(&format!("/{path}/"));
            let place = place.unwrap_or_else(|_| HeaderValue::from_static("/"));
            return Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response());
        }
        self.list(path, headers)
    }

    /// The list of apps, for a person who mistyped an address.
    fn list(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let is_a_persons = wants_page(headers) && !path.contains('.') && !is_of_the_protocol(path);
        let list = self.files.get("index.html").filter(|_| is_a_persons)?;
        let mut response = list.answer(false, headers);
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        Some(response)
    }

    /// The page of an app, whichever of its screens is asked for.
    fn page(&self, path: &str, headers: &HeaderMap) -> Option<(String, &File)> {
        let name = match path.split_once('/') {
            None if path.is_empty() => "index.html".to_owned(),
            None => return None,
            Some((app, "")) => format!("{app}/index.html"),
            Some((app, rest)) => {
                let is_page = !is_fixed(path) && !rest.contains('.') && wants_page(headers);
                is_page.then(|| format!("{app}/index.html"))?
            }
        };
        self.files.get(&name).map(|file| (name, file))
    }
}

/// Whether what has this name never changes.
fn is_fixed(name: &str) -> bool {
    name.contains("/assets/") || name.starts_with("assets/")
}

/// Whether a path is one of the protocol's, of this or another age.
fn is_of_the_protocol(path: &str) -> bool {
    let number = path.strip_prefix('v').and_then(|rest| rest.split('/').next());
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

impl File {
    fn new(name: &str, plain: Bytes, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        let hash = Sha256::digest(&plain);
        let tag = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>();
        let tag = HeaderValue::from_str(&format!("W/\"{tag}\""))
            .expect("BUG: hexadecimal digits are visible signs");
        Self { plain, brotli, gzip, kind: kind(name), tag }
    }

    fn answer(&self, is_fixed: bool, headers: &HeaderMap) -> Response {
        let is_known = headers.get_all(header::IF_NONE_MATCH).iter().any(|known| {
            known.to_str().is_ok_and(|known| known.split(',').any(|one| one.trim() == self.tag))
        });
        let (body, packing) = if is_known { (Bytes::new(), None) } else { self.body(headers) };
        let mut response = Response::new(Body::from(body));
        let told = response.headers_mut();
        told.insert(header::ETAG, self.tag.clone());
        told.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let keep = if is_fixed { FOR_GOOD } else { ASK_AGAIN };
        told.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        told.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        told.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some(packing) = packing {
            told.insert(header::CONTENT_ENCODING, HeaderValue::from_static(packing));
        }
        response
    }

    /// The smallest form that the browser takes.
    fn body(&self, headers: &HeaderMap) -> (Bytes, Option<&'static str>) {
        let forms = [(&self.brotli, "br"), (&self.gzip, "gzip")];
        let taken = forms.into_iter().find(|(packed, name)| packed.is_some() && takes(headers, name));
        match taken {
            Some((Some(packed), name)) => (packed.clone(), Some(name)),
            _ => (self.plain.clone(), None),
        }
    }
}

/// Whether a browser unpacks this.
fn takes(headers: &HeaderMap, packing: &str) -> bool {
    let said = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    said.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_it = parts.next() == Some(packing);
        is_it
            && !parts
                .any(|part| part.strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty()))
    })
}

/// What a file is, by its ending.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// All files of a folder and what lies beneath it, until there is no more room.
fn gather(
    folder: &Path,
    above: &str,
    found: &mut BTreeMap<String, Bytes>,
    room: &mut usize,
) -> Result<(), (PathBuf, io::Error)> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{above}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), found, room)?;
        } else {
            let size = fs::metadata(&path).map_err(at(&path))?.len();
            *room = room.saturating_sub(usize::try_from(size).unwrap_or(usize::MAX));
            if *room == 0 {
                return Ok(());
            }
            found.insert(name, fs::read(&path).map_err(at(&path))?.into());
        }
    }
    Ok(())
}
