//! What a workbook unpacks to, before anything of it is believed: sizes that an archive states may be lies.

use std::{
    fs::File,
    io::{BufReader, Read},
};

use zip::ZipArchive;

use crate::{
    limits::{LARGEST_PART, LARGEST_SHARED, LARGEST_UNZIPPED, MOST_PARTS, MOST_SHARED_TAGS},
    problem::FileProblem,
};

const SHARED: &str = "sharedstrings.xml";
const COUNT: &[u8] = b"uniqueCount=";
/// Within so many bytes the shared texts say how many they are.
const HEAD: usize = 16 * 1024;

/// Unpacks every part once and forgets it.
///
/// # Errors
/// [`FileProblem`] for an archive that is none, or that holds more than fits into memory.
pub(crate) fn check(file: File) -> Result<(), FileProblem> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| not_a_workbook(&error))?;
    if archive.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut left = LARGEST_UNZIPPED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| not_a_workbook(&error))?;
        let name = part.name().map_err(|error| not_a_workbook(&error))?.to_lowercase();
        let room = match &name {
            name if name.ends_with(SHARED) => LARGEST_SHARED,
            name if name.contains("worksheets/") => left,
            _ => LARGEST_PART,
        };
        let measured = measure(part, room.min(left))?;
        if name.ends_with(SHARED) && (measured.tags > MOST_SHARED_TAGS || measured.states_more_than_it_has()) {
            return Err(too_large());
        }
        left -= measured.bytes;
    }
    Ok(())
}

#[derive(Default)]
struct Measured {
    bytes: u64,
    tags: u64,
    head: Vec<u8>,
}

impl Measured {
    /// Room is made for as many texts as the part says it has.
    fn states_more_than_it_has(&self) -> bool {
        let digits = |from: usize| -> String {
            let stated = self.head[from..].iter().skip(COUNT.len() + 1);
            stated.take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect()
        };
        let places = (0..self.head.len()).filter(|place| self.head[*place..].starts_with(COUNT));
        places
            .map(digits)
            .any(|stated| stated.len() > 9 || stated.parse::<u64>().is_ok_and(|stated| stated > self.tags))
    }
}

fn measure(mut part: impl Read, room: u64) -> Result<Measured, FileProblem> {
    let (mut measured, mut buffer) = (Measured::default(), vec![0; 64 * 1024]);
    loop {
        let read = part.read(&mut buffer).map_err(|error| not_a_workbook(&error))?;
        if read == 0 {
            return Ok(measured);
        }
        let piece = &buffer[..read];
        measured.bytes += read as u64;
        measured.tags += piece.iter().filter(|byte| **byte == b'<').count() as u64;
        let head = HEAD.saturating_sub(measured.head.len()).min(read);
        measured.head.extend_from_slice(&piece[..head]);
        if measured.bytes > room {
            return Err(too_large());
        }
    }
}

fn too_large() -> FileProblem {
    FileProblem::new("too_large", "unpacks to more than can be read")
}

pub(crate) fn not_a_workbook(error: &dyn std::fmt::Display) -> FileProblem {
    FileProblem::new("not_a_workbook", format!("must be a workbook as spreadsheet programs save it (.xlsx): {error}"))
}
