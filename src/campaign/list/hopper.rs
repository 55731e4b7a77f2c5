//! The hopper: the entries of all lists of all campaigns, and who of them may be called now.
//!
//! One person is never called twice at once, whichever campaigns want them; whoever is not to be called is not, also
//! when that is said between [`Hopper::take`] and [`Hopper::confirm`]. Bounded in entries, shelves and steps: an answer
//! looks at no more than [`LOOKS`] entries, so none takes long however many there are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::attempts::{AttemptRules, Attempted, Tries};
use super::call_hours::CallHours;
use crate::base::Instant;

/// A campaign, as the store numbers them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CampaignId(pub u16);

/// A person, whatever numbers they have: the customer's id, or a digest of the number of somebody unknown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonKey(pub u64);

impl PersonKey {
    /// Of whoever answers this number, E.164 (FNV-1a, 64 bits: the same on every machine and in every version).
    pub fn of_number(number: &str) -> Self {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(number.bytes().fold(0xcbf2_9ce4_8422_2325, step))
    }
}

/// An entry of a list, as long as it is in the hopper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub u32);

/// An entry that comes in.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NewEntry<'a> {
    pub campaign: CampaignId,
    pub list: u16,
    /// Type of the number, as the campaign numbers them.
    pub kind: u8,
    pub person: PersonKey,
    /// IANA names of the zones in which the number may be.
    pub zones: &'a [String],
    /// Calls of an earlier day.
    pub tries: Tries,
}

/// Why an entry is not taken in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum NotAdded {
    #[error("the hopper is full")]
    Full,
    #[error("this person is in the campaign already")]
    Twice,
    #[error("this person is not to be called")]
    DoNotCall,
}

/// An entry that is about to be called: its person is nobody else's until [`Hopper::done`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    pub entry: EntryId,
    pub person: PersonKey,
    pub list: u16,
    pub kind: u8,
}

/// How an entry stands after a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AfterTry {
    pub tries: Tries,
    /// When it is called again at the earliest; `None`: it is done.
    pub due: Option<Instant>,
}

/// Why a call is not made after all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum Withheld {
    #[error("not to be called")]
    DoNotCall,
    #[error("not at this hour")]
    Hours,
    #[error("not about to be called")]
    NotTaken,
}

/// Entries that one answer looks at.
const LOOKS: usize = 128;
/// Entries of one piece of memory: growing never moves what is there.
const CHUNK: usize = 4_096;
/// Shelves: campaigns, lists and zones, each combination one.
const SHELVES_MAX: usize = 8_192;
/// Whoever is in a call of another campaign is looked at again after so long.
const ASIDE_S: u32 = 60;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Entry {
    person: PersonKey,
    shelf: u16,
    kind: u8,
    tries: Tries,
}

/// Entries of one campaign and list that are in the same zones.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shelf {
    list: u16,
    zones: Vec<String>,
    #[serde(skip)]
    known: Vec<Option<TimeZone>>,
    /// The minute for which it was looked at, and whether it is open.
    #[serde(skip)]
    looked: Option<(u64, bool)>,
    fresh: VecDeque<u32>,
    /// Tried before: not before this second.
    again: BinaryHeap<Reverse<(u32, u32)>>,
}

/// One campaign's rules, shelves and where it took from last.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct OfCampaign {
    hours: CallHours,
    rules: AttemptRules,
    shelves: Vec<u16>,
    turn: usize,
}

/// The hopper of the whole center.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hopper {
    most: usize,
    chunks: Vec<Vec<Entry>>,
    /// Numbers of entries that are done, to be used again.
    free: Vec<u32>,
    shelves: Vec<Shelf>,
    campaigns: BTreeMap<CampaignId, OfCampaign>,
    persons: BTreeSet<(CampaignId, PersonKey)>,
    do_not_call: BTreeSet<PersonKey>,
    /// In a call, or about to be: by person, the entry and its campaign.
    called: BTreeMap<PersonKey, (EntryId, CampaignId)>,
}

