//! Large blocks of memory go back to the system when they are freed.
//!
//! The C library learns from the first large block it frees to keep those that follow, for each thread by
//! itself. A check of a password takes 19 MiB for a moment, on whichever thread is free: kept, they add up to
//! hundreds.

/// Blocks from this size on are the system's, and go back to it at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 1 << 20;

/// Once, at the start of the process.
pub fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt only sets a number inside the allocator; a number it does not like changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}
