//! The log on standard error. If a line cannot be written, the line is lost and the server goes on.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicU64, Ordering},
};

static LOST_LINES: LostLines = LostLines { total: AtomicU64::new(0), reported: AtomicU64::new(0) };

/// How many lines of the log could not be written.
pub(crate) fn lost() -> u64 {
    LOST_LINES.total.load(Ordering::Relaxed)
}

/// Counts the lines that could not be written, and how many of them the log has reported since.
#[derive(Debug, Default)]
struct LostLines {
    total: AtomicU64,
    reported: AtomicU64,
}

/// Writes to standard error and never fails, since `tracing` would report a failure to the same
/// place.
#[derive(Clone, Copy, Debug)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write(&mut io::stderr().lock(), line, &LOST_LINES);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a line, after a report of the lines that are missing before it.
fn write(to: &mut impl Write, line: &[u8], lost: &LostLines) {
    let missing = lost.total.load(Ordering::Relaxed) - lost.reported.load(Ordering::Relaxed);
    let report = if missing == 0 { Ok(()) } else { writeln!(to, "{missing} lines of the log could not be written") };
    match report.and_then(|()| to.write_all(line)) {
        Ok(()) => lost.reported.fetch_add(missing, Ordering::Relaxed),
        Err(_) => lost.total.fetch_add(1, Ordering::Relaxed),
    };
}

/// A log that a test reads.
#[cfg(test)]
pub(crate) mod captured {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex, PoisonError},
    };

    use tracing_subscriber::fmt::MakeWriter;

    /// Collects the log.
    #[derive(Clone, Default)]
    pub(crate) struct CapturedLog(Arc<Mutex<Vec<u8>>>);

    impl CapturedLog {
        /// The log until now.
        pub fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
        }
    }

    impl Write for CapturedLog {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for CapturedLog {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that rejects writes while it is full.
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
    fn a_line_that_cannot_be_written_is_counted_and_reported_once() {
        let (mut disk, lost) = (Disk { is_full: false, written: Vec::new() }, LostLines::default());
        write(&mut disk, b"one\n", &lost);
        disk.is_full = true;
        write(&mut disk, b"two\n", &lost);
        write(&mut disk, b"three\n", &lost);
        disk.is_full = false;
        write(&mut disk, b"four\n", &lost);
        write(&mut disk, b"five\n", &lost);
        let written = String::from_utf8_lossy(&disk.written);
        assert_eq!(written, "one\n2 lines of the log could not be written\nfour\nfive\n");
    }
}
