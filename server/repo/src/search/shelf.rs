//! The index folder as tantivy's directory: checked when it is opened, one writer.
//!
//! A mapped file that another process cuts short kills the process that reads it, and tantivy believes what it reads.
//! So each file is read, compared with its checksum in the [`Manifest`] and held, or checked anew whenever a piece of it
//! is read, where it is large ([`Content`]).
//! The lists of segments and of files that tantivy keeps go into the manifest: a commit is the replacing of one file.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base::ContentHasher;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};

use super::manifest::{self, Doubt, Listed, Manifest};
use super::pieces::Content;

/// How often an index that is replaced while it is read is read again.
const ATTEMPTS: usize = 5;

const META: &str = "meta.json";
const MANAGED: &str = ".managed.json";
/// Held by the process that writes; its content is nothing.
pub(super) const LOCK: &str = "writer.lock";

/// The index folder.
#[derive(Clone)]
pub(super) struct Shelf(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    files: Mutex<BTreeMap<String, Book>>,
    meta: Mutex<Option<Vec<u8>>>,
    managed: Mutex<Option<Vec<u8>>>,
    generation: AtomicU64,
    /// Whether commits wait until the disk has everything.
    durable: AtomicBool,
}

/// One file.
#[derive(Clone)]
struct Book {
    length: u64,
    sum: String,
    /// Its content, once somebody asked for it.
    content: Arc<OnceLock<Content>>,
}

impl Shelf {
    /// An index folder in which nothing stands yet. Whatever lies there is left for [`Shelf::sweep`].
    pub(super) fn empty(folder: &Path, generation: u64) -> Self {
        Self(Arc::new(Inner {
            folder: folder.to_owned(),
            files: Mutex::default(),
            meta: Mutex::default(),
            managed: Mutex::default(),
            generation: AtomicU64::new(generation),
            durable: AtomicBool::new(false),
        }))
    }

    /// Reads the index in `folder`, all of it, and checks it. Files that `known` has already are not read again.
    pub(super) fn open(folder: &Path, known: Option<&Shelf>) -> Result<Self, Doubt> {
        let mut attempt = 0;
        loop {
            let manifest = Manifest::read(folder)?;
            match Self::load(folder, &manifest, known) {
                Ok(shelf) => return Ok(shelf),
                // The writer may have replaced the files while they were read, or begun anew.
                Err(doubt) => match Manifest::read(folder) {
                    Ok(now) if now.generation == manifest.generation => return Err(doubt),
                    Ok(_) | Err(Doubt::None) if attempt < ATTEMPTS => attempt += 1,
                    Ok(_) | Err(Doubt::None) => return Err(Doubt::Moving),
                    Err(_) => return Err(doubt),
                },
            }
        }
    }

    fn load(folder: &Path, manifest: &Manifest, known: Option<&Shelf>) -> Result<Self, Doubt> {
        let shelf = Self::empty(folder, manifest.generation);
        let mut names = HashSet::new();
        for listed in &manifest.files {
            let had = known
                .and_then(|known| known.files().get(&listed.name).cloned())
                .filter(|book| book.sum == listed.sum && book.content.get().is_some());
            let book = match had {
                Some(book) => book,
                None => {
                    let book = Book::new(listed.length, listed.sum.clone());
                    book.content(folder, &listed.name)
                        .map_err(|error| Doubt::Damaged(error.to_string()))?;
                    book
                }
            };
            shelf.files().insert(listed.name.clone(), book);
            names.insert(PathBuf::from(&listed.name));
        }
        names.insert(PathBuf::from(META));
        *lock(&shelf.0.managed) = serde_json::to_vec(&names).ok();
        *lock(&shelf.0.meta) = Some(manifest.meta.clone().into_bytes());
        Ok(shelf)
    }

    /// The number of the manifest that was read or written last.
    pub(super) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Relaxed)
    }

    /// Whether later commits wait for the disk.
    pub(super) fn set_durable(&self, durable: bool) {
        self.0.durable.store(durable, Ordering::Relaxed);
    }

    /// Size of all files.
    pub(super) fn size(&self) -> u64 {
        self.files().values().map(|book| book.length).sum()
    }

    /// Takes away what lies in the folder, to begin anew. The manifest goes first: whoever opens the index meanwhile finds
    /// none, and not one whose files are missing. Only for the writer.
    pub(super) fn begin_anew(&self) {
        match fs::remove_file(self.0.folder.join(manifest::NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                // The files that it names stay then; the next start removes what is left over.
                tracing::warn!(%error, "the list of an index that is made anew could not be removed");
            }
            _ => self.sweep(),
        }
    }

    /// Removes what does not belong: leftovers of a writer that was killed. Only for the writer.
    pub(super) fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.0.folder) else {
            return;
        };
        let files = self.files();
        for entry in entries.flatten() {
            let name = entry.file_name();
            let belongs = name.to_str().is_some_and(|name| {
                files.contains_key(name) || name == LOCK || name == manifest::NAME
            });
            if !belongs && entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
                drop(fs::remove_file(entry.path()));
            }
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Book>> {
        lock(&self.0.files)
    }

    /// Makes tantivy's list of segments the truth.
    fn publish(&self, meta: &[u8]) -> io::Result<()> {
        let named = Named::read(meta)?;
        let files = self
            .files()
            .iter()
            .filter(|(name, _)| named.belongs(name))
            .map(|(name, book)| Listed {
                name: name.clone(),
                length: book.length,
                sum: book.sum.clone(),
            })
            .collect();
        permit(&self.0.folder)?;
        let generation = self.generation() + 1;
        let meta_text = String::from_utf8_lossy(meta).into_owned();
        Manifest::new(generation, meta_text, files)
            .write(&self.0.folder, self.0.durable.load(Ordering::Relaxed))?;
        self.0.generation.store(generation, Ordering::Relaxed);
        *lock(&self.0.meta) = Some(meta.to_vec());
        Ok(())
    }
}

