//! Where a spelling stands in the tables, without a search: two hash tables that the compiler fills.
//!
//! Every line of every file is looked up at least once, and most of the time of a run over many files went there.

use super::{ALIASES, OPTIONS};
use crate::oslo::text::same;

/// Places for the options and for their old spellings: three and more times as many as are taken, powers of two.
const PLACES: usize = 8192;
const OLD_PLACES: usize = 2048;
/// A free place.
const FREE: u16 = u16::MAX;

static OPTION_PLACES: [u16; PLACES] = options();
static ALIAS_PLACES: [u16; OLD_PLACES] = aliases();
/// The hash of each option's own name.
pub(super) static SPELLINGS: [u32; OPTIONS.len()] = spellings();

/// The option of this name in a section, given in normal form.
pub(super) fn option(section: &str, name: &str) -> Option<usize> {
    let is = |index: usize| OPTIONS.get(index).is_some_and(|option| option.name == name && option.section == section);
    find(&OPTION_PLACES, hash(section, name), is)
}

/// The first of the old spellings of this name in a section, given in normal form.
pub(super) fn alias(section: &str, name: &str) -> Option<usize> {
    let is = |index: usize| ALIASES.get(index).is_some_and(|alias| alias.1 == name && alias.0 == section);
    find(&ALIAS_PLACES, hash(section, name), is)
}

fn find(places: &[u16], hash: u32, is: impl Fn(usize) -> bool) -> Option<usize> {
    let mut at = hash as usize & (places.len() - 1);
    while places[at] != FREE {
        let index = places[at] as usize;
        if is(index) {
            return Some(index);
        }
        at = (at + 1) & (places.len() - 1);
    }
    None
}

/// Of both, eight bytes at a time, with the upper half folded in.
pub(super) const fn hash(section: &str, name: &str) -> u32 {
    let hash = mix(mix(section.len() as u64, section.as_bytes()), name.as_bytes());
    (hash ^ (hash >> 32)) as u32
}

const fn mix(mut hash: u64, bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut rest = bytes;
    while let Some((word, behind)) = rest.split_first_chunk() {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(ODD).rotate_left(29);
        rest = behind;
    }
    let mut last = 0;
    let mut at = 0;
    while at < rest.len() {
        last = (last << 8) | rest[at] as u64;
        at += 1;
    }
    (hash ^ last).wrapping_mul(ODD).rotate_left(29)
}

const fn put(places: &mut [u16], hash: u32, index: u16) {
    let mut at = hash as usize & (places.len() - 1);
    while places[at] != FREE {
        at = (at + 1) & (places.len() - 1);
    }
    places[at] = index;
}

const fn spellings() -> [u32; OPTIONS.len()] {
    let mut spellings = [0; OPTIONS.len()];
    let mut index = 0;
    while index < OPTIONS.len() {
        spellings[index] = hash(OPTIONS[index].section, OPTIONS[index].name);
        index += 1;
    }
    spellings
}

const fn options() -> [u16; PLACES] {
    let mut places = [FREE; PLACES];
    let mut index = 0;
    while index < OPTIONS.len() {
        put(&mut places, hash(OPTIONS[index].section, OPTIONS[index].name), index as u16);
        index += 1;
    }
    places
}

/// Of several options with one old spelling the first is in its place.
const fn aliases() -> [u16; OLD_PLACES] {
    let mut places = [FREE; OLD_PLACES];
    let mut index = 0;
    while index < ALIASES.len() {
        let (section, name, _) = ALIASES[index];
        let again = index > 0 && same(ALIASES[index - 1].0, section) && same(ALIASES[index - 1].1, name);
        if !again {
            put(&mut places, hash(section, name), index as u16);
        }
        index += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, OPTIONS, alias, option};

    #[test]
    fn every_spelling_is_in_its_place() {
        for (index, found) in OPTIONS.iter().enumerate() {
            assert_eq!(option(found.section, found.name), Some(index));
        }
        for (section, name, _) in ALIASES {
            let first = ALIASES.iter().position(|other| (other.0, other.1) == (*section, *name));
            assert_eq!(alias(section, name), first, "[{section}] {name}");
        }
        assert_eq!((option("vnc", ""), option("", "vnc"), alias("vnc", "no_such")), (None, None, None));
    }
}
