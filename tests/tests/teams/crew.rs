//! A team of threads.

use learning::{LearningError, Team};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

/// One of several threads that are ranks. One that has ended, well or not, ends the others' waiting for it.
#[derive(Debug)]
pub(crate) struct Crew {
    rank: usize,
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Mutex<Receiver<Vec<u8>>>>,
}

impl Crew {
    fn of(ranks: usize) -> Vec<Self> {
        let mut crew: Vec<Self> = (0..ranks).map(|rank| Self { rank, to: Vec::new(), from: Vec::new() }).collect();
        for to in 0..ranks {
            for from in 0..ranks {
                let (sender, receiver) = channel();
                crew[from].to.push(sender);
                crew[to].from.push(Mutex::new(receiver));
            }
        }
        crew
    }
}

impl Team for Crew {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.to.len()
    }

    fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>, LearningError> {
        let gone = |_| LearningError::Team("a rank has ended".to_owned());
        self.to
            .iter()
            .try_for_each(|to| to.send(own.to_vec()))
            .map_err(|_| LearningError::Team("a rank has ended".to_owned()))?;
        self.from
            .iter()
            .map(|from| from.lock().unwrap_or_else(PoisonError::into_inner).recv().map_err(gone))
            .collect()
    }
}

/// What each of so many ranks makes of the same work, in the order of ranks.
pub(crate) fn each<T: Send>(ranks: usize, work: impl Fn(&dyn Team) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let started: Vec<_> = Crew::of(ranks).into_iter().map(|rank| scope.spawn(move || work(&rank))).collect();
        started.into_iter().map(|rank| rank.join().unwrap()).collect()
    })
}
