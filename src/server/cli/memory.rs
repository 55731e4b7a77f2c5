//! How the C library's allocator keeps memory: what is free goes back to the system.
//!
//! It gives each thread an arena with free room of its own (up to eight a core), and learns from the first large
//! block that is freed to keep those that follow. A check of a password takes 19 MiB for a moment, on whichever
//! thread is free: kept, they add up to hundreds. Without any such check it was some 45 of 72 MiB after a quarter
//! of an hour of the demo.

/// Threads share so many arenas. The packet path allocates next to nothing, so they seldom meet.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: libc::c_int = 2;
/// Blocks from this size on are the system's, and go back to it at once; so much free room at the top of an arena
/// is kept. Bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 128 * 1024;

/// Once, at the start of the process, before there are threads.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (what, value) in [(libc::M_ARENA_MAX, ARENAS), (libc::M_MMAP_THRESHOLD, LARGE), (libc::M_TRIM_THRESHOLD, LARGE)]
    {
        // SAFETY: mallopt only sets a number inside the allocator; a number it does not like changes nothing.
        unsafe { libc::mallopt(what, value) };
    }
}
