//! From the thread that writes a file to the client who reads it: few pieces at once, and an end that is told.

use std::{
    io::{self, BufWriter, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::{Stream, stream};
use tokio::{runtime::Handle, sync::mpsc};

use crate::problem::{INTERNAL, Problem};

/// Pieces that wait for the client.
const WAITING: usize = 2;
/// The bytes of a piece of a workbook.
const PIECE: usize = 64 * 1024;
/// A client who takes nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What comes of a file next.
enum Piece {
    Bytes(Vec<u8>),
    End(Result<(), Problem>),
}

/// Where a file's bytes go.
pub struct Outlet {
    runtime: Handle,
    pieces: mpsc::Sender<Piece>,
    patience: Duration,
    /// The client took nothing for so long that nothing more is offered.
    is_given_up: AtomicBool,
}

/// Where they come from.
pub struct Pieces {
    first: Option<Piece>,
    rest: mpsc::Receiver<Piece>,
}

/// Both sides.
pub fn channel(runtime: Handle) -> (Outlet, Pieces) {
    patient(runtime, PATIENCE)
}

fn patient(runtime: Handle, patience: Duration) -> (Outlet, Pieces) {
    let (pieces, rest) = mpsc::channel(WAITING);
    (Outlet { runtime, pieces, patience, is_given_up: AtomicBool::new(false) }, Pieces { first: None, rest })
}

impl Outlet {
    /// Passes bytes on, once there is room. Not to be called on a thread of the runtime.
    ///
    /// # Errors
    /// The client is gone, or takes nothing.
    pub fn pass_on(&self, bytes: Vec<u8>) -> io::Result<()> {
        if self.pieces.is_closed() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if bytes.is_empty() { Ok(()) } else { self.send(Piece::Bytes(bytes)) }
    }

    /// Says how the file ended.
    pub fn end(&self, end: Result<(), Problem>) {
        if let Err(problem) = &end {
            tracing::warn!(%problem, "an export ended early");
        }
        // Who does not hear of it sees an end that was not told.
        let _ = self.send(Piece::End(end));
    }

    /// Takes bytes as a file does.
    pub fn writer(&self) -> impl Write + Send + '_ {
        BufWriter::with_capacity(PIECE, Passing(self))
    }

    fn send(&self, piece: Piece) -> io::Result<()> {
        if self.is_given_up.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let sent = async { tokio::time::timeout(self.patience, self.pieces.send(piece)).await };
        match self.runtime.block_on(sent) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => {
                self.is_given_up.store(true, Ordering::Relaxed);
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}

struct Passing<'a>(&'a Outlet);

impl Write for Passing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.pass_on(bytes.to_vec())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pieces {
    /// Waits for the first bytes.
    ///
    /// # Errors
    /// The problem that there are none.
    pub async fn begun(mut self) -> Result<Self, Problem> {
        match self.rest.recv().await {
            Some(Piece::End(Err(problem))) => Err(problem),
            None => Err(Problem::new(INTERNAL).because(UNTOLD)),
            first => {
                self.first = first;
                Ok(self)
            }
        }
    }

    /// The bytes; an error where they end before the file does.
    pub fn stream(self) -> impl Stream<Item = Result<Vec<u8>, io::Error>> {
        stream::unfold(Some(self), |pieces| async {
            let mut pieces = pieces?;
            let piece = match pieces.first.take() {
                Some(first) => Some(first),
                None => pieces.rest.recv().await,
            };
            match piece {
                Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(pieces))),
                Some(Piece::End(Ok(()))) => None,
                Some(Piece::End(Err(problem))) => Some((Err(io::Error::other(problem.to_string())), None)),
                None => Some((Err(io::Error::other(UNTOLD)), None)),
            }
        })
    }
}

const UNTOLD: &str = "whoever wrote the file is gone";

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    /// The bytes that arrive of what is written, and whether they are all.
    async fn read(write: impl FnOnce(Outlet) + Send + 'static) -> Result<(Vec<u8>, bool), Problem> {
        let (outlet, pieces) = channel(Handle::current());
        let written = tokio::task::spawn_blocking(move || write(outlet));
        let got: Vec<_> = pieces.begun().await?.stream().collect().await;
        written.await.unwrap();
        let is_whole = got.iter().all(Result::is_ok);
        Ok((got.into_iter().flatten().flatten().collect(), is_whole))
    }

    #[tokio::test]
    async fn bytes_arrive_in_order_and_the_end_is_told() {
        let got = read(|outlet| {
            (0..9).for_each(|n| outlet.pass_on(vec![n]).unwrap());
            outlet.writer().write_all(&[9; 200_000]).unwrap();
            outlet.end(Ok(()));
        });
        let (bytes, is_whole) = got.await.unwrap();
        assert_eq!((bytes.len(), &bytes[..9], is_whole), (200_009, &[0, 1, 2, 3, 4, 5, 6, 7, 8][..], true));
    }

    #[tokio::test]
    async fn what_ends_early_never_looks_whole() {
        let fails = read(|outlet| {
            outlet.pass_on(vec![1]).unwrap();
            outlet.end(Err(Problem::new(INTERNAL)));
        });
        assert_eq!(fails.await.unwrap(), (vec![1], false));
        let dies = read(|outlet| outlet.pass_on(vec![1]).unwrap());
        assert_eq!(dies.await.unwrap(), (vec![1], false));
    }

    #[tokio::test]
    async fn what_fails_before_it_begins_is_a_problem() {
        let problem = read(|outlet| outlet.end(Err(Problem::new(INTERNAL).detail("no disk")))).await.unwrap_err();
        assert_eq!(problem, Problem::new(INTERNAL).detail("no disk"));
        assert!(read(drop).await.is_err());
    }

    #[tokio::test]
    async fn nothing_is_written_for_a_client_who_is_gone() {
        let (outlet, pieces) = channel(Handle::current());
        drop(pieces);
        let passed = tokio::task::spawn_blocking(move || outlet.pass_on(vec![1])).await.unwrap();
        assert_eq!(passed.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test]
    async fn a_client_who_takes_nothing_is_waited_for_once_and_never_told_that_it_is_whole() {
        let (outlet, pieces) = patient(Handle::current(), Duration::from_millis(500));
        let written = tokio::task::spawn_blocking(move || {
            let begun = std::time::Instant::now();
            // What is buffered is offered again when the writer is dropped.
            let written = {
                let mut writer = outlet.writer();
                (0..9).try_for_each(|_| writer.write_all(&vec![0; PIECE - 1]))
            };
            outlet.end(Ok(()));
            (written.unwrap_err().kind(), begun.elapsed())
        });
        let (kind, waited) = written.await.unwrap();
        assert_eq!(kind, io::ErrorKind::TimedOut);
        assert!(waited < Duration::from_millis(990), "{waited:?}");
        let got: Vec<_> = pieces.begun().await.unwrap().stream().collect().await;
        assert!(got.last().unwrap().is_err());
    }
}
