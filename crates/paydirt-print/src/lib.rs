//! Sets a document on pages and writes it as PDF: Typst, with everything it may read given by name.
//!
//! Nothing outside the given files is read, no package is fetched, and no date is written: equal files
//! give equal bytes.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use thiserror::Error;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// Families that a document may use: text, and code.
pub const FAMILIES: [&str; 2] = ["Libertinus Serif", "DejaVu Sans Mono"];

/// What goes wrong in setting a document.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The document is no document.
    #[error("the document cannot be set: {reason}")]
    Document {
        /// What the typesetter says.
        reason: String,
    },
}

/// Sets `document` and gives the PDF file. `files` are what it may read, by the names it reads them under.
///
/// # Errors
/// [`Error::Document`] where the document is wrong, or asks for a file that was not given.
pub fn pdf(
    document: &str,
    files: BTreeMap<String, Vec<u8>>,
    creator: &str,
) -> Result<Vec<u8>, Error> {
    let desk = Desk::new(document, files)?;
    let set = typst::compile::<PagedDocument>(&desk).output.map_err(|errors| told(&errors))?;
    let options =
        PdfOptions { creator: Smart::Custom(Some(creator.to_owned())), ..PdfOptions::default() };
    let bytes = typst_pdf::pdf(&set, &options).map_err(|errors| told(&errors));
    // The typesetter remembers everything it ever set.
    comemo::evict(0);
    bytes
}

fn told(errors: &[SourceDiagnostic]) -> Error {
    let reasons: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    Error::Document { reason: reasons.join("; ") }
}

/// What the typesetter sees of the world.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: Source,
    files: BTreeMap<NonZeroU16, Bytes>,
}

impl Desk {
    fn new(document: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Self, Error> {
        let all = typst_assets::fonts().filter_map(|font| Font::new(Bytes::new(font), 0));
        let fonts: Vec<Font> =
            all.filter(|font| FAMILIES.contains(&font.info().family.as_str())).collect();
        let files =
            files.into_iter().map(|(name, bytes)| Ok((file(&name)?.into_raw(), Bytes::new(bytes))));
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            main: Source::new(file("document.typ")?, document.to_owned()),
            files: files.collect::<Result<_, Error>>()?,
        })
    }
}

/// The typesetter's number of a file.
fn file(name: &str) -> Result<FileId, Error> {
    let path = VirtualPath::new(name)
        .map_err(|_| Error::Document { reason: format!("`{name}` is no name of a file") })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn unknown(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(unknown(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id.into_raw()).cloned().ok_or_else(|| unknown(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(document: &str, files: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
        let files = files.iter().map(|(name, text)| ((*name).into(), text.as_bytes().into()));
        pdf(document, files.collect(), "test")
    }

    #[test]
    fn equal_files_give_equal_bytes() {
        let document = "#let page = json(\"page.json\")\n= #page.title\n#image(bytes(page.svg))";
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 4'><path d='M0 0L4 4' stroke='red'/></svg>";
        let page = format!("{{\"title\": \"Carlin\", \"svg\": \"{svg}\"}}");
        let first = set(document, &[("page.json", &page)]).unwrap();
        assert!(first.starts_with(b"%PDF-"));
        assert_eq!(first, set(document, &[("page.json", &page)]).unwrap());
        assert_ne!(first, set(document, &[("page.json", &page.replace("Carlin", "X"))]).unwrap());
    }

    #[test]
    fn only_given_files_are_read_and_a_wrong_document_is_told() {
        let reason = |document: &str| match set(document, &[]) {
            Err(Error::Document { reason }) => reason,
            Ok(_) => String::new(),
        };
        assert!(reason("#read(\"/etc/passwd\")").contains("not found"));
        assert!(reason("#import \"@preview/cetz:0.3.0\"").contains("not found"));
        assert!(reason("#nothing").contains("unknown variable"));
    }
}
