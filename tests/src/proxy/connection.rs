//! One connection: two pipes, and how it ends.

use tokio::{net::TcpStream, sync::watch};

use super::{
    Mode,
    pipe::{self, Broken},
};

/// Carries a connection to its end.
pub(super) async fn carry(mut client: TcpStream, mut server: TcpStream, mode: watch::Receiver<Mode>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let requests = pipe::carry(from_client, to_server, mode.clone(), swallows_requests);
        let replies = pipe::carry(from_server, to_client, mode.clone(), swallows_replies);
        tokio::select! {
            biased;
            () = is_cut(mode) => Err(Broken),
            // Each direction may be closed by itself; a break in one ends both.
            ended = async { tokio::try_join!(requests, replies) } => ended.map(drop),
        }
    };
    if ended.is_err() {
        reset(&client);
        reset(&server);
    }
}

/// Has a connection end with a reset when it is dropped, which loses what is under way.
pub(super) fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// A full pipe does not see a change of mode; this does.
async fn is_cut(mut mode: watch::Receiver<Mode>) {
    let _ = mode.wait_for(|mode| *mode == Mode::Reset).await;
}

fn swallows_requests(mode: Mode) -> bool {
    mode == Mode::BlackHole
}

fn swallows_replies(mode: Mode) -> bool {
    matches!(mode, Mode::BlackHole | Mode::LoseReplies(_))
}
