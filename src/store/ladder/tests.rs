use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::sip::Transport;

const HOUR: u64 = 3_600_000_000;
const BEGIN: u64 = 1_700_000_000_000_000;

fn ladder(folder: &TempDir, bytes: u64) -> Ladder {
    Ladder::new(LadderSettings { folder: folder.path().join("ladder"), bytes })
}

fn contact(n: u128) -> InteractionId {
    InteractionId(uuid::Uuid::from_u128(n))
}

/// A message of this call, `n` hours after the begin.
fn message(call: &str, line: &str, hours: u64, of: Option<InteractionId>) -> Packet {
    let method = line.split(' ').next().filter(|word| *word != "SIP/2.0").unwrap_or("INVITE");
    let named = of.map_or_else(String::new, |of| format!("X-Carillon-Interaction: {of}\r\n"));
    let text = format!("{line}\r\nVia: SIP/2.0/TLS h\r\nCall-ID: {call}\r\nCSeq: 1 {method}\r\n{named}\r\n");
    Packet {
        at: Instant::from_micros(BEGIN + hours * HOUR),
        transport: Transport::Tls,
        from: "192.0.2.1:5061".parse().unwrap(),
        to: "192.0.2.2:40000".parse().unwrap(),
        bytes: Bytes::from(text),
    }
}

fn lines(packets: &[Packet]) -> Vec<String> {
    let line = |packet: &Packet| String::from_utf8_lossy(&packet.bytes).lines().next().unwrap().to_owned();
    packets.iter().map(line).collect()
}

const INVITE: &str = "INVITE sip:a SIP/2.0";
const OK: &str = "SIP/2.0 200 OK";

#[test]
fn the_messages_of_a_contact_are_found_by_its_calls_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let kept = ladder(&folder, 1 << 20);
    let mut sent = vec![
        message("in", INVITE, 0, None),
        message("out", INVITE, 0, Some(contact(1))),
        message("out", OK, 0, None),
        message("other", INVITE, 0, Some(contact(2))),
        message("out", "REGISTER sip:a SIP/2.0", 0, None),
    ];
    sent.iter().for_each(|packet| kept.keep(packet).unwrap());
    let of = |ladder: &Ladder, call_ids: &[&str]| {
        let ids: Vec<String> = call_ids.iter().map(|id| (*id).to_owned()).collect();
        ladder.messages(contact(1), &ids).unwrap()
    };
    sent.truncate(3);
    assert_eq!(of(&kept, &["in"]), sent);
    assert_eq!(lines(&of(&kept, &[])), [INVITE, OK]);
    drop(kept);
    // The last one is cut off.
    let file = folder.path().join("ladder/0000000001.pcap");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 3]).unwrap();
    let again = ladder(&folder, 1 << 20);
    assert_eq!(of(&again, &["in"]), []);
    again.recall(sent[0].at).unwrap();
    assert_eq!(of(&again, &["in"]), sent);
    again.keep(&message("out", "BYE sip:a SIP/2.0", 1, None)).unwrap();
    assert_eq!(lines(&of(&again, &[])), [INVITE, OK, "BYE sip:a SIP/2.0"]);
    assert!(again.messages(contact(2), &[]).unwrap().is_empty(), "it was cut off");
}

#[test]
fn what_is_a_day_old_is_gone_and_so_is_what_is_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let kept = ladder(&folder, 1 << 30);
    for hours in 0..50 {
        kept.keep(&message("long", OK, hours, None)).unwrap();
    }
    let all = kept.messages(contact(1), &["long".to_owned()]).unwrap();
    assert!((24..=25).contains(&all.len()), "{}", all.len());
    kept.age(Instant::from_micros(BEGIN + 80 * HOUR)).unwrap();
    assert!(kept.messages(contact(1), &["long".to_owned()]).unwrap().is_empty());
    assert_eq!(std::fs::read_dir(folder.path().join("ladder")).unwrap().count(), 0);

    let small = ladder(&folder, 1 << 17);
    for n in 0..3_000 {
        small.keep(&message(&format!("call {n}"), OK, 0, None)).unwrap();
    }
    let size: u64 = std::fs::read_dir(folder.path().join("ladder"))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(size <= (1 << 17) + (1 << 16), "{size}");
    let is_kept = |n: u32| !small.messages(contact(1), &[format!("call {n}")]).unwrap().is_empty();
    assert!(is_kept(2_999) && !is_kept(0));
}

#[test]
fn one_call_does_not_fill_it() {
    let folder = tempfile::tempdir().unwrap();
    let kept = ladder(&folder, 1 << 24);
    for _ in 0..MESSAGES + 5 {
        kept.keep(&message("loop", OK, 0, None)).unwrap();
    }
    assert_eq!(kept.messages(contact(1), &["loop".to_owned()]).unwrap().len(), MESSAGES);
}

#[test]
fn a_file_of_one_call() {
    let packets = [message("a", INVITE, 0, None)];
    let file = file(&packets);
    assert!(file.starts_with(&pcap::HEADER) && file.ends_with(&packets[0].bytes));
}
