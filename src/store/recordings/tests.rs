use std::fs;

use super::*;
use crate::base::{Instant, InteractionId, Rng};

const NAME: &str = "2026/11/22/x.wav";

struct Room {
    folder: tempfile::TempDir,
    keys: Keys,
    interaction: InteractionId,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        Keys::add(&path, "first").unwrap();
        let keys = Keys::open(&path).unwrap();
        Self { folder, keys, interaction: InteractionId::new(Instant::ZERO, &mut Rng::new(1)) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    fn made(&self, channels: u8) -> Made {
        Made { interaction: self.interaction, channels, sample_rate: 8_000 }
    }

    fn open(&self) -> Result<Sound, SoundError> {
        Sound::open(self.folder.path(), NAME, self.interaction, Some(&self.keys))
    }

    /// Sealed with all of these, in blocks of 250 ms.
    fn write(&self, samples: &[i16], finish: bool) {
        let mut tape = Tape::create(&self.path(), self.made(2), Some(&self.keys.now())).unwrap();
        samples.chunks(4_000).for_each(|block| tape.write(0, block).unwrap());
        if finish {
            tape.finish().unwrap();
        }
    }

    fn samples(&self) -> Vec<i16> {
        let mut sound = self.open().unwrap();
        let bytes = sound.read(0, usize::MAX).unwrap();
        assert_eq!(bytes.len() as u64, sound.len());
        hound::WavReader::new(std::io::Cursor::new(bytes)).unwrap().into_samples().map(Result::unwrap).collect()
    }

    fn sealed(&self) -> PathBuf {
        sealed_path(&self.path())
    }
}

fn ramp(samples: usize) -> Vec<i16> {
    (0..samples).map(|i| (i % 30_000) as i16).collect()
}

#[test]
fn a_sealed_recording_reads_as_the_wav_it_would_be_in_clear() {
    let room = Room::new();
    // No whole chunk, a bit more than one, exactly three.
    for samples in [ramp(0), ramp(10), ramp(9_002), ramp(24_000)] {
        room.write(&samples, true);
        let clear = Room::new();
        let mut tape = Tape::create(&clear.path(), clear.made(2), None).unwrap();
        tape.write(0, &samples).unwrap();
        tape.finish().unwrap();
        let plain = fs::read(clear.path()).unwrap();
        let mut sound = room.open().unwrap();
        assert!(sound.whole() && sound.key() == Some("first"));
        assert_eq!(sound.read(0, usize::MAX).unwrap(), plain);
        assert_eq!(sound.sum().unwrap(), clear.open().unwrap().sum().unwrap());
        for (from, most) in [(0, 10), (40, 100), (44, 1), (16_043, 3), (plain.len() as u64, 7), (9_000, 20_000)] {
            let part: Vec<u8> = plain.iter().skip(from as usize).take(most).copied().collect();
            assert_eq!(sound.read(from, most).unwrap(), part, "{from} {most}");
        }
        assert!(!fs::read(room.sealed()).unwrap().windows(8).any(|w| plain.len() > 52 && w == &plain[44..52]));
        fs::remove_file(room.sealed()).unwrap();
    }
}

#[test]
fn a_kill_leaves_a_file_that_plays_and_the_repair_ends_it() {
    let room = Room::new();
    let samples = ramp(24_002);
    room.write(&samples, false);
    assert_eq!(room.samples(), samples[..24_000]);
    assert!(!room.open().unwrap().whole());
    // Half a chunk more, as a kill in the middle of a write leaves it.
    let mut torn = fs::read(room.sealed()).unwrap();
    torn.extend([1; 5_000]);
    fs::write(room.sealed(), &torn).unwrap();
    assert_eq!(room.samples(), samples[..24_000]);
    let repaired = repair_recordings(room.folder.path(), Some(&room.keys)).unwrap();
    assert_eq!(repaired, [Repaired { path: room.sealed(), duration_ms: 1_500 }]);
    assert_eq!(room.samples(), samples[..24_000]);
    assert!(room.open().unwrap().whole());
    assert_eq!(repair_recordings(room.folder.path(), Some(&room.keys)).unwrap(), []);
    assert_eq!(repair_recordings(room.folder.path(), None).unwrap(), [], "without the key it is left alone");
}

#[test]
fn a_recording_without_sound_is_removed() {
    let room = Room::new();
    room.write(&ramp(100), false);
    let repaired = repair_recordings(room.folder.path(), Some(&room.keys)).unwrap();
    assert_eq!((repaired.len(), repaired[0].duration_ms, room.sealed().exists()), (1, 0, false));
    assert!(matches!(room.open(), Err(SoundError::Missing)));
}

#[test]
fn what_was_changed_is_not_heard() {
    let room = Room::new();
    room.write(&ramp(24_002), true);
    let good = fs::read(room.sealed()).unwrap();
    let chunk = 16_028;
    let chunks = |order: [usize; 3]| {
        let body = order.iter().flat_map(|i| good[320 + i * chunk..320 + (i + 1) * chunk].iter().copied());
        good[..320].iter().copied().chain(body).chain(good[320 + 3 * chunk..].iter().copied()).collect::<Vec<u8>>()
    };
    assert_eq!(chunks([0, 1, 2]), good);
    let mut flipped = good.clone();
    flipped[320 + chunk + 100] ^= 1;
    for (what, bytes) in [("swapped", chunks([1, 0, 2])), ("twice", chunks([0, 0, 2])), ("flipped", flipped)] {
        fs::write(room.sealed(), bytes).unwrap();
        let mut sound = room.open().unwrap();
        assert!(matches!(sound.sum(), Err(SoundError::Changed)), "{what}");
    }
    for (what, cut) in
        [("its end", 320 + 3 * chunk), ("a chunk and its end", 320 + 2 * chunk), ("half", 320 + chunk / 2)]
    {
        fs::write(room.sealed(), &good[..cut]).unwrap();
        assert!(!room.open().unwrap().whole(), "{what}");
    }
    fs::write(room.sealed(), &good).unwrap();
    let other = InteractionId::new(Instant::ZERO, &mut Rng::new(2));
    let swapped = Sound::open(room.folder.path(), NAME, other, Some(&room.keys));
    assert!(matches!(swapped, Err(SoundError::Changed)), "another interaction's");
    let missing = Sound::open(room.folder.path(), NAME, room.interaction, None);
    assert!(matches!(missing, Err(SoundError::NoKey(id)) if id == "first"));
}

#[test]
fn keys_rotate_and_the_old_one_can_go() {
    let room = Room::new();
    room.write(&ramp(9_000), true);
    let path = room.folder.path().join("keys");
    assert_eq!(rewrap(&room.sealed(), &room.keys).unwrap(), None);
    Keys::add(&path, "second").unwrap();
    assert_eq!(room.samples(), ramp(9_000));
    assert_eq!(rewrap(&room.sealed(), &room.keys).unwrap(), Some(room.interaction));
    assert_eq!(rewrap(&room.sealed(), &room.keys).unwrap(), None);
    Keys::add(&path, "third").unwrap();
    assert_eq!(rewrap(&room.sealed(), &room.keys).unwrap(), Some(room.interaction));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().filter(|line| line.starts_with("third")).collect::<String>()).unwrap();
    assert_eq!((room.open().unwrap().key(), room.samples()), (Some("third"), ramp(9_000)));
}

