//! The log on standard error. It is an aid: a line that cannot be written is lost, and nothing else is.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

/// The lines that could not be written.
static LOST: Lost = Lost { all: AtomicU64::new(0), told: AtomicU64::new(0) };

/// How many lines of the log could not be written.
pub(crate) fn lost() -> u64 {
    LOST.all.load(Ordering::Relaxed)
}

/// Lines that could not be written: how many in all, and how many of them were told of since.
#[derive(Debug, Default)]
struct Lost {
    all: AtomicU64,
    told: AtomicU64,
}

/// Standard error. Writing to it never fails: a library that is told of a failure tells it there, and fails again.
#[derive(Clone, Copy, Debug)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write(&mut io::stderr().lock(), line, &LOST);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a line, and before it how many are missing.
fn write(to: &mut impl Write, line: &[u8], lost: &Lost) {
    let missing = lost.all.load(Ordering::Relaxed) - lost.told.load(Ordering::Relaxed);
    let told = if missing == 0 { Ok(()) } else { writeln!(to, "{missing} lines of the log could not be written") };
    match told.and_then(|()| to.write_all(line)) {
        Ok(()) => lost.told.fetch_add(missing, Ordering::Relaxed),
        Err(_) => lost.all.fetch_add(1, Ordering::Relaxed),
    };
}

/// A log that a test reads.
#[cfg(test)]
pub(crate) mod kept {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex, PoisonError},
    };

    use tracing_subscriber::fmt::MakeWriter;

    /// What is logged.
    #[derive(Clone, Default)]
    pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        /// All of it until now.
        pub fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Kept {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be written to while it is full.
    struct Disk {
        is_full: bool,
        written: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.is_full { Err(io::ErrorKind::StorageFull.into()) } else { self.written.write(bytes) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_cannot_be_written_is_lost_and_counted_and_said_once() {
        let (mut disk, lost) = (Disk { is_full: false, written: Vec::new() }, Lost::default());
        write(&mut disk, b"one\n", &lost);
        disk.is_full = true;
        write(&mut disk, b"two\n", &lost);
        write(&mut disk, b"three\n", &lost);
        disk.is_full = false;
        write(&mut disk, b"four\n", &lost);
        write(&mut disk, b"five\n", &lost);
        let said = String::from_utf8_lossy(&disk.written);
        assert_eq!(said, "one\n2 lines of the log could not be written\nfour\nfive\n");
    }
}
