//! Opus (RFC 6716) as telephony uses it: one channel, 16 kHz in the house, any rate on the wire (RFC 7587 §4.1: the
//! clock counts 48,000 a second whatever is coded).
//!
//! The library is libopus 1.3.1 in Rust, translated function by function: as fast as the C one, the same bit for bit
//! where it decodes, built in seconds and with nothing installed. It is called through pointers; all of that is in this
//! file.
//!
//! Its concealment of what was lost is broken (0.2.0 fills the gap at full scale), and so it is never asked for it: not
//! without a payload, not for a frame of no bytes, not for the packet before one that says nothing about it.

/// The payload of a packet that carries 20 ms is at most so long (RFC 6716 §3.4: 1,275 bytes a frame).
const MAX_PAYLOAD: usize = 1_275;
/// Samples of the longest packet, 120 ms at 16 kHz.
const MAX_SAMPLES: usize = 1_920;
/// Samples a second on our side.
const RATE: i32 = 16_000;
/// Bits a second that we send unless the peer wants less: wideband speech without audible loss.
const BITRATE: u32 = 24_000;
/// 0 to 10; each step costs a tenth of the processor time and gains little at this rate.
const COMPLEXITY: i32 = 1;
/// Loss in per cent that is planned for before the peer reports its own.
const PLANNED_LOSS: i32 = 5;

/// What a receiver says of the Opus it wants (RFC 7587 §6.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct OpusFormat {
    /// It uses what a packet says about the one before it.
    pub fec: bool,
    /// It wants no packets while there is silence.
    pub dtx: bool,
    /// A constant bit rate.
    pub cbr: bool,
    /// Bits a second.
    pub max_bitrate: u32,
    /// It plays nothing above half of it, hertz.
    pub max_playback_rate: u32,
}

impl Default for OpusFormat {
    fn default() -> Self {
        Self { fec: false, dtx: false, cbr: false, max_bitrate: 510_000, max_playback_rate: 48_000 }
    }
}

impl OpusFormat {
    /// The parameters behind `a=fmtp:PT `; what is wrong in them is passed over.
    pub fn parse(parameters: &str) -> Self {
        let mut format = Self::default();
        for (name, value) in parameters.split(';').filter_map(|pair| pair.trim().split_once('=')) {
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            let number = value.parse::<u32>();
            match name.as_str() {
                "useinbandfec" => format.fec = value == "1",
                "usedtx" => format.dtx = value == "1",
                "cbr" => format.cbr = value == "1",
                "maxaveragebitrate" => format.max_bitrate = number.unwrap_or(format.max_bitrate).clamp(6_000, 510_000),
                "maxplaybackrate" => {
                    format.max_playback_rate = number.unwrap_or(format.max_playback_rate).clamp(8_000, 48_000);
                }
                _ => {}
            }
        }
        format
    }
}

/// 16 kHz to packets of 20 ms.
pub struct OpusEncoder {
    state: *mut unsafe_libopus::OpusEncoder,
    narrow: bool,
    may_be_wide: bool,
}

// SAFETY: the state is reached through this value only, and has no tie to a thread.
unsafe impl Send for OpusEncoder {}

impl OpusEncoder {
    pub fn new(format: OpusFormat) -> Option<Self> {
        let mut error = 0;
        // SAFETY: plain values and a place for the error.
        let state = unsafe {
            unsafe_libopus::opus_encoder_create(RATE, 1, unsafe_libopus::OPUS_APPLICATION_VOIP, &raw mut error)
        };
        if state.is_null() {
            return None;
        }
        let may_be_wide = format.max_playback_rate > 8_000;
        let mut encoder = Self { state, narrow: false, may_be_wide };
        encoder.set(unsafe_libopus::OPUS_SET_COMPLEXITY_REQUEST, COMPLEXITY);
        encoder.set(unsafe_libopus::OPUS_SET_BITRATE_REQUEST, BITRATE.min(format.max_bitrate) as i32);
        encoder.set(unsafe_libopus::OPUS_SET_VBR_REQUEST, i32::from(!format.cbr));
        encoder.set(unsafe_libopus::OPUS_SET_INBAND_FEC_REQUEST, i32::from(format.fec));
        encoder.set(unsafe_libopus::OPUS_SET_DTX_REQUEST, i32::from(format.dtx));
        encoder.set_loss(0);
        encoder.set_narrow(!may_be_wide);
        Some(encoder)
    }

