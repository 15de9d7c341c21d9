//! A map whose entries have an end and whose size has a bound.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use domain::Timestamp;

/// What keeping one entry costs beside the bytes of its key and value: a map slot, a node of the order, allocations.
const ENTRY_WEIGHT: usize = 200;

/// How many expired entries go with every entry that comes. More than one, so that the expired cannot pile up; few,
/// so that no caller pays for all.
const SWEEP_STEP: usize = 4;

/// How many bytes a key or value holds.
pub(super) trait Weight {
    fn weight(&self) -> usize;
}

impl Weight for Arc<str> {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weight for Box<[u8]> {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weight for u64 {
    fn weight(&self) -> usize {
        0
    }
}

impl Weight for () {
    fn weight(&self) -> usize {
        0
    }
}

/// There is no room, and nothing that has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full {
    pub(super) limit: usize,
}

pub(super) struct Shelf<K, V> {
    entries: HashMap<K, (V, Timestamp)>,
    /// The same entries by their end.
    ends: BTreeSet<(Timestamp, K)>,
    weight: usize,
    limit: usize,
}

impl<K: Clone + Ord + Hash + Weight, V: Weight> Shelf<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { entries: HashMap::new(), ends: BTreeSet::new(), weight: 0, limit }
    }

    pub(super) fn find<Q>(&self, key: &Q, now: Timestamp) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.get(key).filter(|(_, end)| now < *end).map(|(value, _)| value)
    }

    pub(super) fn find_mut<Q>(&mut self, key: &Q, now: Timestamp) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.get_mut(key).filter(|(_, end)| now < *end).map(|(value, _)| value)
    }

    /// Keeps `value` until `end`, in place of what was under `key`. When there is no room for it, what was there stays.
    pub(super) fn keep(&mut self, key: K, value: V, now: Timestamp, end: Timestamp) -> Result<(), Full> {
        self.sweep(now, SWEEP_STEP);
        let needed = weight_of(&key, &value);
        let freed = self.entries.get(&key).map_or(0, |(old, _)| weight_of(&key, old));
        if self.weight - freed + needed > self.limit {
            self.sweep(now, usize::MAX);
        }
        // The sweep may have taken what was under the key.
        let freed = self.entries.get(&key).map_or(0, |(old, _)| weight_of(&key, old));
        if self.weight - freed + needed > self.limit {
            return Err(Full { limit: self.limit });
        }
        self.replace(key, value, end);
        Ok(())
    }

    /// As [`Self::keep`], for a value that is no larger than the one that was just there.
    pub(super) fn replace(&mut self, key: K, value: V, end: Timestamp) {
        self.forget(&key);
        self.weight += weight_of(&key, &value);
        self.ends.insert((end, key.clone()));
        self.entries.insert(key, (value, end));
    }

    /// Forgets what is under `key`, and gives it with its end when that has not come.
    pub(super) fn remove<Q>(&mut self, key: &Q, now: Timestamp) -> Option<(V, Timestamp)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.forget(key).filter(|(_, end)| now < *end)
    }

    fn forget<Q>(&mut self, key: &Q) -> Option<(V, Timestamp)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (key, (value, end)) = self.entries.remove_entry(key)?;
        self.weight -= weight_of(&key, &value);
        self.ends.remove(&(end, key));
        Some((value, end))
    }

    fn sweep(&mut self, now: Timestamp, most: usize) {
        for _ in 0..most {
            match self.ends.first() {
                Some((end, key)) if *end <= now => {
                    let key = key.clone();
                    self.forget(&key);
                }
                _ => return,
            }
        }
    }
}

fn weight_of<K: Weight, V: Weight>(key: &K, value: &V) -> usize {
    ENTRY_WEIGHT + key.weight() + value.weight()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);
    const LATER: Timestamp = Timestamp::from_seconds(2000);

    fn shelf_for(entries: usize) -> Shelf<Arc<str>, Box<[u8]>> {
        Shelf::new(entries * (ENTRY_WEIGHT + 2))
    }

    fn value() -> Box<[u8]> {
        vec![7].into()
    }

    #[test]
    fn a_full_shelf_refuses_and_keeps_what_it_has() {
        let mut shelf = shelf_for(2);
        assert_eq!(shelf.keep("a".into(), value(), NOW, LATER), Ok(()));
        assert_eq!(shelf.keep("b".into(), value(), NOW, LATER), Ok(()));
        assert_eq!(shelf.keep("c".into(), value(), NOW, LATER), Err(Full { limit: shelf.limit }));
        assert!(shelf.find("a", NOW).is_some() && shelf.find("b", NOW).is_some());
    }

    #[test]
    fn replacing_a_value_needs_no_room_for_both() {
        let mut shelf = shelf_for(1);
        for _ in 0..100 {
            assert_eq!(shelf.keep("a".into(), value(), NOW, LATER), Ok(()));
        }
        assert_eq!(shelf.ends.len(), 1);
    }

    #[test]
    fn the_expired_make_room() {
        let mut shelf = shelf_for(10);
        for n in 0..10 {
            assert_eq!(shelf.keep(n.to_string().into(), value(), NOW, LATER), Ok(()));
        }
        assert_eq!(shelf.keep("x".into(), value(), LATER, LATER + Duration::from_secs(1)), Ok(()));
        assert_eq!(shelf.find("1", LATER), None);
        assert!(shelf.find("x", LATER).is_some() && shelf.weight <= shelf.limit);
    }

    #[test]
    fn weight_is_that_of_the_entries() {
        let mut shelf = shelf_for(100);
        for n in 10..60 {
            let end = NOW + Duration::from_secs(n);
            assert_eq!(shelf.keep(n.to_string().into(), value(), NOW, end), Ok(()));
        }
        shelf.remove("11", NOW);
        shelf.sweep(NOW + Duration::from_secs(30), usize::MAX);
        let counted: usize = shelf.entries.iter().map(|(key, (value, _))| weight_of(key, value)).sum();
        assert_eq!((shelf.weight, shelf.entries.len()), (counted, 29));
        shelf.sweep(LATER, usize::MAX);
        assert_eq!((shelf.weight, shelf.ends.len()), (0, 0));
    }

    #[test]
    fn steady_use_does_not_pile_up_the_expired() {
        let mut shelf = shelf_for(1000);
        for n in 0..500 {
            let now = NOW + Duration::from_secs(n);
            assert_eq!(shelf.keep(n.to_string().into(), value(), now, now + Duration::from_secs(5)), Ok(()));
        }
        assert!(shelf.entries.len() <= 6, "{} entries of which 5 are alive", shelf.entries.len());
    }
}
