//! A SIP phone over UDP for the demo and for tests: the server's own [`Endpoint`](crate::sip::endpoint::Endpoint) as user agent, digest
//! registration, and sound on a port of its own for each call.
//!
//! What it is not: a phone for people. It accepts calls of its server only, and lets several stand side
//! by side: one phone carries all simulated callers.
//!
//! | part | does |
//! | --- | --- |
//! | [`Phone`] | dials; tells whether it is registered; hangs everything up at its end |
//! | [`Rings`] | the calls that come in, each a [`Line`] to answer or to decline |
//! | [`Line`] | one call: how it stands, its sound, hanging up; dropping it hangs up |
//! | [`exchange`](super::exchange) | the task behind: socket, endpoint, registration |

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::audio::{Agreed, Audio};
use super::exchange::Exchange;
use super::register::Account;
use crate::base::{IdSource, LegId, Rng};
use crate::net::clock::Clock;
use crate::sip::{CallerId, LegEnd};

/// Orders that wait for the phone's task.
const ORDERS: usize = 256;
/// Calls that ring and were not looked at; more are busy.
const RINGS: usize = 4;
/// Ids that the phone leaves between those of two calls it makes (see [`IdSource`]).
const LANES: u64 = 8;

pub struct PhoneSettings {
    /// The server's SIP address, UDP.
    pub server: SocketAddr,
    /// What the phone binds to.
    pub bind: IpAddr,
    /// Registers and stays so, when there is one.
    pub account: Option<Account>,
    pub seed: u64,
    pub clock: Clock,
    /// Ends the phone: it hangs up and signs off.
    pub stop: CancellationToken,
    /// The phone's task is one of these.
    pub tasks: TaskTracker,
}

/// Why a phone cannot do what it is told.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    #[error("the phone has ended")]
    Ended,
    #[error("the call is not answered")]
    NotAnswered,
    #[error("no port for the sound: {0}")]
    Port(#[from] io::Error),
}

/// What becomes of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineEvent {
    /// The other side rings.
    Ringing,
    /// Both sides agreed on the sound.
    Connected,
    Ended(LegEnd),
}

/// What the task is told.
pub(super) enum Order {
    Dial { leg: LegId, from: CallerId, number: String, ends: Ends },
    Answer { leg: LegId, rtp: SocketAddr, agreed: Agreed },
    Decline { leg: LegId },
    HangUp { leg: LegId },
}

/// The task's side of a call that we make.
pub(super) struct Ends {
    pub rtp: SocketAddr,
    pub agreed: Agreed,
    pub events: mpsc::Sender<LineEvent>,
}

/// Clones are the same phone.
#[derive(Clone)]
pub struct Phone {
    address: SocketAddr,
    orders: mpsc::Sender<Order>,
    registered: watch::Receiver<bool>,
    ids: Arc<AtomicU64>,
    clock: Clock,
}

/// Calls that come in.
pub struct Rings(mpsc::Receiver<Line>);

impl Phone {
    /// Opens a socket and starts the task.
    pub async fn open(settings: PhoneSettings) -> io::Result<(Self, Rings)> {
        let socket = UdpSocket::bind((settings.bind, 0)).await?;
        Self::on(socket, settings)
    }