#[test]
fn a_tape_that_broke_goes_on_behind_its_last_whole_chunk() {
    for sealed in [true, false] {
        let room = Room::new();
        let keys = room.keys.now();
        let keys = sealed.then_some(&*keys);
        let mut tape = Tape::again(&room.path(), room.made(2), keys).unwrap();
        tape.write(0, &ramp(9_000)).unwrap();
        tape.flush().unwrap();
        drop(tape);
        let mut tape = Tape::again(&room.path(), room.made(2), keys).unwrap();
        let kept = tape.frames();
        assert_eq!(kept, if sealed { 4_000 } else { 4_500 });
        tape.write(4_500 - kept, &[9; 100]).unwrap();
        assert_eq!((tape.frames(), tape.made(), tape.path()), (4_550, room.made(2), &*room.path()));
        tape.finish().unwrap();
        let samples = room.samples();
        assert_eq!(samples[..8_000], ramp(8_000));
        assert_eq!(samples[9_000..], [9; 100]);
        assert!(Tape::create(&room.path(), room.made(2), keys).is_err(), "nothing is written over");
        assert!(Tape::create(&room.path(), room.made(2), Some(&room.keys.now())).is_err());
    }
}

#[test]
fn no_name_leaves_the_folder() {
    let folder = Path::new("/r");
    assert_eq!(place(folder, "2026/a.wav"), Some(PathBuf::from("/r/2026/a.wav")));
    for bad in ["../a", "a/../../b", "/etc/passwd", "", "./a"] {
        assert_eq!(place(folder, bad), None, "{bad}");
    }
}
