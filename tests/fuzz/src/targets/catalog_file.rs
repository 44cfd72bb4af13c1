//! The file of `load-catalog`.

use std::{fs, path::PathBuf};

use catalog::load::file::{FileError, read};
use serde_json::Value;

use crate::{Target, Try};

/// The file as a whole.
pub(super) fn target() -> Target {
    Target {
        name: "catalog-file",
        samples,
        prepare: || {
            let name = format!("fuzz-catalog-{}-{:?}", std::process::id(), std::thread::current().id());
            Box::new(CatalogFile(std::env::temp_dir().join(name)))
        },
    }
}

/// The demo's catalog is long: its first three products.
fn samples() -> Vec<Vec<u8>> {
    let mut demo: Value = serde_json::from_str(include_str!("../../../../config/demo-catalog.json")).unwrap();
    demo["products"].as_array_mut().unwrap().truncate(3);
    let mut one = demo.clone();
    one["products"].as_array_mut().unwrap().truncate(1);
    vec![demo.to_string().into_bytes(), one.to_string().into_bytes(), br#"{"receipt":"a","products":[]}"#.to_vec()]
}

/// The file that is read again and again.
struct CatalogFile(PathBuf);

impl Try for CatalogFile {
    fn outcome(&self, input: &[u8]) -> String {
        fs::write(&self.0, input).unwrap();
        match read(&self.0) {
            Ok(file) => format!("{} products", file.products.len()),
            Err(FileError::Unreadable { source, .. }) => source.kind().to_string(),
            Err(FileError::Invalid { place, problem, .. }) => {
                assert!(!place.is_empty() && !problem.is_empty(), "a refusal that says nothing");
                format!("{}: {}", without_digits(&place), problem.chars().take(16).collect::<String>())
            }
        }
    }
}

impl Drop for CatalogFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit()).take(40).collect()
}
