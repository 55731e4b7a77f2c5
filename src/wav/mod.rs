//! WAV files as bytes: the header of 16-bit PCM, and its repair when the writer was killed.
//!
//! What it is: pure functions on the first bytes of a file and on its length. Reading and writing
//! samples is hound's work in the shells; hound refuses or shortens a file whose sizes were never
//! filled in, and that is what [`repair`] mends. What it is not: a reader of every RIFF file; only
//! `fmt ` (PCM) followed, perhaps after other chunks, by `data` within [`HEAD_BYTES`].

/// How much of a file's beginning [`Head::parse`] needs at most.
pub const HEAD_BYTES: usize = 512;
/// Of what [`header`] makes.
pub const HEADER_BYTES: usize = 44;

/// More than any recording has.
const CHANNELS_MAX: u16 = 32;

/// The header of a file of 16-bit PCM with `data_len` bytes of samples behind it.
pub fn header(channels: u16, sample_rate: u32, data_len: u32) -> [u8; HEADER_BYTES] {
    let frame = channels.saturating_mul(2);
    let fields = [
        &b"RIFF"[..],
        &data_len.saturating_add(HEADER_BYTES as u32 - 8).to_le_bytes(),
        b"WAVEfmt ",
        &16u32.to_le_bytes(),
        &1u16.to_le_bytes(),
        &channels.to_le_bytes(),
        &sample_rate.to_le_bytes(),
        &sample_rate.saturating_mul(u32::from(frame)).to_le_bytes(),
        &frame.to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &data_len.to_le_bytes(),
    ];
    let mut header = [0; HEADER_BYTES];
    header.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    header
}

/// Why bytes are not a sound file of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WavError {
    #[error("not a RIFF/WAVE file")]
    NotWav,
    #[error("not 16-bit linear PCM")]
    Format,
    #[error("no data chunk in the first {HEAD_BYTES} bytes")]
    NoData,
}

/// What the beginning of a file says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub sample_rate: u32,
    pub channels: u16,
    /// Where the samples begin, in bytes from the start of the file.
    pub data_at: usize,
    /// Bytes of samples, as the header claims.
    pub data_len: u32,
    /// Size of the RIFF chunk, as the header claims: the file's length less 8.
    pub riff_len: u32,
}

impl Head {
    /// `head`: the first [`HEAD_BYTES`] of the file, or all of it if it is shorter.
    pub fn parse(head: &[u8]) -> Result<Self, WavError> {
        if head.get(..4) != Some(b"RIFF") || head.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let riff_len = u32_at(head, 4).ok_or(WavError::NotWav)?;
        let (mut at, mut format) = (12usize, None);
        loop {
            let name = head.get(at..at.saturating_add(4)).ok_or(WavError::NoData)?;
            let len = u32_at(head, at.saturating_add(4)).ok_or(WavError::NoData)?;
            let body = at.saturating_add(8);
            match name {
                b"fmt " => format = Some(pcm_format(head, body).ok_or(WavError::Format)?),
                b"data" => {
                    let (channels, sample_rate) = format.ok_or(WavError::Format)?;
                    return Ok(Self { sample_rate, channels, data_at: body, data_len: len, riff_len });
                }
                _ => {}
            }
            let padded = usize::try_from(len).unwrap_or(usize::MAX).saturating_add((len & 1) as usize);
            at = body.saturating_add(padded);
        }
    }

    /// Bytes of one sample of every channel.
    pub fn frame_len(&self) -> u32 {
        u32::from(self.channels) * 2
    }

    /// Frames the header claims.
    pub fn frames(&self) -> u32 {
        self.data_len / self.frame_len()
    }

    /// The length of the sound in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        u64::from(self.frames()) * 1_000 / u64::from(self.sample_rate)
    }
}

/// Channels and rate.
fn pcm_format(head: &[u8], at: usize) -> Option<(u16, u32)> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(*head.get(at..)?.first_chunk()?));
    let (tag, channels, bits) = (u16_at(at)?, u16_at(at.checked_add(2)?)?, u16_at(at.checked_add(14)?)?);
    let rate = u32_at(head, at.checked_add(4)?)?;
    // 0xfffe: the extensible header, which sox and hound write for some formats.
    let pcm = (tag == 1 || tag == 0xfffe) && bits == 16;
    (pcm && (1..=CHANNELS_MAX).contains(&channels) && rate > 0).then_some((channels, rate))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// What must be written so that a file can be played: four bytes at each place, and the length to