    /// Loss that the peer reports, in per cent: how much is said about the packet before.
    pub fn set_loss(&mut self, percent: u8) {
        self.set(unsafe_libopus::OPUS_SET_PACKET_LOSS_PERC_REQUEST, i32::from(percent).clamp(PLANNED_LOSS, 40));
    }

    /// Nothing is above 4 kHz in what comes: it is coded as that, and cheaper.
    pub fn set_narrow(&mut self, narrow: bool) {
        let narrow = narrow || !self.may_be_wide;
        if std::mem::replace(&mut self.narrow, narrow) != narrow {
            let widest = if narrow {
                unsafe_libopus::OPUS_BANDWIDTH_NARROWBAND
            } else {
                unsafe_libopus::OPUS_BANDWIDTH_WIDEBAND
            };
            self.set(unsafe_libopus::OPUS_SET_MAX_BANDWIDTH_REQUEST, widest);
            // By itself it would only change in a pause of speech.
            // SAFETY: the request takes nothing.
            let _ = unsafe { unsafe_libopus::opus_encoder_ctl!(self.state, unsafe_libopus::OPUS_RESET_STATE,) };
        }
    }

    /// Adds one packet for 320 samples to `payload`; its length, of which 2 or less need not be sent
    /// (silence, where the peer wants none).
    pub fn encode(&mut self, samples: &[i16; 320], payload: &mut Vec<u8>) -> usize {
        let from = payload.len();
        payload.resize(from + MAX_PAYLOAD, 0);
        let room = payload.get_mut(from..).unwrap_or_default();
        // SAFETY: 320 samples are read and at most MAX_PAYLOAD bytes written, which `room` has.
        let length = unsafe {
            unsafe_libopus::opus_encode(self.state, samples.as_ptr(), 320, room.as_mut_ptr(), MAX_PAYLOAD as i32)
        };
        let length = usize::try_from(length).unwrap_or(0);
        payload.truncate(from + length);
        length
    }

    fn set(&mut self, request: i32, value: i32) {
        // SAFETY: every request used here takes one number.
        let _ = unsafe { unsafe_libopus::opus_encoder_ctl!(self.state, request, value) };
    }
}

impl Drop for OpusEncoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_encoder_create`, and not used again.
        unsafe { unsafe_libopus::opus_encoder_destroy(self.state) }
    }
}

/// Packets to 16 kHz.
pub struct OpusDecoder {
    state: *mut unsafe_libopus::OpusDecoder,
}

// SAFETY: as above.
unsafe impl Send for OpusDecoder {}

impl OpusDecoder {
    pub fn new() -> Option<Self> {
        let mut error = 0;
        // SAFETY: plain values and a place for the error.
        let state = unsafe { unsafe_libopus::opus_decoder_create(RATE, 1, &raw mut error) };
        (!state.is_null()).then_some(Self { state })
    }

    /// Adds what a packet says; nothing of a broken one.
    pub fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) {
        if frames(payload).is_some_and(|shortest| shortest > 1) {
            self.run(payload, MAX_SAMPLES, false, samples);
        }
    }

    /// Adds the packet before this one, if this one tells it ([`tells_before`]).
    pub fn decode_before(&mut self, payload: &[u8], samples: &mut Vec<i16>) {
        if tells_before(payload) {
            self.run(payload, span(payload) as usize * 2, true, samples);
        }
    }

    fn run(&mut self, payload: &[u8], count: usize, fec: bool, samples: &mut Vec<i16>) {
        let from = samples.len();
        samples.resize(from + count, 0);
        let room = samples.get_mut(from..).unwrap_or_default();
        let (length, capacity) = (payload.len().min(MAX_SAMPLES) as i32, room.len() as i32);
        let (state, bytes, room) = (self.state, payload.as_ptr(), room.as_mut_ptr());
        // SAFETY: `length` bytes are read, and at most `capacity` samples written, which `room` has.
        let decoding = || unsafe { unsafe_libopus::opus_decode(state, bytes, length, room, capacity, i32::from(fec)) };
        // The library asserts what it believes of its input. Where it errs, a packet is lost, and not the worker.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(decoding)).unwrap_or_else(|_| {
            if let Some(fresh) = Self::new() {
                *self = fresh;
            }
            0
        });
        samples.truncate(from + usize::try_from(done).unwrap_or(0).min(count));
    }
}

impl Drop for OpusDecoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_decoder_create`, and not used again.
        unsafe { unsafe_libopus::opus_decoder_destroy(self.state) }
    }
}

