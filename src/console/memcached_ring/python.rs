//! python-memcached's choice of a node.
//!
//! `cmemcache_hash`: bits 16 to 30 of the key's crc32, 1 when they are all 0; the node is that number modulo the length
//! of the list. A node that refuses is passed by hashing the decimal text of the number followed by the attempt's number,
//! ten tries in all (`Client._get_server`). The same in 1.53 to 1.59; 1.60 dropped the "1 when 0", which moves one key
//! in 32768 and no console token, as consoleauth was gone by then.

/// Tries before the client gives up (`Client._SERVER_RETRIES`).
pub const MAX_TRIES: usize = 10;

/// The number a key starts with, 1 to 32767.
pub fn start_hash(key: &[u8]) -> u16 {
    let bits = (crc32fast::hash(key) >> 16) & 0x7fff;
    u16::try_from(bits.max(1)).unwrap_or(1)
}

/// Index of the node asked first in a list of `n`; `None` for an empty list.
pub fn python_memcached(key_hash: u16, n: usize) -> Option<usize> {
    usize::from(key_hash).checked_rem(n)
}

/// Indexes asked in turn while nodes refuse: the home node, then the rehashes, [`MAX_TRIES`] in all, with repeats; empty
/// for an empty list.
pub fn probe_order(start_hash: u16, n: usize) -> Vec<usize> {
    let mut order = Vec::with_capacity(MAX_TRIES);
    let mut hash = start_hash;
    for attempt in 0..MAX_TRIES {
        let Some(index) = python_memcached(hash, n) else {
            break;
        };
        order.push(index);
        hash = self::start_hash(format!("{hash}{attempt}").as_bytes());
    }
    order
}

/// The node asked in a list of `n` when those marked in `dead` refuse; a node that `dead` does not reach is alive.
/// `None` when no try meets a living node: the key is lost without a word.
pub fn node_with_dead(start_hash: u16, n: usize, dead: &[bool]) -> Option<usize> {
    probe_order(start_hash, n).into_iter().find(|&index| !dead.get(index).copied().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three keys of the facts, with h and the index in lists of 3 and 2.
    const VECTORS: [(&str, u16, usize, usize); 3] = [
        ("aecfa2aff668b967d07ea86794e0b97fcd0a8e32", 12747, 0, 1),
        ("97d22f8652571c42ac94d64936ba78d3abce1282", 6548, 2, 0),
        ("a51adcb7130975b2be10e3da5d3e737311db68bc", 3440, 2, 0),
    ];

    #[test]
    fn known_vectors() {
        for (key, hash, of_three, of_two) in VECTORS {
            assert_eq!(start_hash(key.as_bytes()), hash, "{key}");
            assert_eq!(python_memcached(hash, 3), Some(of_three), "{key}");
            assert_eq!(python_memcached(hash, 2), Some(of_two), "{key}");
            assert_eq!(python_memcached(hash, 1), Some(0), "{key}");
        }
    }

    #[test]
    fn a_refusing_node_is_passed_by_rehash() {
        // with A refusing, the first key probes 0,0,0,0 and then C
        let order = probe_order(12747, 3);
        assert_eq!(order.len(), MAX_TRIES);
        assert_eq!(order.get(..5), Some([0, 0, 0, 0, 2].as_slice()));
        assert_eq!(node_with_dead(12747, 3, &[true, false, false]), Some(2));
        assert_eq!(node_with_dead(12747, 3, &[false, true, true]), Some(0));
        assert_eq!(node_with_dead(12747, 3, &[true, true, true]), None);
        assert_eq!(node_with_dead(12747, 3, &[]), Some(0));
    }

    #[test]
    fn an_empty_list_holds_nothing() {
        assert_eq!(python_memcached(12747, 0), None);
        assert!(probe_order(12747, 0).is_empty());
        assert_eq!(node_with_dead(12747, 0, &[]), None);
    }

    #[test]
    fn a_hash_of_zero_becomes_one() {
        let zero = (0..u32::MAX)
            .map(|n| n.to_string())
            .find(|key| (crc32fast::hash(key.as_bytes()) >> 16).trailing_zeros() >= 15)
            .unwrap_or_default();
        assert_eq!(start_hash(zero.as_bytes()), 1);
    }
}
