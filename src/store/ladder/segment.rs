//! Segments: pcap files that are written one after the other.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::index::Spot;
use super::{AGE, LadderSettings, SPAN};
use crate::base::Instant;
use crate::sip::Transport;
use crate::sip::trace::{Packet, pcap};
use crate::store::private;

/// Segments that the bytes are shared among.
const SHARES: u64 = 16;
/// No packet is longer; what is, was not written by us.
const PACKET_MAX: usize = 70_000;

#[derive(Debug)]
pub struct Segments {
    settings: LadderSettings,
    /// The oldest first.
    all: VecDeque<Piece>,
    /// Of the last one, while it is written.
    writing: Option<BufWriter<File>>,
    next: u32,
}

#[derive(Debug)]
struct Piece {
    number: u32,
    begun: Instant,
    /// Of the last message.
    last: Instant,
    size: u64,
}

/// Where one message is to be read.
pub struct Read {
    file: Arc<File>,
    at: u64,
}

impl Segments {
    pub fn new(settings: LadderSettings) -> Self {
        Self { settings, all: VecDeque::new(), writing: None, next: 1 }
    }

    /// The number of the oldest one there is.
    pub fn oldest(&self) -> u32 {
        self.all.front().map_or(self.next, |segment| segment.number)
    }

    /// Those of an earlier process, oldest first.
    pub fn find(&mut self, now: Instant) -> io::Result<Vec<u32>> {
        private::make_folder(&self.settings.folder)?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.settings.folder)? {
            let name = entry?.file_name();
            let number: Option<u32> =
                name.to_str().and_then(|name| name.strip_suffix(".pcap")).and_then(|name| name.parse().ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        for number in &numbers {
            let size = fs::metadata(self.path(*number))?.len();
            self.all.push_back(Piece { number: *number, begun: now, last: now, size });
        }
        self.next = numbers.last().map_or(1, |last: &u32| last.saturating_add(1));
        Ok(numbers)
    }

    /// All whole messages of a segment, and where they are.
    pub fn messages(&mut self, number: u32) -> io::Result<Vec<(Spot, Bytes)>> {
        let mut bytes = Vec::new();
        File::open(self.path(number))?.read_to_end(&mut bytes)?;
        let bytes = Bytes::from(bytes);
        let (mut found, mut at) = (Vec::new(), pcap::HEADER.len());
        let mut times: Option<(Instant, Instant)> = None;
        while let Some((size, time, packet)) = cut(&bytes, at) {
            times = Some((times.map_or(time, |(first, _)| first), time));
            if let (Some((.., message)), Ok(place)) = (pcap::read(&packet), u32::try_from(at)) {
                found.push((Spot { segment: number, at: place }, message));
            }
            at = at.saturating_add(size);
        }
        if let (Some(segment), Some((begun, last))) = (self.all.iter_mut().find(|one| one.number == number), times) {
            (segment.begun, segment.last) = (begun, last);
        }
        Ok(found)
    }

    pub fn append(&mut self, now: Instant, record: &[u8]) -> io::Result<Spot> {
        let share = (self.settings.bytes / SHARES).clamp(1 << 16, 1 << 30);
        let full = self.all.back().is_none_or(|last| last.size >= share || now.since(last.begun) >= SPAN);
        if full || self.writing.is_none() {
            self.begin(now)?;
        }
        let (Some(segment), Some(file)) = (self.all.back_mut(), &mut self.writing) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let place = Spot { segment: segment.number, at: u32::try_from(segment.size).unwrap_or(u32::MAX) };
        if let Err(error) = file.write_all(record) {
            // What is in the file now nobody knows.
            self.writing = None;
            return Err(error);
        }
        segment.size = segment.size.saturating_add(record.len() as u64);
        segment.last = now;
        Ok(place)
    }

    fn begin(&mut self, now: Instant) -> io::Result<()> {
        self.flush()?;
        self.writing = None;
        private::make_folder(&self.settings.folder)?;
        let number = self.next;
        let mut file = BufWriter::new(private::options().write(true).create_new(true).open(self.path(number))?);
        self.next = self.next.saturating_add(1);
        file.write_all(&pcap::HEADER)?;
        self.writing = Some(file);
        self.all.push_back(Piece { number, begun: now, last: now, size: pcap::HEADER.len() as u64 });
        self.age(now)
    }

    /// Lets go what is too old or too much; never the one that is written.
    pub fn age(&mut self, now: Instant) -> io::Result<()> {
        self.flush()?;
        loop {
            let total = self.all.iter().map(|segment| segment.size).fold(0, u64::saturating_add);
            let Some(oldest) = self.all.front() else { return Ok(()) };
            let over = total > self.settings.bytes || now.since(oldest.last) >= AGE;
            if !over || (self.all.len() == 1 && self.writing.is_some() && now.since(oldest.last) < AGE) {
                return Ok(());
            }
            if self.all.len() == 1 {
                self.writing = None;
            }
            match fs::remove_file(self.path(oldest.number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => drop(self.all.pop_front()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writing.as_mut().map_or(Ok(()), BufWriter::flush)
    }

    /// What has to be read for these messages.
    pub fn reads(&mut self, places: &[Spot]) -> io::Result<Vec<Read>> {
        self.flush()?;
        let mut open: Option<(u32, Arc<File>)> = None;
        let mut places = places.to_vec();
        places.sort_unstable();
        let mut reads = Vec::with_capacity(places.len());
        for place in places {
            let file = match &open {
                Some((number, file)) if *number == place.segment => file.clone(),
                _ => Arc::new(File::open(self.path(place.segment))?),
            };
            open = Some((place.segment, file.clone()));
            reads.push(Read { file, at: place.at.into() });
        }
        Ok(reads)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.settings.folder.join(format!("{number:010}.pcap"))
    }
}

impl Read {
    /// `None`: it is not there any more.
    pub fn packet(self) -> Option<Packet> {
        let mut head = [0; pcap::RECORD];
        self.file.read_exact_at(&mut head, self.at).ok()?;
        let (size, at) = pcap::size(&head);
        let mut packet = vec![0; Some(size).filter(|size| *size <= PACKET_MAX)?];
        self.file.read_exact_at(&mut packet, self.at.checked_add(pcap::RECORD as u64)?).ok()?;
        let (from, to, bytes) = pcap::read(&packet.into())?;
        Some(Packet { at, transport: transport(&bytes), from, to, bytes })
    }
}

/// The record at this place: its whole length, its time, its packet.
fn cut(bytes: &Bytes, at: usize) -> Option<(usize, Instant, Bytes)> {
    let (size, time) = pcap::size(bytes.get(at..)?.first_chunk()?);
    let begin = at.checked_add(pcap::RECORD)?;
    let end = begin.checked_add(size).filter(|end| size <= PACKET_MAX && *end <= bytes.len())?;
    Some((end.checked_sub(at)?, time, bytes.slice(begin..end)))
}

/// What it went over, as its first Via says: request and response of a hop have the same one.
fn transport(message: &[u8]) -> Transport {
    let text = String::from_utf8_lossy(message.get(..1_000.min(message.len())).unwrap_or_default());
    let via = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_via = matches!(name.trim().to_ascii_lowercase().as_str(), "via" | "v");
        is_via.then(|| value.trim().to_ascii_uppercase())
    });
    match via.unwrap_or_default().strip_prefix("SIP/2.0/").and_then(|rest| rest.split_whitespace().next()) {
        Some("TCP") => Transport::Tcp,
        Some("TLS") => Transport::Tls,
        Some("WS" | "WSS") => Transport::Ws,
        _ => Transport::Udp,
    }
}
