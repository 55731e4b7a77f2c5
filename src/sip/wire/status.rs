//! Reason phrases (RFC 3261 §21 and the IANA registry).

/// Class and method of a response we print; `None` for a request. Methods that this server does not know
/// (a peer may ask for any) are all `other`.
pub fn response_line(bytes: &[u8]) -> Option<(u8, &'static str)> {
    let class = bytes.strip_prefix(b"SIP/2.0 ")?.first()?.checked_sub(b'0')?;
    let line = bytes.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"CSeq: "))?;
    let method = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next()?;
    let known = METHODS.into_iter().find(|known| known.as_bytes() == method);
    Some((class, known.unwrap_or("other")))
}

const METHODS: [&str; 11] =
    ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "NOTIFY", "REFER", "PRACK"];

/// The registered phrase; for others the phrase of the class.
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        199 => "Early Dialog Terminated",
        200 => "OK",
        202 => "Accepted",
        204 => "No Notification",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        417 => "Unknown Resource-Priority",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        428 => "Use Identity Header",
        430 => "Flow Failed",
        433 => "Anonymity Disallowed",
        439 => "First Hop Lacks Outbound Support",
        469 => "Bad Info Package",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        494 => "Security Agreement Required",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        580 => "Precondition Failure",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        607 => "Unwanted",
        _ => match status / 100 {
            1 => "Progress",
            2 => "Success",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_known_by_class_and_method() {
        let response =
            |method: &str| format!("SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP x\r\nCSeq: 1 {method}\r\n\r\n");
        assert_eq!(response_line(response("INVITE").as_bytes()), Some((4, "INVITE")));
        assert_eq!(response_line(response("NEWMETHOD").as_bytes()), Some((4, "other")));
        assert_eq!(response_line(b"INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n"), None);
        assert_eq!(response_line(b"SIP/2.0 "), None);
    }
}
