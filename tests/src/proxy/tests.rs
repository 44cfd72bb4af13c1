use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout},
};

use super::*;

const SOON: Duration = Duration::from_secs(10);
const A_WHILE: Duration = Duration::from_millis(150);

/// An upstream that answers each byte with the byte, and counts those it was sent.
struct Echo {
    proxy: Proxy,
    received: Arc<AtomicUsize>,
}

impl Echo {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, received) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counting = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let counting = Arc::clone(&counting);
                tokio::spawn(async move {
                    let mut buffer = [0; 1024];
                    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                        counting.fetch_add(count, SeqCst);
                        stream.write_all(&buffer[..count]).await.unwrap_or_default();
                    }
                });
            }
        });
        Self { proxy: Proxy::start(address.to_string()).await, received }
    }

    async fn client(&self) -> TcpStream {
        TcpStream::connect(self.proxy.address()).await.unwrap()
    }

    async fn has_received(&self, count: usize) {
        let all = async {
            while self.received.load(SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(SOON, all).await.unwrap();
    }
}

async fn ask(client: &mut TcpStream, byte: u8) -> std::io::Result<u8> {
    client.write_all(&[byte]).await?;
    timeout(SOON, client.read_u8()).await.expect("an answer or an end")
}

/// Whether the connection ends with a reset and not with an orderly close.
async fn is_reset(client: &mut TcpStream) -> bool {
    let read = timeout(SOON, client.read_u8()).await.expect("an end");
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
}

#[tokio::test]
async fn a_link_carries_both_ways_and_closes_in_order() {
    let echo = Echo::start().await;
    let mut client = echo.client().await;
    assert_eq!(ask(&mut client, 7).await.unwrap(), 7);
    let large = vec![1; 1_000_000];
    let (mut reading, mut writing) = client.into_split();
    let sending = tokio::spawn(async move {
        writing.write_all(&large).await.unwrap();
        writing.shutdown().await.unwrap();
    });
    let mut all = Vec::new();
    timeout(SOON, reading.read_to_end(&mut all)).await.unwrap().unwrap();
    sending.await.unwrap();
    assert_eq!(all.len(), 1_000_000);
}

#[tokio::test]
async fn a_slow_link_delays_each_direction_and_lets_requests_follow_each_other() {
    let echo = Echo::start().await;
    let mut client = echo.client().await;
    echo.proxy.set(Mode::Latency(A_WHILE));
    let started = Instant::now();
    for byte in 0..20 {
        client.write_all(&[byte]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut answers = [0; 20];
    timeout(SOON, client.read_exact(&mut answers)).await.unwrap().unwrap();
    assert_eq!(answers.to_vec(), (0..20).collect::<Vec<u8>>());
    assert!(started.elapsed() >= 2 * A_WHILE);
    assert!(started.elapsed() < 20 * A_WHILE, "each waited for the one before");
}

#[tokio::test]
async fn a_cut_link_resets_open_and_new_connections_until_it_passes_again() {
    let echo = Echo::start().await;
    let mut open = echo.client().await;
    ask(&mut open, 1).await.unwrap();
    echo.proxy.set(Mode::Reset);
    assert!(is_reset(&mut open).await);
    assert!(ask(&mut echo.client().await, 2).await.is_err());
    echo.proxy.set(Mode::Pass);
    assert_eq!(ask(&mut echo.client().await, 3).await.unwrap(), 3);
}

#[tokio::test]
async fn a_black_hole_swallows_and_spares_who_kept_silent() {
    let echo = Echo::start().await;
    let (mut silent, mut speaking) = (echo.client().await, echo.client().await);
    ask(&mut silent, 1).await.unwrap();
    ask(&mut speaking, 2).await.unwrap();
    echo.proxy.set(Mode::BlackHole);
    speaking.write_all(&[3]).await.unwrap();
    assert!(timeout(A_WHILE, speaking.read_u8()).await.is_err(), "nothing comes and nothing ends");
    assert_eq!(echo.received.load(SeqCst), 2);
    echo.proxy.set(Mode::Pass);
    assert!(is_reset(&mut speaking).await);
    assert_eq!(ask(&mut silent, 4).await.unwrap(), 4);
}

#[tokio::test]
async fn where_replies_are_lost_the_request_takes_effect_and_the_connection_is_reset() {
    let echo = Echo::start().await;
    let mut client = echo.client().await;
    ask(&mut client, 1).await.unwrap();
    echo.proxy.set(Mode::LoseReplies(A_WHILE));
    let asked = Instant::now();
    client.write_all(&[2]).await.unwrap();
    echo.has_received(2).await;
    assert!(is_reset(&mut client).await);
    assert!(asked.elapsed() >= A_WHILE);
}

#[tokio::test]
async fn a_lost_reply_is_not_made_good_when_the_link_heals() {
    let echo = Echo::start().await;
    let mut client = echo.client().await;
    ask(&mut client, 1).await.unwrap();
    echo.proxy.set(Mode::LoseReplies(SOON * 10));
    client.write_all(&[2]).await.unwrap();
    echo.has_received(2).await;
    // Long enough for the reply to have come this far.
    tokio::time::sleep(A_WHILE).await;
    echo.proxy.set(Mode::Pass);
    assert!(is_reset(&mut client).await);
}

#[tokio::test]
async fn an_upstream_that_is_not_there_resets_its_clients() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let proxy = Proxy::start(gone.to_string()).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(ask(&mut client, 1).await.is_err());
}

#[tokio::test]
async fn a_proxy_that_is_dropped_ends_its_connections() {
    let echo = Echo::start().await;
    let mut client = echo.client().await;
    ask(&mut client, 1).await.unwrap();
    drop(echo);
    assert!(timeout(SOON, client.read_u8()).await.unwrap().is_err());
}