/// cut the file to (its last frame may be half written).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repair {
    pub file_len: u64,
    /// At byte 4.
    pub riff_len: u32,
    /// The size of the data chunk and where it stands.
    pub data_len: u32,
    pub data_len_at: u64,
    /// The whole frames that are there.
    pub duration_ms: u64,
}

/// The repair for a file that begins with `head` and is `file_len` bytes long, or `None` when its
/// header is right already. A file with chunks behind the data was finished and is left alone.
pub fn repair(head: &[u8], file_len: u64) -> Result<Option<Repair>, WavError> {
    let found = Head::parse(head)?;
    let data_at = found.data_at as u64;
    let claimed_end = data_at.saturating_add(u64::from(found.data_len));
    let riff_end = u64::from(found.riff_len).saturating_add(8);
    if claimed_end <= file_len && riff_end == file_len && found.data_len > 0 {
        return Ok(None);
    }
    let frame = u64::from(found.frame_len());
    let there = file_len.saturating_sub(data_at).min(u64::from(u32::MAX) - data_at - 8);
    let data_len = (there - there % frame) as u32;
    let file_len = data_at + u64::from(data_len);
    let duration_ms = Head { data_len, ..found }.duration_ms();
    Ok(Some(Repair { file_len, riff_len: (file_len - 8) as u32, data_len, data_len_at: data_at - 4, duration_ms }))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn written(channels: u16, frames: u32) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        (0..frames * u32::from(channels)).for_each(|i| writer.write_sample(i as i16).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn apply(mut bytes: Vec<u8>, repair: Repair) -> Vec<u8> {
        bytes.truncate(repair.file_len as usize);
        bytes[4..8].copy_from_slice(&repair.riff_len.to_le_bytes());
        let at = repair.data_len_at as usize;
        bytes[at..at + 4].copy_from_slice(&repair.data_len.to_le_bytes());
        bytes
    }

    #[test]
    fn reads_what_hound_writes_and_leaves_it_alone() {
        let bytes = written(2, 800);
        let head = Head::parse(&bytes).unwrap();
        assert_eq!((head.channels, head.sample_rate, head.frames(), head.duration_ms()), (2, 8_000, 800, 100));
        assert_eq!(repair(&bytes, bytes.len() as u64), Ok(None));
    }

    #[test]
    fn a_header_of_ours_is_that_of_hound() {
        let bytes = written(2, 800);
        assert_eq!(header(2, 8_000, 3_200), bytes[..HEADER_BYTES]);
        let head = Head::parse(&header(5, 8_000, 80)).unwrap();
        assert_eq!((head.channels, head.frames(), head.data_at), (5, 8, HEADER_BYTES));
    }

    #[test]
    fn a_file_cut_anywhere_plays_up_to_its_last_whole_frame() {
        let whole = written(2, 400);
        let data_at = Head::parse(&whole).unwrap().data_at;
        for cut in [whole.len() - 1, whole.len() - 6, data_at + 7, data_at + 1, data_at] {
            let mut bytes = whole[..cut].to_vec();
            bytes[4..8].copy_from_slice(&[0; 4]); // the writer never came back to its header
            bytes[data_at - 4..data_at].copy_from_slice(&[0; 4]);
            let repair = repair(&bytes, cut as u64).unwrap().unwrap();
            let fixed = apply(bytes, repair);
            assert_eq!(super::repair(&fixed, fixed.len() as u64).unwrap().is_none(), repair.data_len > 0);
            let samples: Result<Vec<i16>, _> =
                hound::WavReader::new(Cursor::new(fixed)).unwrap().into_samples().collect();
            let samples = samples.unwrap();
            assert_eq!(samples.len(), (cut - data_at) / 4 * 2);
            assert!(samples.iter().enumerate().all(|(i, s)| *s == i as i16));
        }
    }

    #[test]
    fn refuses_other_files() {
        assert_eq!(Head::parse(b""), Err(WavError::NotWav));
        assert_eq!(Head::parse(b"RIFF\0\0\0\0AVI LIST"), Err(WavError::NotWav));
        let mut bytes = written(1, 10);
        bytes[34] = 8;
        assert_eq!(Head::parse(&bytes), Err(WavError::Format));
        assert_eq!(Head::parse(&written(1, 10)[..36]), Err(WavError::NoData));
    }

    proptest! {
        #[test]
        fn any_head_parses_or_fails(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), len in any::<u64>()) {
            let _ = repair(&bytes, len);
            let real = written(2, 20);
            bytes.splice(..bytes.len().min(8), real[..8].iter().copied());
            let _ = repair(&bytes, len);
        }
    }
}
