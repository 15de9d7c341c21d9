//! Lines of the log on their way out: gathered by whoever logs, written a batch at a time by a thread of its own.

use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How many bytes of lines may wait; more are lost, and counted in a line of their own.
const WAITING: usize = 8 * 1024 * 1024;
/// How many bytes of an ordinary batch are kept to gather the next one in.
const KEPT: usize = 256 * 1024;
/// How long the thread rests after a batch. Lines come one by one; without a rest it would be woken for each, beside
/// the thread that serves requests.
const REST: Duration = Duration::from_millis(5);
/// How long the end waits for what is still to be written: nobody may be reading.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where lines are put.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    gathered: Mutex<Gathered>,
    came: Condvar,
}

#[derive(Default)]
struct Gathered {
    text: Vec<u8>,
    lost: u64,
    is_end: bool,
}

impl Waiting {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().expect("no panic while held")
    }
}

impl Lines {
    /// Puts a whole line, with its end.
    pub(super) fn put(&self, line: &[u8]) {
        let mut gathered = self.0.gathered();
        if gathered.text.len() + line.len() > WAITING {
            gathered.lost += 1;
            return;
        }
        let is_first = gathered.text.is_empty();
        gathered.text.extend_from_slice(line);
        drop(gathered);
        if is_first {
            self.0.came.notify_one();
        }
    }

    /// A line was lost that could not be put in words.
    pub(super) fn lose(&self) {
        self.0.gathered().lost += 1;
    }

    /// What waits, instead of being written.
    #[cfg(test)]
    pub(super) fn taken(&self) -> Vec<u8> {
        mem::take(&mut self.0.gathered().text)
    }

    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(super) fn written_to(&self, out: impl Write + Send + 'static) -> io::Result<Written> {
        let (waiting, (done, is_done)) = (Arc::clone(&self.0), channel());
        thread::Builder::new().name("log".to_owned()).spawn(move || write_out(&waiting, out, done))?;
        Ok(Written { waiting: Arc::clone(&self.0), is_done })
    }
}

impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// While it lives, lines are written; when it is dropped, what still waited has been.
pub struct Written {
    waiting: Arc<Waiting>,
    is_done: Receiver<()>,
}

impl Drop for Written {
    fn drop(&mut self) {
        self.waiting.gathered().is_end = true;
        self.waiting.came.notify_one();
        let _ = self.is_done.recv_timeout(PATIENCE);
    }
}

/// Returns at the end, when nothing waits; `_done` tells by being dropped.
fn write_out(waiting: &Waiting, mut out: impl Write, _done: Sender<()>) {
    let mut batch = Vec::new();
    loop {
        let nothing_to_do = |gathered: &mut Gathered| gathered.text.is_empty() && !gathered.is_end;
        let mut gathered = waiting.came.wait_while(waiting.gathered(), nothing_to_do).expect("no panic while held");
        mem::swap(&mut batch, &mut gathered.text);
        let (lost, is_end) = (mem::take(&mut gathered.lost), gathered.is_end);
        drop(gathered);
        if lost > 0 {
            tracing::warn!(lost, "lines of the log were lost: standard output takes them too slowly");
        }
        if batch.is_empty() {
            return;
        }
        // Standard output may be closed; the server goes on without a reader.
        let _ = out.write_all(&batch).and_then(|()| out.flush());
        batch.clear();
        batch.shrink_to(KEPT);
        if !is_end {
            thread::sleep(REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic while held").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_put_is_written_before_the_end_whole_and_in_order() {
        let (lines, kept) = (Lines::default(), Kept::default());
        let written = lines.written_to(kept.clone()).expect("a thread");
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let lines = lines.clone();
                thread::spawn(move || (0..1000).for_each(|at| lines.put(format!("{thread} {at}\n").as_bytes())))
            })
            .collect();
        for thread in threads {
            thread.join().expect("it ends");
        }
        drop(written);
        let text = String::from_utf8(kept.0.lock().expect("no panic while held").clone()).expect("text");
        for thread in 0..4 {
            let of_it: Vec<&str> = text.lines().filter(|line| line.starts_with(&format!("{thread} "))).collect();
            let expected: Vec<String> = (0..1000).map(|at| format!("{thread} {at}")).collect();
            assert_eq!(of_it, expected);
        }
    }

    #[test]
    fn more_than_may_wait_is_lost_and_counted() {
        let lines = Lines::default();
        let line = vec![b'a'; WAITING / 4];
        (0..6).for_each(|_| lines.put(&line));
        let gathered = lines.0.gathered();
        assert_eq!((gathered.text.len(), gathered.lost), (WAITING, 2));
    }

    #[test]
    fn the_end_does_not_wait_for_a_reader_that_is_gone() {
        struct Stuck;
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                loop {
                    thread::park();
                }
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let lines = Lines::default();
        let written = lines.written_to(Stuck).expect("a thread");
        lines.put(b"a line\n");
        drop(written);
    }
}
