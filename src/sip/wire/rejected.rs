//! What is answered to bytes that are not a message we take.

use super::value::params::{is_token, split_list, trim};
use super::{Blame, Name, Via, WireError, limits};

/// Bytes that were refused, with what could be read of them.
#[derive(Clone, Debug)]
pub struct Rejected {
    pub error: WireError,
    is_answerable: bool,
    pub(super) top_via: Option<Via>,
    /// Raw values that an answer repeats: further Vias, then From, To, Call-ID, CSeq, each at most once.
    pub(super) echo: Vec<(Name, String)>,
}

impl Rejected {
    /// Reads what an answer needs, forgivingly, out of bytes that were refused.
    pub fn read(bytes: &[u8], error: WireError) -> Self {
        let bytes = bytes.get(..bytes.len().min(limits::MESSAGE)).unwrap_or(bytes);
        let mut lines = readable_lines(bytes);
        let start = lines.next().unwrap_or_default();
        let mut top_via = None;
        let mut echo: Vec<(Name, String)> = Vec::new();
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = trim(value);
            match Name::parse(trim(name)) {
                Some(Name::Via) => {
                    for value in split_list(value) {
                        match &top_via {
                            None => top_via = Some(salvage_via(value)),
                            Some(_) if echo.len().saturating_add(1) < limits::VIAS => {
                                echo.push((Name::Via, value.to_owned()))
                            }
                            Some(_) => {}
                        }
                    }
                }
                Some(name @ (Name::From | Name::To | Name::CallId | Name::CSeq))
                    if echo.iter().all(|(known, _)| *known != name) && value.len() <= limits::HEADER =>
                {
                    echo.push((name, value.to_owned()));
                }
                _ => {}
            }
        }
        let order = |name: Name| [Name::Via, Name::From, Name::To, Name::CallId].iter().position(|n| *n == name);
        echo.sort_by_key(|(name, _)| order(*name).unwrap_or(usize::MAX));
        let is_answerable = is_answerable(&start, &echo);
        Self { error, is_answerable, top_via: top_via.flatten(), echo }
    }

    /// The status to answer; `None` is silence (a response, an ACK, no Via to answer to, no SIP).
    pub fn status(&self) -> Option<u16> {
        match self.error.blame() {
            Blame::Answer(status) if self.is_answerable && self.top_via.is_some() => Some(status),
            _ => None,
        }
    }

    /// Was it a call, as far as can be told?
    pub fn is_invite(&self) -> bool {
        let cseq = self.echo.iter().find(|(name, _)| *name == Name::CSeq).map(|(_, value)| value.as_str());
        cseq.is_some_and(|cseq| cseq.trim_end().ends_with("INVITE"))
    }
}

/// A request, to the best of our knowledge, and not an ACK.
fn is_answerable(start: &str, echo: &[(Name, String)]) -> bool {
    let cseq = echo.iter().find(|(name, _)| *name == Name::CSeq).map(|(_, value)| value.as_str());
    let is_response = start.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
    let is_ack = start.starts_with("ACK ") || cseq.is_some_and(|cseq| cseq.trim_end().ends_with("ACK"));
    let method = start.split(' ').next().unwrap_or_default();
    let looks_like_sip = is_token(method) && start.contains(" SIP/") || cseq.is_some();
    !is_response && !is_ack && looks_like_sip
}

/// The lines of a head, folds joined, those with bytes that must not be repeated left out.
fn readable_lines(bytes: &[u8]) -> impl Iterator<Item = String> {
    let blank = bytes.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let head = bytes.get(blank..).unwrap_or_default();
    let mut rest = Some(head);
    let mut next_line = move || {
        let text = rest?;
        let end = text.iter().position(|b| *b == b'\n');
        let line = end.and_then(|end| text.get(..end)).unwrap_or(text);
        rest = end.and_then(|end| text.get(end.saturating_add(1)..)).filter(|rest| !rest.is_empty());
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    };
    let mut ahead = next_line();
    std::iter::from_fn(move || {
        let mut line = ahead.filter(|line| !line.is_empty())?.to_vec();
        loop {
            ahead = next_line();
            match ahead {
                Some(more) if more.starts_with(b" ") || more.starts_with(b"\t") => line.extend_from_slice(more),
                _ => break,
            }
        }
        let text = super::value::raw::text(&line).into_owned();
        Some(if text.bytes().any(|b| b.is_ascii_control() && b != b'\t') { String::new() } else { text })
    })
}

/// The Via, or what of it an answer needs: protocol, sent-by, branch.
fn salvage_via(value: &str) -> Option<Via> {
    if let Ok(via) = Via::parse(value) {
        return Some(via);
    }
    let mut parts = value.split(';');
    let mut via = Via::parse_any_host(parts.next()?).ok()?;
    let branch = parts.filter_map(|param| param.split_once('=')).find(|(name, _)| name.trim() == "branch");
    if let Some((_, branch)) = branch.filter(|(_, branch)| is_token(branch.trim())) {
        via.params.set("branch", Some(branch.trim()));
    }
    Some(via)
}
