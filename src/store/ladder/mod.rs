//! The SIP messages of calls, kept for a day: what a ladder of one call is drawn from.
//!
//! They lie in pcap files (segments) in a folder of their own, so that they outlive the process and can be opened as
//! they are; an index in memory knows where the messages of each Call-ID are. What nobody may read is taken out before
//! it comes here ([`crate::sip::trace::redacted`]).
//!
//! | what | limit | beyond |
//! | --- | --- | --- |
//! | bytes on the disk | [`LadderSettings::bytes`] | the oldest segment goes |
//! | age | [`AGE`], and up to one segment's [`SPAN`] more | the same |
//! | messages of one call | [`MESSAGES`] | the later ones are not kept |
//! | what the index takes | as many entries as messages are on the disk | |
//!
//! A segment that was cut off (kill -9) is read up to the cut, and never written again.

mod index;
mod segment;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use index::Index;
use segment::Segments;

use crate::base::{Instant, InteractionId};
use crate::sip::trace::{Gist, Packet, pcap};

/// How long messages are kept.
pub const AGE: Duration = Duration::from_secs(86_400);
/// A new segment begins at the latest after this.
pub const SPAN: Duration = Duration::from_secs(3_600);
/// Of one Call-ID.
pub const MESSAGES: usize = 1_000;
/// Call-IDs of one contact.
const CALLS: usize = 64;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LadderSettings {
    pub folder: PathBuf,
    /// On the disk, all segments together.
    pub bytes: u64,
}

/// See the module's head. Methods read and write files: not for tasks.
#[derive(Debug)]
pub struct Ladder(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    segments: Segments,
    index: Index,
}

impl Ladder {
    /// Empty until [`Ladder::recall`].
    pub fn new(settings: LadderSettings) -> Self {
        Self(Mutex::new(Inner { segments: Segments::new(settings), index: Index::default() }))
    }

    /// Reads what an earlier process has left.
    pub fn recall(&self, now: Instant) -> io::Result<()> {
        let found = self.inner().segments.find(now)?;
        for number in found {
            let messages = self.inner().segments.messages(number)?;
            let inner = &mut *self.inner();
            for (place, packet) in messages {
                if let Some(gist) = Gist::of(&packet) {
                    inner.index.add(&gist, place);
                }
            }
        }
        Ok(())
    }

    /// Keeps a message of a call; what belongs to none is not kept.
    pub fn keep(&self, packet: &Packet) -> io::Result<()> {
        let Some(gist) = Gist::of(&packet.bytes).filter(|gist| is_of_call(gist.method)) else { return Ok(()) };
        let inner = &mut *self.inner();
        if !inner.index.has_room(gist.call_id) {
            return Ok(());
        }
        let record = pcap::record(packet.at, packet.from, packet.to, &packet.bytes);
        let place = inner.segments.append(packet.at, &record)?;
        inner.index.add(&gist, place);
        inner.index.forget_before(inner.segments.oldest());
        Ok(())
    }

    /// Lets go what is too old, also while nothing comes in.
    pub fn age(&self, now: Instant) -> io::Result<()> {
        let inner = &mut *self.inner();
        inner.segments.age(now)?;
        inner.index.forget_before(inner.segments.oldest());
        Ok(())
    }

    /// The messages of a contact, in the order of time: by the INVITEs that name it, and by these Call-IDs.
    pub fn messages(&self, contact: InteractionId, call_ids: &[String]) -> io::Result<Vec<Packet>> {
        let reads = {
            let inner = &mut *self.inner();
            let places = inner.index.places(contact, call_ids);
            inner.segments.reads(&places)?
        };
        let mut packets: Vec<Packet> = reads.into_iter().filter_map(segment::Read::packet).collect();
        packets.sort_by_key(|packet| packet.at);
        Ok(packets)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registrations and questions are of no call.
fn is_of_call(method: &str) -> bool {
    !matches!(method, "REGISTER" | "OPTIONS" | "SUBSCRIBE" | "PUBLISH" | "MESSAGE")
}

/// The messages as a pcap file.
pub fn file(packets: &[Packet]) -> Vec<u8> {
    let records = packets.iter().map(|packet| pcap::record(packet.at, packet.from, packet.to, &packet.bytes));
    records.fold(pcap::HEADER.to_vec(), |mut file, record| {
        file.extend_from_slice(&record);
        file
    })
}

#[cfg(test)]
mod tests;
