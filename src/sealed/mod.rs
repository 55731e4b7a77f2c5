//! A sealed recording as bytes: AES-256-GCM in chunks under a key of its own, and that key wrapped by a master key.
//!
//! What it is: pure functions between bytes and values; keys, salts and nonces are given. What it is not: a file or
//! a source of randomness; the shells have those. The sound inside is 16-bit linear PCM, all channels in turn.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..64 | the [`Lead`]: what it is and of which interaction; authenticated with every wrapped key |
//! | 64..192, 192..320 | two [`Slot`]s: the data key, wrapped by the master key that is named there; one is in use, both while it is wrapped anew |
//! | 320.. | chunks: nonce (12), sound, tag (16) |
//!
//! A chunk has [`CHUNK_FRAMES`] frames, the last one fewer (perhaps none). Its nonce is a salt of the one who wrote
//! (7 bytes, new each time a file is opened to be written: no nonce is ever used for two sounds), its number (4) and
//! whether it is the last (1), as in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015, §7): what is
//! swapped, taken from another recording, left out or cut off is noticed. A file without its last chunk was cut; all
//! chunks before are as good as they were.

mod keys;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

pub use keys::{KeyMistake, MasterKey, MasterKeys, line as key_line};

/// Where the chunks begin.
pub const HEAD_BYTES: usize = 320;
/// Frames of a whole chunk: half a second at 8 kHz.
pub const CHUNK_FRAMES: u32 = 4_000;
/// Of a key, in bytes.
pub const KEY_BYTES: usize = 32;
/// What a chunk is longer than its sound.
pub const OVERHEAD: usize = NONCE_LEN + TAG;

const TAG: usize = 16;
const LEAD: usize = 64;
const SLOT: usize = 128;
const ID_MAX: usize = 32;
const MAGIC: &[u8; 8] = b"CARILREC";
const VERSION: u8 = 1;
/// In memory and in a chunk at most.
const CHANNELS_MAX: u8 = 16;

/// Random bytes of one who opened a file to write it.
pub type Salt = [u8; 7];

/// Why bytes are not opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    #[error("not a sealed recording")]
    NotSealed,
    /// The ids of the keys that would open it.
    #[error("its key is not here: {}", .0.join(", "))]
    NoKey(Vec<String>),
    /// Not what was written under this key.
    #[error("it was changed after it was written")]
    Changed,
}

/// What stands at the beginning in clear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lead {
    pub channels: u8,
    pub sample_rate: u32,
    /// Whose recording it is: UUID.
    pub interaction: [u8; 16],
}

impl Lead {
    fn bytes(&self) -> [u8; LEAD] {
        let mut bytes = [0; LEAD];
        let fields = [
            &MAGIC[..],
            &[VERSION, self.channels, 0, 0],
            &self.sample_rate.to_le_bytes(),
            &CHUNK_FRAMES.to_le_bytes(),
            &self.interaction,
        ];
        bytes.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        bytes
    }

    fn parse(head: &[u8]) -> Option<Self> {
        let lead: &[u8; LEAD] = head.first_chunk()?;
        let found = Self {
            channels: *lead.get(9)?,
            sample_rate: u32::from_le_bytes(*lead.get(12..)?.first_chunk()?),
            interaction: *lead.get(20..)?.first_chunk()?,
        };
        let sound = (1..=CHANNELS_MAX).contains(&found.channels) && found.sample_rate > 0;
        (sound && found.bytes() == *lead).then_some(found)
    }

    /// Bytes of one sample of every channel.
    pub fn frame_bytes(&self) -> usize {
        usize::from(self.channels) * 2
    }

    /// Bytes of the sound of a whole chunk.
    pub fn chunk_bytes(&self) -> usize {
        self.frame_bytes() * CHUNK_FRAMES as usize
    }

    /// What a file of that length holds, by its length alone.
    pub fn extent(&self, file_len: u64) -> Extent {
        let whole = self.chunk_bytes() as u64 + OVERHEAD as u64;
        let body = file_len.saturating_sub(HEAD_BYTES as u64);
        let tail = (body % whole).checked_sub(OVERHEAD as u64);
        Extent { chunks: u32::try_from(body / whole).unwrap_or(u32::MAX), tail: tail.map(|bytes| bytes as usize) }
    }