impl Book {
    fn new(length: u64, sum: String) -> Self {
        Self {
            length,
            sum,
            content: Arc::default(),
        }
    }

    /// Its content, read and checked the first time.
    fn content(&self, folder: &Path, name: &str) -> io::Result<Content> {
        if let Some(content) = self.content.get() {
            return Ok(content.clone());
        }
        let content = Content::open(folder, name, self.length, &self.sum)?;
        Ok(self.content.get_or_init(|| content).clone())
    }
}

/// Which files tantivy's list of segments stands for.
struct Named {
    segments: HashSet<String>,
    deletes: HashSet<String>,
}

impl Named {
    fn read(meta: &[u8]) -> io::Result<Self> {
        #[derive(serde::Deserialize)]
        struct Meta {
            segments: Vec<Segment>,
        }
        #[derive(serde::Deserialize)]
        struct Segment {
            segment_id: String,
            deletes: Option<Deletes>,
        }
        #[derive(serde::Deserialize)]
        struct Deletes {
            opstamp: u64,
        }
        let meta: Meta = serde_json::from_slice(meta)?;
        let mut named = Self {
            segments: HashSet::new(),
            deletes: HashSet::new(),
        };
        for segment in meta.segments {
            let id = segment.segment_id.replace('-', "");
            if let Some(deletes) = segment.deletes {
                named
                    .deletes
                    .insert(format!("{id}.{}.del", deletes.opstamp));
            }
            named.segments.insert(id);
        }
        Ok(named)
    }

    fn belongs(&self, name: &str) -> bool {
        if name.ends_with(".temp") {
            return false;
        }
        if name.ends_with(".del") {
            return self.deletes.contains(name);
        }
        name.split_once('.')
            .is_some_and(|(id, _)| self.segments.contains(id))
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shelf({})", self.0.folder.display())
    }
}

impl Directory for Shelf {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let name = name_of(path);
        let book = self.files().get(&name).cloned();
        let book = book.ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))?;
        let content = book
            .content(&self.0.folder, &name)
            .map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))?;
        Ok(content.handle())
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let name = name_of(path);
        if self.files().remove(&name).is_none() {
            return Err(DeleteError::FileDoesNotExist(path.to_owned()));
        }
        // What cannot be removed now is swept away when the index is opened the next time.
        drop(fs::remove_file(self.0.folder.join(name)));
        Ok(())
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        let name = name_of(path);
        Ok(match name.as_str() {
            META => lock(&self.0.meta).is_some(),
            MANAGED => lock(&self.0.managed).is_some(),
            _ => self.files().contains_key(&name),
        })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let name = name_of(path);
        permit(&self.0.folder)
            .map_err(|error| OpenWriteError::wrap_io_error(error, path.to_owned()))?;
        let file = File::create_new(self.0.folder.join(&name)).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                OpenWriteError::FileAlreadyExists(path.to_owned())
            } else {
                OpenWriteError::wrap_io_error(error, path.to_owned())
            }
        })?;
        let sink = Sink {
            shelf: self.clone(),
            name,
            file,
            length: 0,
            hasher: ContentHasher::default(),
        };
        Ok(io::BufWriter::with_capacity(1 << 16, Box::new(sink)))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let kept = match name_of(path).as_str() {
            META => lock(&self.0.meta).clone(),
            MANAGED => lock(&self.0.managed).clone(),
            _ => None,
        };
        kept.ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        match name_of(path).as_str() {
            META => self.publish(data),
            MANAGED => {
                *lock(&self.0.managed) = Some(data.to_vec());
                Ok(())
            }
            name => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("the index has no place for {name}"),
            )),
        }
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    /// The one lock is that of the whole index, taken before tantivy is asked to write.
    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

/// A file that is being written.
struct Sink {
    shelf: Shelf,
    name: String,
    file: File,
    length: u64,
    hasher: ContentHasher,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        permit(&self.shelf.0.folder)?;
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl TerminatingWrite for Sink {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        permit(&self.shelf.0.folder)?;
        self.file.flush()?;
        if self.shelf.0.durable.load(Ordering::Relaxed) {
            self.file.sync_data()?;
        }
        let sum = self.hasher.finish().to_string();
        let book = Book::new(self.length, sum);
        self.shelf.files().insert(self.name.clone(), book);
        Ok(())
    }
}

/// Before each write; tests make it fail.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "it fails in tests")]
fn permit(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use super::full_disk::permit;

fn name_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
