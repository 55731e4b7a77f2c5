//! Several datagrams with one system call.
//!
//! An edge-triggered socket must be read until it is empty; with `recvmmsg` the call that brings the
//! last packet also says that it was the last, which halves the calls of a quiet stream and divides
//! those of a flood by [`BATCH`].

use std::io;
use std::mem::{MaybeUninit, size_of};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, RawFd};

/// Datagrams of one call.
pub const BATCH: usize = 16;
/// The largest datagram looked at; a longer one is refused.
pub const DATAGRAM_MAX: usize = 2_048;

/// Room for one call, used again and again.
pub struct Batch {
    buffers: Box<[[u8; DATAGRAM_MAX]]>,
    names: [MaybeUninit<libc::sockaddr_storage>; BATCH],
    /// Length of each datagram; 0 for one that is refused.
    lengths: [usize; BATCH],
    count: usize,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            buffers: vec![[0u8; DATAGRAM_MAX]; BATCH].into_boxed_slice(),
            names: [MaybeUninit::zeroed(); BATCH],
            lengths: [0; BATCH],
            count: 0,
        }
    }
}

impl Batch {
    /// Reads what the socket holds, up to [`BATCH`]; true if there may be more.
    pub fn receive(&mut self, socket: &impl AsRawFd) -> io::Result<bool> {
        self.count = 0;
        let count = self.receive_raw(socket.as_raw_fd())?;
        self.count = count;
        Ok(count == BATCH)
    }

    #[allow(unsafe_code, reason = "recvmmsg has no safe wrapper in the standard library")]
    fn receive_raw(&mut self, socket: RawFd) -> io::Result<usize> {
        // SAFETY: all-zero bytes are a valid value of these C structs.
        let mut parts: [libc::iovec; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let mut messages: [libc::mmsghdr; BATCH] = unsafe { MaybeUninit::zeroed().assume_init() };
        let room = self.buffers.iter_mut().zip(&mut self.names);
        for ((message, part), (buffer, name)) in messages.iter_mut().zip(&mut parts).zip(room) {
            part.iov_base = buffer.as_mut_ptr().cast();
            part.iov_len = DATAGRAM_MAX;
            message.msg_hdr.msg_name = name.as_mut_ptr().cast();
            message.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            message.msg_hdr.msg_iov = part;
            message.msg_hdr.msg_iovlen = 1;
        }
        // SAFETY: every header points at a buffer and a name of the stated sizes, which `self` owns and
        // which nothing else touches during the call; no timeout is passed.
        let read = unsafe {
            libc::recvmmsg(socket, messages.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT as _, std::ptr::null_mut())
        };
        let count = usize::try_from(read).map_err(|_| io::Error::last_os_error())?.min(BATCH);
        for (length, message) in self.lengths.iter_mut().zip(&messages).take(count) {
            let whole = message.msg_hdr.msg_flags & libc::MSG_TRUNC == 0;
            *length = if whole { (message.msg_len as usize).min(DATAGRAM_MAX) } else { 0 };
        }
        Ok(count)
    }

    /// The datagrams of the last call and where they came from.
    pub fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        let all = self.names.iter().zip(&self.lengths).zip(self.buffers.iter()).take(self.count);
        all.filter_map(|((name, length), buffer)| {
            Some((address(name)?, buffer.get(..*length).filter(|d| !d.is_empty())?))
        })
    }
}

#[allow(unsafe_code, reason = "the kernel tells addresses as C structs")]
fn address(name: &MaybeUninit<libc::sockaddr_storage>) -> Option<SocketAddr> {
    // SAFETY: the storage was zeroed when it was made, is larger than each struct read here and
    // aligned for all of them; the kernel wrote the struct that belongs to the family.
    let (family, v4, v6) = unsafe {
        let name = name.as_ptr();
        ((*name).ss_family, *name.cast::<libc::sockaddr_in>(), *name.cast::<libc::sockaddr_in6>())
    };
    match i32::from(family) {
        libc::AF_INET => {
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::from((ip, u16::from_be(v4.sin_port))))
        }
        libc::AF_INET6 => {
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(SocketAddr::from((ip, u16::from_be(v6.sin6_port))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn reads_all_that_is_there_and_refuses_giants() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let (to, from) = (UdpSocket::bind(host).unwrap(), UdpSocket::bind(host).unwrap());
            for length in [1usize, 172, DATAGRAM_MAX + 1, DATAGRAM_MAX] {
                from.send_to(&vec![7; length], to.local_addr().unwrap()).unwrap();
            }
            let mut batch = Batch::default();
            assert!(!batch.receive(&to).unwrap());
            let read: Vec<_> = batch.datagrams().map(|(source, d)| (source, d.len())).collect();
            let source = from.local_addr().unwrap();
            assert_eq!(read, [(source, 1), (source, 172), (source, DATAGRAM_MAX)]);
            assert_eq!(batch.receive(&to).unwrap_err().kind(), io::ErrorKind::WouldBlock);
            assert_eq!(batch.datagrams().count(), 0);
            (0..BATCH).for_each(|_| drop(from.send_to(b"x", to.local_addr().unwrap())));
            assert!(batch.receive(&to).unwrap());
        }
    }
}
