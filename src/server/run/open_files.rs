//! Open files: every phone's connection, desktop and RTP port is one, and the system's first limit is low.

use std::io;

/// Raises the limit of this process to the highest it may have; gives what it is now.
pub fn raise() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid rlimit for the call to fill.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: `limit` is a valid rlimit for the call to read.
    match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
        0 => Ok(limit.rlim_cur),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_can_be_raised_twice() {
        let first = super::raise().unwrap();
        assert!(first >= 256);
        assert_eq!(super::raise().unwrap(), first);
    }
}
