//! Work that may panic or hang, run aside: its panic comes back as text and prints nothing.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The panic hook belongs to the process, so one piece of work at a time may stand before it.
static HOOK: Mutex<()> = Mutex::new(());

/// Runs `work` in a thread for at most `limit`; the error says in one line why there is no result.
///
/// Work that outlasts the limit is left behind, as silent as before.
pub(super) fn run<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("quiet-work".to_owned())
        .spawn(move || {
            let silence = Silence::of_this_thread();
            let outcome = panic::catch_unwind(AssertUnwindSafe(work));
            drop(silence);
            sender.send(outcome.map_err(|payload| text(&*payload)))
        })
        .map_err(|error| error.to_string())?;
    receiver.recv_timeout(limit).unwrap_or_else(|_| Err(format!("not done within {} s", limit.as_secs())))
}

/// While this lives, a panic of the thread that made it prints nothing; those of other threads go to the hook that was
/// there before, which comes back in the end.
struct Silence {
    previous: Option<Arc<Hook>>,
    _only: MutexGuard<'static, ()>,
}

impl Silence {
    fn of_this_thread() -> Self {
        let only = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = thread::current().id();
        let previous: Arc<Hook> = Arc::new(panic::take_hook());
        let others = Arc::clone(&previous);
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() != silent {
                others(info);
            }
        }));
        Self { previous: Some(previous), _only: only }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // Dropping our hook leaves `previous` as the only owner of the old one.
        drop(panic::take_hook());
        if let Some(hook) = self.previous.take().and_then(Arc::into_inner) {
            panic::set_hook(hook);
        }
    }
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("unknown panic");
    let text = text.trim_start_matches("called `Result::unwrap()` on an `Err` value: ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    const LONG: Duration = Duration::from_mins(1);

    /// The hook belongs to the process: one of these tests at a time.
    static ONE_TEST: Mutex<()> = Mutex::new(());

    fn alone() -> MutexGuard<'static, ()> {
        ONE_TEST.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn a_result_comes_back() {
        let _alone = alone();
        assert_eq!(run(LONG, || 6 * 7), Ok(42));
    }

    #[test]
    fn a_panic_comes_back_as_one_line_past_the_hook_and_the_hook_stays() {
        static SEEN: AtomicUsize = AtomicUsize::new(0);
        let _alone = alone();
        // Work that another test left behind gives the hook back first.
        let only = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
        let default = Arc::new(panic::take_hook());
        panic::set_hook(Box::new(move |info| {
            if info.payload_as_str().is_some_and(|text| text.starts_with("expected here")) {
                SEEN.fetch_add(1, SeqCst);
            } else {
                default(info);
            }
        }));
        drop(only);

        let outcome = run(LONG, || panic!("expected here:\n  two lines"));
        assert_eq!(outcome, Err::<(), _>("expected here: two lines".to_owned()));
        assert_eq!(SEEN.load(SeqCst), 0, "the hook saw a silent panic");

        // Another thread's panic is none of our business, during the work and after it.
        let loud = || thread::spawn(|| panic!("expected here")).join().is_err();
        assert_eq!(run(LONG, loud), Ok(true));
        assert_eq!(SEEN.load(SeqCst), 1);
        assert!(loud());
        assert_eq!(SEEN.load(SeqCst), 2);
    }

    #[test]
    fn work_that_hangs_is_left_behind() {
        let _alone = alone();
        let (release, wait) = mpsc::channel::<()>();
        let outcome = run(Duration::from_millis(50), move || wait.recv().is_ok());
        assert!(outcome.is_err_and(|text| text.contains("not done within")));
        drop(release);
    }
}