    /// Where chunk `index` stands in the file.
    pub fn chunk_at(&self, index: u32) -> u64 {
        HEAD_BYTES as u64 + u64::from(index) * (self.chunk_bytes() + OVERHEAD) as u64
    }
}

/// Chunks of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// Whole ones.
    pub chunks: u32,
    /// Bytes of sound in what follows, if it can be a chunk: the last one, or one half written.
    pub tail: Option<usize>,
}

/// The beginning of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    pub lead: Lead,
    pub slots: [Option<Slot>; 2],
}

impl Head {
    /// Of a new recording.
    pub fn new(lead: Lead, slot: Slot) -> Self {
        Self { lead, slots: [Some(slot), None] }
    }

    pub fn bytes(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let slots = self.slots.iter().flat_map(|slot| slot.as_ref().map_or([0; SLOT], Slot::bytes));
        bytes.iter_mut().zip(self.lead.bytes().into_iter().chain(slots)).for_each(|(to, from)| *to = from);
        bytes
    }

    /// `head`: at least [`HEAD_BYTES`].
    pub fn parse(head: &[u8]) -> Result<Self, SealError> {
        let lead = Lead::parse(head).ok_or(SealError::NotSealed)?;
        let slot = |at: usize| Slot::parse(head.get(at..at.checked_add(SLOT)?)?);
        match head.len() {
            ..HEAD_BYTES => Err(SealError::NotSealed),
            _ => Ok(Self { lead, slots: [slot(LEAD), slot(LEAD + SLOT)] }),
        }
    }

    /// Its key, by whichever of the master keys is there.
    pub fn open(&self, keys: &MasterKeys) -> Result<DataKey, SealError> {
        let slots = || self.slots.iter().flatten();
        let held = slots().filter_map(|slot| Some((slot, keys.get(&slot.key)?)));
        let mut opened = held.map(|(slot, key)| slot.unwrap(&self.lead, key)).peekable();
        if opened.peek().is_none() {
            return Err(SealError::NoKey(slots().map(|slot| slot.key.clone()).collect()));
        }
        opened.find_map(Result::ok).ok_or(SealError::Changed)
    }

    /// The id of the master key that opens it; empty: none does.
    pub fn key(&self) -> &str {
        self.slots.iter().flatten().next().map_or("", |slot| slot.key.as_str())
    }

    /// Where the slot `index` stands, and its bytes.
    pub fn slot(&self, index: usize) -> (u64, [u8; SLOT]) {
        let slot = self.slots.get(index).and_then(Option::as_ref);
        (LEAD as u64 + (index.min(1) * SLOT) as u64, slot.map_or([0; SLOT], Slot::bytes))
    }
}

/// A data key, wrapped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// Id of the master key.
    pub key: String,
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; KEY_BYTES + TAG],
}

impl Slot {
    /// `nonce`: random, and never used before.
    pub fn wrap(lead: &Lead, data: &DataKey, master: &MasterKey, nonce: [u8; NONCE_LEN]) -> Result<Self, SealError> {
        let mut wrapped = data.bytes.to_vec();
        let aad = Aad::from(Self::aad(lead, master.id()));
        let sealed = master.key().seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut wrapped);
        sealed.map_err(|_| SealError::Changed)?;
        let wrapped = wrapped.try_into().map_err(|_| SealError::Changed)?;
        Ok(Self { key: master.id().to_owned(), nonce, wrapped })
    }

    fn unwrap(&self, lead: &Lead, master: &MasterKey) -> Result<DataKey, SealError> {
        let mut bytes = self.wrapped;
        let aad = Aad::from(Self::aad(lead, &self.key));
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let opened = master.key().open_in_place(nonce, aad, &mut bytes).map_err(|_| SealError::Changed)?;
        opened.first_chunk().copied().and_then(DataKey::new).ok_or(SealError::Changed)
    }

    fn aad(lead: &Lead, id: &str) -> Vec<u8> {
        [&lead.bytes()[..], id.as_bytes()].concat()
    }

    fn bytes(&self) -> [u8; SLOT] {
        let mut bytes = [0; SLOT];
        let length = u8::try_from(self.key.len()).unwrap_or(0);
        let padded = self.key.bytes().chain(std::iter::repeat(0)).take(ID_MAX);
        let all = std::iter::once(length).chain(padded).chain(self.nonce).chain(self.wrapped);
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        bytes
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let length = usize::from(*bytes.first()?);
        let key = std::str::from_utf8(bytes.get(1..)?.get(..length)?).ok()?;
        let rest = bytes.get(1 + ID_MAX..)?;
        let (nonce, rest) = rest.split_first_chunk()?;
        (1..=ID_MAX).contains(&length).then_some(Self {
            key: key.to_owned(),
            nonce: *nonce,
            wrapped: *rest.first_chunk()?,
        })
    }
}