/// How much sound a packet carries, in samples of 8 kHz (RFC 6716 §3.1); 0: none that is allowed.
pub fn span(payload: &[u8]) -> u32 {
    let Some(toc) = payload.first().copied() else { return 0 };
    let frame = match toc >> 3 {
        silk @ 0..=11 => [80, 160, 320, 480].get(usize::from(silk & 3)).copied().unwrap_or(0),
        hybrid @ 12..=15 => [80, 160].get(usize::from(hybrid & 1)).copied().unwrap_or(0),
        celt => [20, 40, 80, 160].get(usize::from(celt & 3)).copied().unwrap_or(0),
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => payload.get(1).map_or(0, |count| u32::from(count & 0x3f)),
    };
    let span = frame * frames;
    if span > 960 { 0 } else { span }
}

/// A packet that stands for silence: no more bytes than what says so (RFC 6716 §3.2.1, where a frame may have none).
pub fn is_silence(payload: &[u8]) -> bool {
    !payload.is_empty() && payload.len() <= 2
}

/// Whether a packet tells the one before it (RFC 6716 §4.2.4): a single frame that begins with speech of the low
/// band, in which a bit for each 20 ms says whether there is voice, and the next that there is more than itself.
pub fn tells_before(payload: &[u8]) -> bool {
    let (Some(toc), Some(first)) = (payload.first(), payload.get(1)) else { return false };
    let parts = match toc >> 3 {
        silk @ 0..=11 => [1, 1, 2, 3].get(usize::from(silk & 3)).copied().unwrap_or(1),
        12..=15 => 1,
        _ => return false,
    };
    toc & 3 == 0 && payload.len() > 2 && first & (0x80 >> parts) != 0
}

/// Bytes of the shortest frame of a packet; `None` where it is not well-formed (RFC 6716 §3.2).
fn frames(payload: &[u8]) -> Option<usize> {
    let (toc, rest) = payload.split_first()?;
    match toc & 3 {
        0 => Some(rest.len()),
        1 => Some(rest.len() / 2),
        2 => {
            let (first, rest) = frame_length(rest)?;
            Some(first.min(rest.len().checked_sub(first)?))
        }
        _ => {
            let (head, mut rest) = rest.split_first()?;
            let (count, is_padded, is_varying) = (usize::from(head & 0x3f), head & 0x40 != 0, head & 0x80 != 0);
            let mut padding = 0usize;
            let mut goes_on = is_padded;
            while goes_on {
                let (more, behind) = rest.split_first()?;
                padding += usize::from((*more).min(254));
                (rest, goes_on) = (behind, *more == 255);
            }
            let mut length = rest.len().checked_sub(padding)?;
            if !is_varying {
                return length.checked_div(count);
            }
            let mut shortest = usize::MAX;
            for _ in 1..count {
                let (this, behind) = frame_length(rest)?;
                length = length.checked_sub(this + (rest.len() - behind.len()))?;
                (shortest, rest) = (shortest.min(this), behind);
            }
            (count > 0).then_some(shortest.min(length))
        }
    }
}

