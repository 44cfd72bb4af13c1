//! Where indexes are kept between two runs: numbered folders, of which each has one writer. So several processes may share
//! a shelf, and an index is made anew beside the one that answers meanwhile.

use std::path::PathBuf;

use catalog_search::{Place, SearchError, Writer};

use super::mark::Mark;

/// More processes do not share a shelf.
const FOLDERS: u32 = 64;

/// A place for indexes; in memory, where nothing is kept, unless there is a folder.
#[derive(Debug, Clone, Default)]
pub struct Shelf(pub Option<PathBuf>);

impl Shelf {
    /// A kept index that nobody else writes to and that may go on.
    ///
    /// # Errors
    /// [`SearchError`] when a folder cannot be used.
    pub fn kept(&self, goes_on: impl Fn(&Mark) -> bool) -> Result<Option<(Writer, Mark)>, SearchError> {
        for folder in self.folders().filter(|folder| folder.exists()) {
            let Some(writer) = free(folder)? else { continue };
            if let Some(mark) = writer.note()?.as_deref().and_then(Mark::read).filter(&goes_on) {
                return Ok(Some((writer, mark)));
            }
        }
        Ok(None)
    }

    /// An empty index.
    ///
    /// # Errors
    /// [`SearchError`] when a folder cannot be used, or all are taken.
    pub fn empty(&self) -> Result<Writer, SearchError> {
        if self.0.is_none() {
            return Writer::open(&Place::Memory);
        }
        for folder in self.folders() {
            if let Some(mut writer) = free(folder)? {
                writer.clear()?;
                return Ok(writer);
            }
        }
        Err(SearchError::Busy(self.0.clone().unwrap_or_default()))
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        self.0.iter().flat_map(|shelf| (0..FOLDERS).map(|number| shelf.join(number.to_string())))
    }
}

/// The writer of a folder that nobody else writes to.
fn free(folder: PathBuf) -> Result<Option<Writer>, SearchError> {
    match Writer::open(&Place::Directory(folder)) {
        Err(SearchError::Busy(_)) => Ok(None),
        opened => opened.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn two_share_a_shelf_and_each_finds_what_may_go_on() {
        let folder = std::env::temp_dir().join(format!("spareparts-shelf-{}", uuid::Uuid::now_v7()));
        let shelf = Shelf(Some(folder.clone()));
        let mark = |generation| Mark { source: "shop".to_owned(), generation, next: BTreeMap::new() };
        assert!(shelf.kept(|_| true).unwrap().is_none());
        let (mut one, mut other) = (shelf.empty().unwrap(), shelf.empty().unwrap());
        one.commit(&mark(1).note()).unwrap();
        other.commit(&mark(2).note()).unwrap();
        assert!(shelf.kept(|_| true).unwrap().is_none(), "both are being written to");
        drop((one, other));
        let (writer, found) = shelf.kept(|mark| mark.generation > 1).unwrap().unwrap();
        assert_eq!(found.generation, 2);
        drop(writer);
        drop(shelf.empty().unwrap());
        assert!(shelf.kept(|mark| mark.generation == 1).unwrap().is_none(), "what was emptied has no mark");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