/// The key of one recording.
pub struct DataKey {
    bytes: [u8; KEY_BYTES],
    key: Box<LessSafeKey>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl DataKey {
    /// `bytes`: random. `None` never happens with so many.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, &bytes).ok()?;
        Some(Self { bytes, key: Box::new(LessSafeKey::new(key)) })
    }

    /// Appends chunk `index` to `out`. A pair of `salt` and `index` is used once.
    pub fn seal(&self, salt: Salt, index: u32, last: bool, sound: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        let nonce = nonce(salt, index, last);
        out.extend(nonce);
        let from = out.len();
        out.extend(sound);
        let (_, body) = out.split_at_mut_checked(from).ok_or(SealError::Changed)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), body).map_err(|_| SealError::Changed)?;
        out.extend(tag.as_ref());
        Ok(())
    }

    /// The sound of chunk `index`, opened where it stands.
    pub fn open<'a>(&self, index: u32, last: bool, chunk: &'a mut [u8]) -> Result<&'a mut [u8], SealError> {
        let (found, body) = chunk.split_first_chunk_mut::<NONCE_LEN>().ok_or(SealError::Changed)?;
        let salt = *found.first_chunk().ok_or(SealError::Changed)?;
        if *found != nonce(salt, index, last) {
            return Err(SealError::Changed);
        }
        let nonce = Nonce::assume_unique_for_key(*found);
        self.key.open_in_place(nonce, Aad::empty(), body).map_err(|_| SealError::Changed)
    }
}

