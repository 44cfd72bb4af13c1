//! Keeping an invoice.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::trouble::Trouble;
use crate::api::OrderView;

/// How every PDF begins (ISO 32000-1, 7.5.2).
const PDF: &[u8] = b"%PDF-";

/// An invoice that was kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where.
    pub file: PathBuf,
    /// How large it is, in bytes.
    pub size: usize,
}

/// Keeps an invoice, named by its number.
///
/// # Errors
/// It is no PDF, or the file cannot be written.
pub async fn save(dir: &Path, order_id: Uuid, order: &OrderView, bytes: &[u8]) -> Result<Saved, Trouble> {
    if !bytes.starts_with(PDF) {
        let beginning = bytes.get(..PDF.len()).unwrap_or(bytes);
        return Err(Trouble::NoPdf(String::from_utf8_lossy(beginning).into_owned()));
    }
    let file = dir.join(file_name(order.invoice_number(), order_id));
    let written = async {
        tokio::fs::create_dir_all(dir).await?;
        tokio::fs::write(&file, bytes).await
    };
    match written.await {
        Ok(()) => Ok(Saved { file, size: bytes.len() }),
        Err(source) => Err(Trouble::File { file, source }),
    }
}

/// An invoice's number may hold slashes, which a file's name must not.
fn file_name(number: Option<&str>, order_id: Uuid) -> String {
    let name = number.map_or_else(|| order_id.to_string(), |number| number.replace('/', "-"));
    format!("{name}.pdf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_slashes_names_one_file() {
        assert_eq!(file_name(Some("SP/2627/000001"), Uuid::nil()), "SP-2627-000001.pdf");
        assert_eq!(file_name(None, Uuid::nil()), "00000000-0000-0000-0000-000000000000.pdf");
    }
}