/// A length before a frame, and what follows (RFC 6716 §3.2.1).
fn frame_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 252 {
        return Some((usize::from(*first), rest));
    }
    let (second, rest) = rest.split_first()?;
    Some((usize::from(*first) + 4 * usize::from(*second), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    fn tone(hertz: f64) -> Vec<[i16; 320]> {
        let sample = |n: usize| (f64::sin(n as f64 * hertz * std::f64::consts::TAU / 16_000.0) * 8_000.0) as i16;
        (0..50).map(|frame| std::array::from_fn(|n| sample(frame * 320 + n))).collect()
    }

    fn energy_at(hertz: f64, samples: &[i16]) -> f64 {
        let angle = |n: usize| n as f64 * hertz * std::f64::consts::TAU / 16_000.0;
        let sum =
            |wave: fn(f64) -> f64| samples.iter().enumerate().map(|(n, s)| wave(angle(n)) * f64::from(*s)).sum::<f64>();
        let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        2.0 * (sum(f64::sin).powi(2) + sum(f64::cos).powi(2)) / samples.len() as f64 / energy.max(1.0)
    }

    #[test]
    fn what_is_said_is_heard_wide_where_it_is_wide() {
        for (hertz, narrow, found) in
            [(440.0, false, true), (440.0, true, true), (6_000.0, false, true), (6_000.0, true, false)]
        {
            let mut encoder = OpusEncoder::new(OpusFormat::default()).unwrap();
            encoder.set_narrow(narrow);
            let (mut decoder, mut heard) = (OpusDecoder::new().unwrap(), Vec::new());
            for frame in tone(hertz) {
                let mut payload = Vec::new();
                assert!(encoder.encode(&frame, &mut payload) > 2);
                assert_eq!(span(&payload), 160);
                decoder.decode(&payload, &mut heard);
            }
            assert_eq!(heard.len(), 16_000);
            let share = energy_at(hertz, &heard[8_000..]);
            assert_eq!(share > 0.8, found, "{hertz} Hz, narrow {narrow}: {share:.3}");
        }
    }

    #[test]
    fn a_lost_packet_is_told_by_the_next() {
        let mut encoder = OpusEncoder::new(OpusFormat { fec: true, ..OpusFormat::default() }).unwrap();
        encoder.set_loss(20);
        let packets: Vec<Vec<u8>> = tone(500.0)
            .iter()
            .map(|frame| {
                let mut payload = Vec::new();
                encoder.encode(frame, &mut payload);
                payload
            })
            .collect();
        let (mut decoder, mut heard, mut told) = (OpusDecoder::new().unwrap(), Vec::new(), 0);
        for (n, packet) in packets.iter().enumerate() {
            match packets.get(n + 1) {
                Some(next) if n % 10 == 9 && tells_before(next) => {
                    decoder.decode_before(next, &mut heard);
                    told += 1;
                }
                _ => decoder.decode(packet, &mut heard),
            }
        }
        assert_eq!((heard.len(), told), (16_000, 4));
        let pieces: Vec<f64> = heard[4_800..].chunks(800).map(|piece| energy_at(500.0, piece)).collect();
        assert!(pieces.iter().all(|piece| *piece > 0.6), "{pieces:?}");
    }

    #[test]
    fn the_library_is_never_asked_to_conceal() {
        let mut decoder = OpusDecoder::new().unwrap();
        for payload in [
            &[0x48u8][..],
            &[0x48, 1],
            &[0x49, 1, 2],
            &[0x4a, 0, 1, 2, 3],
            &[0x4a, 9, 1],
            &[0x4b, 0x02, 1, 2],
            &[0x4b, 0x83, 0, 0, 1, 2, 3],
            &[0x4b, 0x00, 1, 2],
            &[0x4b, 0x41, 0xff],
            &[],
        ] {
            let mut samples = Vec::new();
            decoder.decode(payload, &mut samples);
            decoder.decode_before(payload, &mut samples);
            assert!(samples.is_empty(), "{payload:x?}");
        }
        assert!(
            !tells_before(&[0xf8, 0xff, 0xff]) && !tells_before(&[0x48, 0xbf, 0]) && tells_before(&[0x48, 0x40, 0])
        );
    }

    #[test]
    fn silence_is_not_sent_to_whom_wants_none() {
        let sent = |dtx: bool| {
            let mut encoder = OpusEncoder::new(OpusFormat { dtx, ..OpusFormat::default() }).unwrap();
            (0..100).filter(|_| encoder.encode(&[0; 320], &mut Vec::new()) > 2).count()
        };
        assert_eq!(sent(false), 100);
        assert!(sent(true) < 40, "{}", sent(true));
    }

    #[test]
    fn what_the_peer_wants_is_read() {
        let format = OpusFormat::parse(
            "minptime=10;useinbandfec=1; usedtx = 1 ;maxaveragebitrate=16000;stereo=0;x;=;maxplaybackrate=zz",
        );
        assert_eq!(format, OpusFormat { fec: true, dtx: true, max_bitrate: 16_000, ..OpusFormat::default() });
        assert_eq!(
            OpusFormat::parse("maxplaybackrate=1;maxaveragebitrate=1"),
            OpusFormat { max_bitrate: 6_000, max_playback_rate: 8_000, ..OpusFormat::default() }
        );
        assert_eq!(OpusFormat::parse(""), OpusFormat::default());
    }

    #[test]
    fn garbage_is_no_sound_and_no_harm() {
        let (mut rng, mut decoder) = (Rng::new(7), OpusDecoder::new().unwrap());
        for _ in 0..3_000 {
            let length = rng.below(300) as usize;
            let payload: Vec<u8> = (0..length).map(|_| rng.next_u64() as u8).collect();
            let mut samples = Vec::new();
            match rng.below(4) {
                0 => decoder.decode_before(&payload, &mut samples),
                _ => decoder.decode(&payload, &mut samples),
            }
            assert!(samples.len() <= MAX_SAMPLES && span(&payload) <= 960);
        }
    }
}
