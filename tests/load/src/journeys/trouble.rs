//! How a journey breaks off.

use std::{io, path::PathBuf, time::Duration};

use crate::api::{ApiError, Status};

/// Why a journey did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A call failed.
    #[error("cannot {what}: {source}")]
    Call {
        /// What was tried.
        what: &'static str,
        /// What came of it.
        source: ApiError,
    },
    /// The time is over.
    #[error("after {} s the order is {last}, not yet {awaited}{}", .limit.as_secs(), excuse(.error.as_ref()),
        last = .last.map_or("unknown", Status::as_str), awaited = .awaited.as_str())]
    TimeUp {
        /// How long a journey may take.
        limit: Duration,
        /// What was waited for.
        awaited: Status,
        /// What was seen last.
        last: Option<Status>,
        /// Why nothing newer was seen.
        error: Option<ApiError>,
    },
    /// The order ended before the customer could do their part.
    #[error("the order is {} when the customer wants to {what}", .status.as_str())]
    NoChance {
        /// Where it is.
        status: Status,
        /// What the customer had in mind.
        what: &'static str,
    },
    /// The status does not say how to pay.
    #[error("the order awaits payment, but its status does not say where to pay")]
    NoPayment,
    /// What came as an invoice is none.
    #[error("the invoice is no PDF: it begins with {0:?}")]
    NoPdf(String),
    /// The invoice cannot be kept.
    #[error("cannot write {}: {source}", .file.display())]
    File {
        /// Where.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It ended, but not as planned.
    #[error("{0}")]
    Astray(String),
}

impl Trouble {
    /// For `map_err`: a call that failed.
    pub fn call(what: &'static str) -> impl Fn(ApiError) -> Self {
        move |source| Self::Call { what, source }
    }
}

fn excuse(error: Option<&ApiError>) -> String {
    error.map(|error| format!("; the last read failed: {error}")).unwrap_or_default()
}
