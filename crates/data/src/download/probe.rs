//! Is a host there? An answer in bounded time, whatever the resolver does.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// For one of a host's addresses, so that a dead one leaves time for the next.
const ADDRESS_LIMIT: Duration = Duration::from_millis(1500);

/// Resolves the name and connects to it, within `limit` in all; the error says in words what failed.
///
/// A system's resolver cannot be interrupted, so it runs in a thread, which is left behind if it hangs.
pub(super) fn reachable(host: &str, port: u16, limit: Duration) -> Result<(), String> {
    let deadline = Instant::now() + limit;
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    thread::Builder::new()
        .name("network-probe".to_owned())
        .spawn(move || sender.send(connect(&host, port, deadline)))
        .map_err(|error| error.to_string())?;
    receiver.recv_timeout(limit).unwrap_or_else(|_| Err(format!("no answer within {:.1} s", limit.as_secs_f64())))
}

fn connect(host: &str, port: u16, deadline: Instant) -> Result<(), String> {
    let addresses = (host, port).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut outcome = Err("no address answers".to_owned());
    for address in addresses {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&address, left.min(ADDRESS_LIMIT)) {
            Ok(_) => return Ok(()),
            Err(error) => outcome = Err(error.to_string()),
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_listener_is_reachable_and_a_closed_port_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        reachable("127.0.0.1", port, Duration::from_secs(5)).expect("it listens");
        drop(listener);
        reachable("127.0.0.1", port, Duration::from_secs(5)).expect_err("nobody listens");
    }

    #[test]
    fn a_name_without_a_host_fails_in_time() {
        let start = Instant::now();
        // RFC 6761 reserves this name: it never resolves.
        reachable("host.invalid", 443, Duration::from_secs(2)).expect_err("there is no such host");
        // The limit, and as much again for a busy machine.
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    }

    #[test]
    fn no_time_is_no_answer() {
        let error = connect("127.0.0.1", 1, Instant::now()).expect_err("no time is left");
        assert_eq!(error, "no address answers");
    }
}