impl Hopper {
    /// Room for `most` entries.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.min(u32::MAX as usize),
            chunks: Vec::new(),
            free: Vec::new(),
            shelves: Vec::new(),
            campaigns: BTreeMap::new(),
            persons: BTreeSet::new(),
            do_not_call: BTreeSet::new(),
            called: BTreeMap::new(),
        }
    }

    /// A campaign begins, or has other rules.
    pub fn campaign(&mut self, campaign: CampaignId, hours: CallHours, rules: AttemptRules) {
        for shelf in self.campaigns.get(&campaign).map(|of| of.shelves.clone()).unwrap_or_default() {
            if let Some(shelf) = self.shelves.get_mut(usize::from(shelf)) {
                shelf.looked = None;
            }
        }
        let of = self.campaigns.entry(campaign).or_insert_with(|| OfCampaign {
            hours: CallHours::default(),
            rules: AttemptRules::default(),
            shelves: Vec::new(),
            turn: 0,
        });
        (of.hours, of.rules) = (hours, rules);
    }

    /// Takes an entry in.
    pub fn add(&mut self, new: &NewEntry) -> Result<EntryId, NotAdded> {
        self.add_due(new, None)
    }

    /// The same of one that is not to be called before `due`.
    pub fn add_due(&mut self, new: &NewEntry, due: Option<Instant>) -> Result<EntryId, NotAdded> {
        if self.do_not_call.contains(&new.person) {
            return Err(NotAdded::DoNotCall);
        }
        if self.persons.contains(&(new.campaign, new.person)) {
            return Err(NotAdded::Twice);
        }
        let shelf = self.shelf(new).ok_or(NotAdded::Full)?;
        let entry = Entry { person: new.person, shelf, kind: new.kind, tries: new.tries };
        let id = self.put(entry).ok_or(NotAdded::Full)?;
        self.persons.insert((new.campaign, new.person));
        match (due, self.shelves.get_mut(usize::from(shelf))) {
            (Some(due), _) => self.again_at(shelf, id, second(due)),
            (None, Some(shelf)) => shelf.fresh.push_back(id),
            (None, None) => {}
        }
        Ok(EntryId(id))
    }

    fn put(&mut self, entry: Entry) -> Option<u32> {
        if let Some(id) = self.free.pop() {
            *self.entry_mut(id)? = entry;
            return Some(id);
        }
        let full = self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK);
        let len =
            if full { self.chunks.len() * CHUNK } else { (self.chunks.len() - 1) * CHUNK + self.chunks.last()?.len() };
        if len >= self.most {
            return None;
        }
        if full {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks.last_mut()?.push(entry);
        u32::try_from(len).ok()
    }

    fn entry(&self, id: u32) -> Option<&Entry> {
        self.chunks.get(id as usize / CHUNK)?.get(id as usize % CHUNK)
    }

    fn entry_mut(&mut self, id: u32) -> Option<&mut Entry> {
        self.chunks.get_mut(id as usize / CHUNK)?.get_mut(id as usize % CHUNK)
    }

    fn shelf(&mut self, new: &NewEntry) -> Option<u16> {
        let of = self.campaigns.get(&new.campaign)?;
        let same = |at: &&u16| {
            self.shelves.get(usize::from(**at)).is_some_and(|shelf| shelf.list == new.list && shelf.zones == new.zones)
        };
        if let Some(at) = of.shelves.iter().find(same) {
            return Some(*at);
        }
        if self.shelves.len() >= SHELVES_MAX {
            return None;
        }
        let at = u16::try_from(self.shelves.len()).ok()?;
        self.shelves.push(Shelf {
            list: new.list,
            zones: new.zones.to_vec(),
            known: Vec::new(),
            looked: None,
            fresh: VecDeque::new(),
            again: BinaryHeap::new(),
        });
        self.campaigns.get_mut(&new.campaign)?.shelves.push(at);
        Some(at)
    }

    /// Takes who is to be called next: whoever is due again first, else the next of the lists in turn. `None`: nobody may
    /// be called now, or nobody was found in [`LOOKS`] looks; ask again later.
    pub fn take(&mut self, campaign: CampaignId, now: Instant) -> Option<Taken> {
        let of = self.campaigns.get(&campaign)?;
        let (count, turn) = (of.shelves.len(), of.turn);
        let mut looks = 0;
        for step in 0..count {
            let ix = (turn + step) % count;
            let Some(shelf) = self.campaigns.get(&campaign)?.shelves.get(ix).copied() else { continue };
            if !self.is_open(campaign, shelf, now) {
                continue;
            }
            while looks < LOOKS {
                let Some(id) = self.next_of(shelf, now) else { break };
                looks += 1;
                if let Some(taken) = self.try_take(campaign, shelf, id, now) {
                    self.campaigns.get_mut(&campaign)?.turn = ix + 1;
                    return Some(taken);
                }
            }
        }
        None
    }

    fn is_open(&mut self, campaign: CampaignId, shelf: u16, now: Instant) -> bool {
        let Some(hours) = self.campaigns.get(&campaign).map(|of| &of.hours) else { return false };
        let Some(shelf) = self.shelves.get_mut(usize::from(shelf)) else { return false };
        let minute = now.as_millis() / 60_000;
        if let Some((_, open)) = shelf.looked.filter(|(looked, _)| *looked == minute) {
            return open;
        }
        if shelf.known.len() != shelf.zones.len() {
            shelf.known = shelf.zones.iter().map(|name| TimeZone::get(name).ok()).collect();
        }
        let open = hours.allow(&shelf.known, now);
        shelf.looked = Some((minute, open));
        open
    }

    fn next_of(&mut self, shelf: u16, now: Instant) -> Option<u32> {
        let shelf = self.shelves.get_mut(usize::from(shelf))?;
        let due = shelf.again.peek().is_some_and(|Reverse((at, _))| u64::from(*at) <= now.as_millis() / 1_000);
        if due { shelf.again.pop().map(|Reverse((_, id))| id) } else { shelf.fresh.pop_front() }
    }

    fn try_take(&mut self, campaign: CampaignId, shelf: u16, id: u32, now: Instant) -> Option<Taken> {
        let entry = *self.entry(id)?;
        if self.do_not_call.contains(&entry.person) {
            self.finish(campaign, id);
            return None;
        }
        if self.called.contains_key(&entry.person) {
            self.again_at(shelf, id, second(now).saturating_add(ASIDE_S));
            return None;
        }
        self.called.insert(entry.person, (EntryId(id), campaign));
        let list = self.shelves.get(usize::from(shelf)).map_or(0, |shelf| shelf.list);
        Some(Taken { entry: EntryId(id), person: entry.person, list, kind: entry.kind })
    }

    fn again_at(&mut self, shelf: u16, id: u32, second: u32) {
        if let Some(shelf) = self.shelves.get_mut(usize::from(shelf)) {
            shelf.again.push(Reverse((second, id)));
        }
    }

    fn finish(&mut self, campaign: CampaignId, id: u32) {
        if let Some(person) = self.entry(id).map(|entry| entry.person) {
            self.persons.remove(&(campaign, person));
            self.free.push(id);
        }
    }

    /// The last look before the number is dialled: whether it still may be.
    pub fn confirm(&mut self, taken: &Taken, now: Instant) -> Result<(), Withheld> {
        let held = self.called.get(&taken.person).filter(|(entry, _)| *entry == taken.entry);
        let Some((_, campaign)) = held.copied() else { return Err(Withheld::NotTaken) };
        if self.do_not_call.contains(&taken.person) {
            return Err(Withheld::DoNotCall);
        }
        let shelf = self.entry(taken.entry.0).map(|entry| entry.shelf).ok_or(Withheld::NotTaken)?;
        if self.is_open(campaign, shelf, now) { Ok(()) } else { Err(Withheld::Hours) }
    }

    /// A call is over, or was not made: the entry waits for its next try, or is done. `true`: it comes again.
    pub fn done(&mut self, taken: &Taken, ended: Attempted, now: Instant) -> bool {
        self.over(taken, ended, None, now).is_some_and(|after| after.due.is_some())
    }

    /// The same, with what is to be written down; `again`: somebody has said when the next try is to be, whatever the
    /// rules say. `None`: the entry was not being called.
    pub fn over(&mut self, taken: &Taken, ended: Attempted, again: Option<Duration>, now: Instant) -> Option<AfterTry> {
        let held = self.called.get(&taken.person).filter(|(entry, _)| *entry == taken.entry).copied();
        let (_, campaign) = held?;
        self.called.remove(&taken.person);
        let forbidden = self.do_not_call.contains(&taken.person);
        let rules = self.campaigns.get(&campaign).map(|of| &of.rules)?;
        let mut entry = self.entry(taken.entry.0).copied()?;
        let wait = rules.after(&mut entry.tries, ended);
        let room = entry.tries.all() < rules.most;
        let wait = again.filter(|_| room).or(wait).filter(|_| !forbidden);
        if let Some(stored) = self.entry_mut(taken.entry.0) {
            *stored = entry;
        }
        match wait {
            Some(wait) => self.again_at(entry.shelf, taken.entry.0, second(now + wait)),
            None => self.finish(campaign, taken.entry.0),
        }
        Some(AfterTry { tries: entry.tries, due: wait.map(|wait| now + wait) })
    }

    /// It was not called, and stands where it stood.
    pub fn put_back(&mut self, taken: &Taken, now: Instant) {
        if self.called.get(&taken.person).is_none_or(|(entry, _)| *entry != taken.entry) {
            return;
        }
        self.called.remove(&taken.person);
        if let Some(shelf) = self.entry(taken.entry.0).map(|entry| entry.shelf) {
            self.again_at(shelf, taken.entry.0, second(now));
        }
    }

    /// Entries of a campaign that is over go, at most so many of them at once. `true`: there are more.
    pub fn shed(&mut self, campaign: CampaignId, most: usize) -> bool {
        let shelves = self.campaigns.get(&campaign).map(|of| of.shelves.clone()).unwrap_or_default();
        let mut left = most;
        for shelf in shelves {
            while left > 0 {
                let Some(shelf) = self.shelves.get_mut(usize::from(shelf)) else { break };
                let next = shelf.fresh.pop_front().or_else(|| shelf.again.pop().map(|Reverse((_, id))| id));
                let Some(id) = next else { break };
                left -= 1;
                self.finish(campaign, id);
            }
        }
        left == 0
    }

    /// Nobody calls this person any more. `true`: they are being called right now, which is to be ended.
    pub fn forbid(&mut self, person: PersonKey) -> bool {
        self.do_not_call.insert(person);
        self.called.contains_key(&person)
    }

    /// Entries that are not done.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// Memory in bytes, as laid out; the nodes of trees with a third for what stands empty.
    pub fn bytes(&self) -> usize {
        let entries = self.chunks.len() * CHUNK * size_of::<Entry>() + self.free.capacity() * size_of::<u32>();
        let shelf = |shelf: &Shelf| shelf.fresh.capacity() * 4 + shelf.again.capacity() * 8 + size_of::<Shelf>();
        let persons = self.persons.len() * size_of::<(CampaignId, PersonKey)>() * 4 / 3;
        let forbidden = self.do_not_call.len() * size_of::<PersonKey>() * 4 / 3;
        entries + self.shelves.iter().map(shelf).sum::<usize>() + persons + forbidden
    }
}

/// Whole seconds since 1970, up: never early.
fn second(at: Instant) -> u32 {
    u32::try_from(at.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}
