//! pymemcache's choice of a node: highest random weight.
//!
//! HashClient 1.4 to 4.0 asks the node whose `murmur3_32("host:port-key")` (seed 0) is highest; on a tie the larger
//! text. The order of the list has no weight.

/// Index of the node that pymemcache asks for `key`; `nodes` are their texts, `host:port` or a path. `None` for an empty
/// list.
pub fn rendezvous(key: &str, nodes: &[String]) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for (index, node) in nodes.iter().enumerate() {
        let score = murmur3_32(&format!("{node}-{key}"));
        best = match best {
            Some((high, at)) if score < high || (score == high && *node <= nodes[at]) => Some((high, at)),
            _ => Some((score, index)),
        };
    }
    best.map(|(_, index)| index)
}

/// MurmurHash3 (32 bit, seed 0) over the low byte of each character, as pymemcache's own python does it.
pub fn murmur3_32(text: &str) -> u32 {
    let data: Vec<u8> = text.chars().map(|c| (u32::from(c) & 0xff) as u8).collect();
    let mut blocks = data.chunks_exact(4);
    let mut h = 0_u32;
    for block in blocks.by_ref() {
        let k = block.iter().rev().fold(0, |k, &byte| (k << 8) | u32::from(byte));
        h = (h ^ scramble(k)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = blocks.remainder();
    if !tail.is_empty() {
        h ^= scramble(tail.iter().rev().fold(0, |k, &byte| (k << 8) | u32::from(byte)));
    }
    h ^= data.len() as u32;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

fn scramble(k: u32) -> u32 {
    k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(ports: &[u16]) -> Vec<String> {
        ports.iter().map(|port| format!("127.0.0.1:{port}")).collect()
    }

    #[test]
    fn known_vectors_in_any_order() {
        for (key, port) in [
            ("aecfa2aff668b967d07ea86794e0b97fcd0a8e32", 21101),
            ("97d22f8652571c42ac94d64936ba78d3abce1282", 21102),
            ("a51adcb7130975b2be10e3da5d3e737311db68bc", 21101),
        ] {
            for order in [[21101, 21102, 21103], [21103, 21102, 21101], [21102, 21101, 21103]] {
                let at = rendezvous(key, &nodes(&order));
                assert_eq!(at.map(|at| order[at]), Some(port), "{key} {order:?}");
            }
        }
        assert_eq!(rendezvous("k", &[]), None);
    }

    #[test]
    fn murmur_of_every_tail_length() {
        // from pymemcache 4.0.0
        for (text, hash) in [
            ("", 0),
            ("a", 0x3c25_69b2),
            ("aa", 0x3710_91a9),
            ("abc", 0xb3dd_93fa),
            ("abcd", 0x43ed_676a),
            ("hello", 0x248b_fa47),
        ] {
            assert_eq!(murmur3_32(text), hash, "{text}");
        }
    }
}
