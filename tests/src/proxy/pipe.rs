//! One direction of a connection.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{ReadHalf, WriteHalf},
    sync::{mpsc, watch},
    time::{Duration, Instant, sleep_until},
};

use super::Mode;

const CHUNK: usize = 64 * 1024;
/// How many chunks may be under way: the memory of a slow link.
const UNDER_WAY: usize = 64;
/// Longer than any test.
const NEVER: Duration = Duration::from_secs(24 * 3600);

struct Chunk {
    bytes: Vec<u8>,
    /// When it arrives, if it is kept waiting.
    due: Option<Instant>,
}

/// The connection must be reset.
pub(super) struct Broken;

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Carries bytes until the sender closes.
pub(super) async fn carry(
    from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    mode: watch::Receiver<Mode>,
    swallows: fn(Mode) -> bool,
) -> Result<(), Broken> {
    let (sent, arriving) = mpsc::channel(UNDER_WAY);
    tokio::try_join!(take(from, sent, mode, swallows), deliver(to, arriving)).map(drop)
}

async fn take(
    mut from: ReadHalf<'_>,
    sent: mpsc::Sender<Chunk>,
    mut mode: watch::Receiver<Mode>,
    swallows: fn(Mode) -> bool,
) -> Result<(), Broken> {
    let mut buffer = vec![0; CHUNK];
    let mut first_lost: Option<Instant> = None;
    loop {
        let now_mode = *mode.borrow_and_update();
        if first_lost.is_some() && !swallows(now_mode) {
            return Err(Broken);
        }
        let count = tokio::select! {
            read = from.read(&mut buffer) => read?,
            changed = mode.changed() => {
                changed.map_err(|_| Broken)?;
                continue;
            }
            () = sleep_until(patience_ends(now_mode, first_lost)) => return Err(Broken),
        };
        match (count, swallows(now_mode)) {
            (0, false) => return Ok(()),
            (0, true) => return Err(Broken),
            (_, true) => drop(first_lost.get_or_insert_with(Instant::now)),
            (_, false) => {
                let chunk = Chunk { bytes: buffer[..count].to_vec(), due: due(now_mode) };
                sent.send(chunk).await.map_err(|_| Broken)?;
            }
        }
    }
}

async fn deliver(mut to: WriteHalf<'_>, mut arriving: mpsc::Receiver<Chunk>) -> Result<(), Broken> {
    while let Some(Chunk { bytes, due }) = arriving.recv().await {
        if let Some(due) = due {
            sleep_until(due).await;
        }
        to.write_all(&bytes).await?;
    }
    Ok(to.shutdown().await?)
}

fn due(mode: Mode) -> Option<Instant> {
    match mode {
        Mode::Latency(latency) => Some(Instant::now() + latency),
        _ => None,
    }
}

fn patience_ends(mode: Mode, first_lost: Option<Instant>) -> Instant {
    match (mode, first_lost) {
        (Mode::LoseReplies(patience), Some(lost)) => lost + patience,
        _ => Instant::now() + NEVER,
    }
}