fn nonce(salt: Salt, index: u32, last: bool) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    let parts = salt.into_iter().chain(index.to_be_bytes()).chain([u8::from(last)]);
    nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
    nonce
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEAD: Lead = Lead { channels: 2, sample_rate: 8_000, interaction: [7; 16] };
    const SALT: Salt = [9; 7];

    fn keys(ids: &[&str]) -> MasterKeys {
        let line = |id: &&str| format!("{id} {}\n", keys::encoded([id.len() as u8; KEY_BYTES]));
        MasterKeys::parse(&ids.iter().map(line).collect::<String>()).unwrap()
    }

    fn data() -> DataKey {
        DataKey::new([3; KEY_BYTES]).unwrap()
    }

    fn head(keys: &MasterKeys) -> Head {
        Head::new(LEAD, Slot::wrap(&LEAD, &data(), keys.newest(), [1; 12]).unwrap())
    }

    /// A file of these chunks, the last one of them marked.
    fn chunks(sounds: &[&[u8]]) -> Vec<Vec<u8>> {
        let last = sounds.len() - 1;
        let chunk = |(index, sound): (usize, &&[u8])| {
            let mut out = Vec::new();
            data().seal(SALT, index as u32, index == last, sound, &mut out).unwrap();
            out
        };
        sounds.iter().enumerate().map(chunk).collect()
    }

    #[test]
    fn the_key_opens_it_and_no_other_does() {
        let (mine, others) = (keys(&["a", "bb"]), keys(&["ccc"]));
        let written = head(&mine).bytes();
        let read = Head::parse(&written).unwrap();
        assert_eq!((read.lead, read.key()), (LEAD, "bb"));
        assert_eq!(read.open(&mine).unwrap().bytes, [3; KEY_BYTES]);
        assert_eq!(read.open(&others).unwrap_err(), SealError::NoKey(vec!["bb".to_owned()]));
        // The same name with another key.
        let forged = MasterKeys::parse(&format!("bb {}", keys::encoded([200; KEY_BYTES]))).unwrap();
        assert_eq!(read.open(&forged).unwrap_err(), SealError::Changed);
        assert!(!format!("{mine:?} {:?}", data()).contains("[3"));
    }

    #[test]
    fn a_key_that_is_wrapped_anew_is_in_both_slots_until_the_old_one_is_taken_out() {
        let (old, new) = (keys(&["a"]), keys(&["a", "bb"]));
        let mut both = head(&old);
        both.slots[1] = Some(Slot::wrap(&LEAD, &both.open(&new).unwrap(), new.newest(), [2; 12]).unwrap());
        let read = Head::parse(&both.bytes()).unwrap();
        assert!(read.open(&old).is_ok() && read.open(&keys(&["bb"])).is_ok());
        let mut one = read;
        one.slots[0] = None;
        assert!(one.open(&old).is_err() && Head::parse(&one.bytes()).unwrap().open(&new).is_ok());
        assert_eq!(one.key(), "bb");
    }

    #[test]
    fn a_changed_head_opens_nothing() {
        let keys = keys(&["a"]);
        let written = head(&keys).bytes();
        for at in 0..super::LEAD + 1 + 1 + 12 + KEY_BYTES {
            let mut bytes = written;
            let at = if at > super::LEAD + 1 { at + ID_MAX - 1 } else { at };
            bytes[at] ^= 1;
            assert!(Head::parse(&bytes).and_then(|head| head.open(&keys)).is_err(), "byte {at}");
        }
        assert_eq!(Head::parse(&written[..HEAD_BYTES - 1]), Err(SealError::NotSealed));
    }

    #[test]
    fn what_is_swapped_left_out_or_marked_otherwise_is_noticed() {
        let good = chunks(&[b"one.", b"two.", b"end."]);
        let open =
            |index: u32, last: bool, chunk: &[u8]| data().open(index, last, &mut chunk.to_vec()).map(|s| s.to_vec());
        assert_eq!(open(0, false, &good[0]).unwrap(), b"one.");
        assert_eq!(open(2, true, &good[2]).unwrap(), b"end.");
        for (what, index, last, chunk) in [
            ("swapped", 0, false, &good[1]),
            ("left out", 1, true, &good[2]),
            ("cut: not the last", 1, true, &good[1]),
            ("more behind the last", 2, false, &good[2]),
        ] {
            assert_eq!(open(index, last, chunk), Err(SealError::Changed), "{what}");
        }
        let other = DataKey::new([4; KEY_BYTES]).unwrap();
        assert!(other.open(0, false, &mut good[0].clone()).is_err(), "of another recording");
        for at in 0..good[0].len() {
            let mut chunk = good[0].clone();
            chunk[at] ^= 0x80;
            assert!(open(0, false, &chunk).is_err(), "byte {at}");
        }
    }

    #[test]
    fn the_length_says_how_many_chunks_there_are() {
        let whole = (LEAD.chunk_bytes() + OVERHEAD) as u64;
        let at = |body: u64| LEAD.extent(HEAD_BYTES as u64 + body);
        assert_eq!(LEAD.extent(3), Extent { chunks: 0, tail: None });
        assert_eq!(at(OVERHEAD as u64), Extent { chunks: 0, tail: Some(0) });
        assert_eq!(at(2 * whole + 27), Extent { chunks: 2, tail: None });
        assert_eq!(at(2 * whole + 32), Extent { chunks: 2, tail: Some(4) });
        assert_eq!(LEAD.chunk_at(2), HEAD_BYTES as u64 + 2 * whole);
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let keys = keys(&["a"]);
            let mut like = head(&keys).bytes().to_vec();
            like.splice(64.., bytes.iter().copied());
            let _ = Head::parse(&bytes).and_then(|head| head.open(&keys));
            let _ = Head::parse(&like).and_then(|head| head.open(&keys));
            let _ = data().open(0, false, &mut bytes.clone());
        }
    }
}
