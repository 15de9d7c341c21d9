//! A proxy that makes the network bad.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::port::Port;
use crate::process::within;

const PATIENCE: Duration = Duration::from_secs(5);

/// A plain TCP proxy before a store or a mail server. It runs on a thread of its own, so that it also works while
/// the test blocks. Each change is in force for open connections too, and before the call returns.
pub struct TcpProxy {
    weather: Option<watch::Sender<Weather>>,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
    port: Port,
}

#[derive(Clone, Copy)]
struct Weather {
    flow: Flow,
    delay: Duration,
    /// How often all connections were reset; one that is older than the number is to go.
    resets: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Open,
    AnswersHeld,
    Held,
    Cut,
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Request,
    Answer,
}

#[derive(Default)]
struct State {
    listening: AtomicBool,
    connections: AtomicUsize,
}

impl TcpProxy {
    /// Starts one that passes everything on to `target`, such as [`crate::Redis::address`].
    #[must_use]
    pub fn to(target: &str) -> Self {
        let target: SocketAddr = target.parse().unwrap_or_else(|e| panic!("{target} is no address: {e}"));
        let port = Port::claim();
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
        let clear = Weather { flow: Flow::Open, delay: Duration::ZERO, resets: 0 };
        let (sender, weather) = watch::channel(clear);
        let state = Arc::new(State::default());
        let seen = Arc::clone(&state);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime can be made");
            runtime.block_on(serve(here, target, weather, seen));
        });
        let proxy = Self { weather: Some(sender), state, thread: Some(thread), port };
        proxy.wait_until(|state| state.listening.load(Ordering::SeqCst));
        proxy
    }

    /// `127.0.0.1:<port>`, to be given to the server instead of the target.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// How many connections are open through it.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Passes nothing on, in either direction, and closes nothing, until [`TcpProxy::restore`].
    pub fn pause(&self) {
        self.change(|weather| weather.flow = Flow::Held);
    }

    /// Passes requests on and holds the answers back: what was asked happens, the asker does not learn it.
    pub fn hold_answers(&self) {
        self.change(|weather| weather.flow = Flow::AnswersHeld);
    }

    /// Waits before it passes each piece on, in each direction.
    pub fn delay(&self, milliseconds: u64) {
        self.change(|weather| weather.delay = Duration::from_millis(milliseconds));
    }

    /// Breaks every open connection off with a TCP reset; new ones are welcome.
    pub fn reset(&self) {
        self.change(|weather| weather.resets += 1);
        self.wait_until(|state| state.connections.load(Ordering::SeqCst) == 0);
    }

    /// Breaks every open connection off and refuses new ones, until [`TcpProxy::restore`].
    pub fn cut(&self) {
        self.change(|weather| weather.flow = Flow::Cut);
        self.wait_until(|state| {
            !state.listening.load(Ordering::SeqCst) && state.connections.load(Ordering::SeqCst) == 0
        });
    }

    /// Makes the network good again. What was held back is passed on.
    pub fn restore(&self) {
        self.change(|weather| {
            weather.flow = Flow::Open;
            weather.delay = Duration::ZERO;
        });
        self.wait_until(|state| state.listening.load(Ordering::SeqCst));
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.weather.as_ref().expect("the weather is there until the proxy is dropped").send_modify(change);
    }

    fn wait_until(&self, mut reached: impl FnMut(&State) -> bool) {
        let reached = within(PATIENCE, || reached(&self.state).then_some(()));
        assert!(reached.is_some(), "the proxy at {} did not follow within {PATIENCE:?}", self.address());
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        // Without a sender there is no more weather, and the thread ends.
        drop(self.weather.take());
        if let Some(thread) = self.thread.take() {
            // If it panicked, `wait_until` has told the test.
            let _ = thread.join();
        }
    }
}

async fn serve(here: SocketAddr, target: SocketAddr, mut weather: watch::Receiver<Weather>, state: Arc<State>) {
    while weather.wait_for(|now| now.flow != Flow::Cut).await.is_ok() {
        let listener = TcpListener::bind(here).await.expect("a claimed port is free");
        state.listening.store(true, Ordering::SeqCst);
        let for_connections = weather.clone();
        let cut_or_dropped = weather.wait_for(|now| now.flow == Flow::Cut);
        let dropped = tokio::select! {
            cut = cut_or_dropped => cut.is_err(),
            () = accept(&listener, target, &for_connections, &state) => false,
        };
        drop(listener);
        state.listening.store(false, Ordering::SeqCst);
        if dropped {
            return;
        }
    }
}

async fn accept(listener: &TcpListener, target: SocketAddr, weather: &watch::Receiver<Weather>, state: &Arc<State>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        let (weather, state) = (weather.clone(), Arc::clone(state));
        state.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            if let Ok(server) = TcpStream::connect(target).await {
                carry(client, server, weather).await;
            }
            state.connections.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, weather: watch::Receiver<Weather>) {
    // Small pieces are not to wait for each other: the only delay is the one that was asked for.
    if client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).is_err() {
        return;
    }
    let born = weather.borrow().resets;
    let mut watched = weather.clone();
    let broken = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let requests = pass(from_client, to_server, weather.clone(), Direction::Request);
        let answers = pass(from_server, to_client, weather, Direction::Answer);
        tokio::select! {
            _ = watched.wait_for(|now| now.flow == Flow::Cut || now.resets != born) => true,
            ((), ()) = async { tokio::join!(requests, answers) } => false,
        }
    };
    if broken {
        // A connection that is gone already cannot be reset, and need not be.
        let _ = client.set_zero_linger();
        let _ = server.set_zero_linger();
    }
}

async fn pass(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut weather: watch::Receiver<Weather>,
    direction: Direction,
) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece).await.unwrap_or(0);
        let Ok(now) = weather.wait_for(|now| now.flow.lets_pass(direction)).await.map(|now| *now) else {
            return;
        };
        if !now.delay.is_zero() {
            tokio::time::sleep(now.delay).await;
        }
        let bytes = piece.get(..length).unwrap_or_default();
        if bytes.is_empty() || to.write_all(bytes).await.is_err() {
            // The other side learns that this one has ended; it may have been faster.
            let _ = to.shutdown().await;
            return;
        }
    }
}

impl Flow {
    fn lets_pass(self, direction: Direction) -> bool {
        match self {
            Self::Open => true,
            Self::AnswersHeld => direction == Direction::Request,
            Self::Held | Self::Cut => false,
        }
    }
}
