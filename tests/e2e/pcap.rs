//! What a SIPp caller says: a capture file with a tone as G.711 and, at given times, digits as
//! RFC 4733 events. (SIPp replays the payloads; addresses in the file do not count.)

use std::path::Path;
use std::time::Duration;

use carillon::codec::Law;
use carillon::media::tone::Tone;

const FRAME_MS: u64 = 20;
const SAMPLES: u32 = 160;
const SSRC: u32 = 0x51_1b_00_01;
pub const EVENT_PAYLOAD_TYPE: u8 = 101;
/// A key is pressed for so many frames; its end is told three times.
const KEY_FRAMES: u64 = 8;

/// Speaks `hertz` for `length`, with the keys pressed at these times.
pub fn write(path: &Path, hertz: f64, length: Duration, keys: &[(Duration, char)]) {
    let mut capture = header();
    let mut tone = Tone::new(hertz, 0.4);
    let frames = length.as_millis() as u64 / FRAME_MS;
    let mut sequence = 1u16;
    for frame in 0..frames {
        let sound: Vec<i16> = tone.by_ref().take(SAMPLES as usize).collect();
        let key = keys.iter().find_map(|(at, key)| {
            let start = at.as_millis() as u64 / FRAME_MS;
            (start..start + KEY_FRAMES + 3).contains(&frame).then(|| (*key, frame - start, start))
        });
        let packet = match key {
            None => rtp(
                0,
                false,
                sequence,
                frame as u32 * SAMPLES,
                &sound.iter().map(|sample| Law::Mu.encode(*sample)).collect::<Vec<u8>>(),
            ),
            Some((key, age, start)) => {
                let timestamp = start as u32 * SAMPLES;
                rtp(EVENT_PAYLOAD_TYPE, age == 0, sequence, timestamp, &event(key, age))
            }
        };
        record(&mut capture, frame * FRAME_MS * 1_000, &packet);
        sequence = sequence.wrapping_add(1);
    }
    std::fs::write(path, capture).expect("the capture file");
}

fn event(key: char, age: u64) -> [u8; 4] {
    let code = "0123456789*#".find(key).expect("a key") as u8;
    let end = if age >= KEY_FRAMES { 0x80 } else { 0 };
    let duration = (age.min(KEY_FRAMES - 1) as u16 + 1) * SAMPLES as u16;
    let [high, low] = duration.to_be_bytes();
    [code, end | 10, high, low]
}

fn rtp(payload_type: u8, marker: bool, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type | if marker { 0x80 } else { 0 }];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend(payload);
    packet
}

fn header() -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(0xa1b2_c3d4u32.to_le_bytes());
    file.extend([2, 0, 4, 0]);
    file.extend([0u8; 8]);
    file.extend(65_535u32.to_le_bytes());
    file.extend(1u32.to_le_bytes());
    file
}

fn record(file: &mut Vec<u8>, micros: u64, payload: &[u8]) {
    let udp = 8 + payload.len();
    let mut frame = vec![0u8; 12];
    frame.extend([8, 0]);
    frame.extend([0x45, 0]);
    frame.extend((20 + udp as u16).to_be_bytes());
    frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    frame.extend([0x27, 0x10, 0x27, 0x12]);
    frame.extend((udp as u16).to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(payload);
    file.extend(((micros / 1_000_000) as u32).to_le_bytes());
    file.extend(((micros % 1_000_000) as u32).to_le_bytes());
    file.extend((frame.len() as u32).to_le_bytes());
    file.extend((frame.len() as u32).to_le_bytes());
    file.extend(frame);
}