    /// Starts the task on a socket that is open already.
    pub fn on(socket: UdpSocket, settings: PhoneSettings) -> io::Result<(Self, Rings)> {
        let address = socket.local_addr()?;
        let (orders, inlet) = mpsc::channel(ORDERS);
        let (rings, ringing) = mpsc::channel(RINGS);
        let (told, registered) = watch::channel(false);
        // Lane 5: never an id of the endpoint's own.
        let first = IdSource::new(settings.clock.now(), 5).take();
        let clock = settings.clock;
        let phone = Self { address, orders, registered, ids: Arc::new(AtomicU64::new(first)), clock };
        let tasks = settings.tasks.clone();
        let exchange = Exchange::new(settings, socket, address, phone.orders.downgrade(), rings, told);
        tasks.spawn(exchange.run(inlet));
        Ok((phone, Rings(ringing)))
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the account is registered; `false` if that takes longer.
    pub async fn is_registered_within(&self, limit: Duration) -> bool {
        let mut registered = self.registered.clone();
        let waiting = registered.wait_for(|registered| *registered);
        matches!(tokio::time::timeout(limit, waiting).await, Ok(Ok(_)))
    }

    /// Calls a number. The call begins at once; [`Line::event`] tells how it goes.
    pub async fn dial(&self, from: CallerId, number: &str) -> Result<Line, PhoneError> {
        let leg = LegId(self.ids.fetch_add(LANES, Ordering::Relaxed));
        let (audio, rtp, agreed) = Audio::open(self.address.ip(), self.clock, Rng::new(leg.0)).await?;
        let (events, told) = line_events();
        let ends = Ends { rtp, agreed, events };
        let order = Order::Dial { leg, from: from.clone(), number: number.to_owned(), ends };
        self.orders.send(order).await.map_err(|_| PhoneError::Ended)?;
        let (orders, clock, bind) = (self.orders.downgrade(), self.clock, self.address.ip());
        Ok(Line { leg, from, called: number.to_owned(), events: told, orders, audio: Some(audio), clock, bind })
    }
}

impl Rings {
    /// The next call; `None` when the phone has ended.
    pub async fn next(&mut self) -> Option<Line> {
        self.0.recv().await
    }
}

/// Room for every event a call has.
pub(super) fn line_events() -> (mpsc::Sender<LineEvent>, mpsc::Receiver<LineEvent>) {
    mpsc::channel(8)
}

/// One call.
pub struct Line {
    pub(super) leg: LegId,
    /// Who calls.
    pub from: CallerId,
    /// The number that was dialled.
    pub called: String,
    pub(super) events: mpsc::Receiver<LineEvent>,
    pub(super) orders: mpsc::WeakSender<Order>,
    /// `None`: it rings and is not answered.
    pub(super) audio: Option<Audio>,
    pub(super) clock: Clock,
    pub(super) bind: IpAddr,
}

impl Line {
    /// What happens next; `None` after the end.
    pub async fn event(&mut self) -> Option<LineEvent> {
        self.events.recv().await
    }

    /// Waits for the end of the call.
    pub async fn ended(&mut self) -> Option<LegEnd> {
        loop {
            match self.event().await {
                Some(LineEvent::Ended(end)) => return Some(end),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Answers a call that rings; [`LineEvent::Connected`] follows.
    pub async fn answer(&mut self) -> Result<(), PhoneError> {
        let (audio, rtp, agreed) = Audio::open(self.bind, self.clock, Rng::new(self.leg.0)).await?;
        self.order(Order::Answer { leg: self.leg, rtp, agreed }).await?;
        self.audio = Some(audio);
        Ok(())
    }

    /// Sends a call that rings away as busy.
    pub async fn decline(&mut self) -> Result<(), PhoneError> {
        self.order(Order::Decline { leg: self.leg }).await
    }

    pub async fn hang_up(&mut self) -> Result<(), PhoneError> {
        self.order(Order::HangUp { leg: self.leg }).await
    }

    /// The sound of a call that was made or answered.
    pub fn audio(&self) -> Result<Audio, PhoneError> {
        self.audio.clone().ok_or(PhoneError::NotAnswered)
    }

    async fn order(&self, order: Order) -> Result<(), PhoneError> {
        let orders = self.orders.upgrade().ok_or(PhoneError::Ended)?;
        orders.send(order).await.map_err(|_| PhoneError::Ended)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(orders) = self.orders.upgrade() {
            // A queue that is full now is empty in a moment: the call must not be left standing.
            let order = Order::HangUp { leg: self.leg };
            if let Err(mpsc::error::TrySendError::Full(order)) = orders.try_send(order) {
                tokio::spawn(async move { orders.send(order).await });
            }
        }
    }
}
