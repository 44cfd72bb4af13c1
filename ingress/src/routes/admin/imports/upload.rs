//! `POST /admin/imports`

use std::sync::Arc;

use axum::{
    Json as Answer,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use futures::{Stream, StreamExt};
use import_files::limits::LARGEST_FILE;
use schemas::{
    ids::{ImportId, UserId},
    imports::{
        CheckImport, ImportsMessage,
        rows::{FileFormat, ImportKind},
    },
    types::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::id::MessageId;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::may_change;
use crate::{
    app::App,
    auth::permit,
    extract::{Query, RequiredKey},
    inbox,
    problem::{
        BAD_REQUEST, BODY_TOO_LARGE, IDEMPOTENCY_KEY_REUSED, Problem, UNSUPPORTED_MEDIA_TYPE, VALIDATION_FAILED,
    },
    read_models::{Imports, Upload},
    views::ImportKindDoc,
};

/// What is in memory of a file that is brought, and stored at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// What the rows are.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// What the rows are.
    #[param(value_type = ImportKindDoc)]
    kind: String,
}

/// A file that is being checked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportAccepted {
    /// The file.
    #[schema(value_type = String)]
    import_id: ImportId,
    /// Where it is told how it stands.
    status_url: String,
}

/// Brings a file in, to be checked: nothing is carried out before it is started. The same `Idempotency-Key`, which must be
/// given, is the same file.
///
/// A file of at most 64 MiB and 200,000 rows: CSV in UTF-8, or the first sheet of a workbook. Its kind also takes the
/// permission to change what it is about: `catalog_write`, `stock_write` or `customers_write`.
#[utoipa::path(post, path = "/admin/imports", tag = "admin", params(Wanted, ("Idempotency-Key" = String, Header)),
    request_body(content(
        (String = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    )),
    security(("bearer" = ["imports_write"])),
    responses(
        (status = 202, body = ImportAccepted),
        (status = 415, description = "unsupported_media_type"),
    ))]
pub async fn upload(
    State(app): State<Arc<App>>,
    permit::ImportsWrite(admin): permit::ImportsWrite,
    Query(wanted): Query<Wanted>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Answer<ImportAccepted>), Problem> {
    let (kind, format) = (kind_of(&wanted)?, format_of(&headers)?);
    may_change(&app, admin, kind).await?;
    let id = MessageId::of_fact(&format!("import/{admin}/{key}"));
    let import_id = ImportId::from_uuid(id.as_uuid());
    let stored = store(&app.imports, body.into_data_stream()).await?;
    let known = bring(&app.imports, stored.told(import_id, admin, (kind, format))).await?;
    let from = inbox::From::concerning(id.as_uuid(), id, known.at, &headers);
    app.inbox.send_to(&import_id.to_string(), ImportsMessage::from(known.command), from).await?;
    let status_url = format!("/api/v1/admin/imports/{import_id}");
    Ok((StatusCode::ACCEPTED, Answer(ImportAccepted { import_id, status_url })))
}

fn kind_of(wanted: &Wanted) -> Result<ImportKind, Problem> {
    let expected = "must be products, prices, stock, fitments or customers";
    ImportKind::parse(&wanted.kind).ok_or_else(|| Problem::field(VALIDATION_FAILED, "kind", expected))
}

fn format_of(headers: &HeaderMap) -> Result<FileFormat, Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let expected = format!("send {} or {}", FileFormat::Csv.media_type(), FileFormat::Xlsx.media_type());
    FileFormat::of_media_type(given).ok_or_else(|| Problem::new(UNSUPPORTED_MEDIA_TYPE).detail(expected))
}

/// The pieces of a file.
struct Stored {
    name: String,
    pieces: i32,
    bytes: i64,
    digest: Sha256,
}

impl Stored {
    fn told(self, import_id: ImportId, admin_id: UserId, (kind, format): (ImportKind, FileFormat)) -> Upload {
        let Self { name: upload, pieces, bytes, digest } = self;
        let digest = hex::encode(digest.finalize());
        let command = CheckImport { import_id, admin_id, kind, format, upload, pieces, bytes };
        Upload { import_id, digest, at: Timestamp::now(), command }
    }

    async fn add(&mut self, imports: &Imports, piece: Vec<u8>) -> Result<(), Problem> {
        self.digest.update(&piece);
        imports.store_piece(&self.name, self.pieces, piece).await?;
        self.pieces += 1;
        Ok(())
    }
}

/// Stores a file as it comes. What was stored of one that is too long, or is broken off, is deleted.
async fn store(imports: &Imports, body: impl Stream<Item = Result<Bytes, axum::Error>>) -> Result<Stored, Problem> {
    let mut stored = Stored { name: Uuid::now_v7().to_string(), pieces: 0, bytes: 0, digest: Sha256::new() };
    let outcome = store_all(imports, std::pin::pin!(body), &mut stored).await;
    if outcome.is_err() {
        drop_pieces(imports, &stored.name).await;
    }
    outcome.map(|()| stored)
}

async fn store_all(
    imports: &Imports,
    mut body: impl Stream<Item = Result<Bytes, axum::Error>> + Unpin,
    stored: &mut Stored,
) -> Result<(), Problem> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    while let Some(part) = body.next().await {
        let broken = |error| Problem::new(BAD_REQUEST).detail("the file was broken off").because(error);
        let mut part = part.map_err(broken)?;
        stored.bytes += i64::try_from(part.len()).unwrap_or(i64::MAX);
        if stored.bytes.unsigned_abs() > LARGEST_FILE {
            return Err(Problem::new(BODY_TOO_LARGE).detail("a file is at most 64 MiB"));
        }
        while !part.is_empty() {
            piece.extend_from_slice(&part.split_to(part.len().min(PIECE_BYTES - piece.len())));
            if piece.len() == PIECE_BYTES {
                let full = std::mem::replace(&mut piece, Vec::with_capacity(PIECE_BYTES));
                stored.add(imports, full).await?;
            }
        }
    }
    if piece.is_empty() { Ok(()) } else { stored.add(imports, piece).await }
}

/// Writes the file down, unless the same request did before: then that one's pieces count.
async fn bring(imports: &Imports, upload: Upload) -> Result<Upload, Problem> {
    let known = imports.bring(&upload).await?;
    if known.command.upload != upload.command.upload {
        drop_pieces(imports, &upload.command.upload).await;
    }
    if known.is_same(&upload) { Ok(known) } else { Err(Problem::new(IDEMPOTENCY_KEY_REUSED)) }
}

/// Those that are not deleted go by themselves after a while.
async fn drop_pieces(imports: &Imports, upload: &str) {
    if let Err(problem) = imports.drop_pieces(upload).await {
        tracing::warn!(upload, %problem, "pieces of a file that nobody needs are left");
    }
}
