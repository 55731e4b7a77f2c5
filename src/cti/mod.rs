//! CTI: the socket between the center and the desktops (`docs/api.md` §2 is its specification).
//!
//! [`Hub`] numbers what the center pushes to an agent, keeps it in a bounded ring and hands it to each
//! open tab; a tab that comes back says where it was and gets the gap, or a snapshot. [`mod@socket`] speaks the
//! protocol on one WebSocket. What it is not: it decides nothing about agents and calls.
//!
//! | what | limit | when full |
//! | --- | --- | --- |
//! | ring of an agent | 1,000 events, 256 KiB | the oldest is forgotten; a reader that needs it gets a snapshot |
//! | queue of a reader | 256 messages | the reader is closed with 4008 |
//! | differences of the board a reader is behind | 16 | it gets the whole board again |
//! | readers of an agent | 16 | close 4429 |
//! | message from a client | 16 KiB | close 1009 |
//! | commands of a socket in flight | 20 | refused, `overloaded` |

mod describe;
mod feed;
mod history;
mod hub;
mod message;
mod socket;

pub use describe::{Description, Message, Sender, command_head, description};
pub use feed::{Difference, Feed, News, Whole};
pub use hub::{Attached, Hub, HubSettings, ReaderId, Watcher};
pub use message::{ClientMessage, Hello, Since, Topic, parse};
pub use socket::{SocketState, socket};
