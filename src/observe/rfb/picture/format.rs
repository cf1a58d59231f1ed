//! Pixel formats (RFC 6143 section 7.4): how many bytes a pixel has, and which colour it is.

use super::canvas::Rgb;

/// A pixel format, with the colour map where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// Bits of a pixel: 8, 16 or 32.
    bits: u8,
    depth: u8,
    big_endian: bool,
    true_colour: bool,
    max: [u16; 3],
    shift: [u8; 3],
    /// Colours by number, for formats without true colour.
    map: Vec<Rgb>,
}

impl Format {
    /// Thirty-two bits, eight for each colour, the least byte first: blue, green, red.
    pub(super) fn ours() -> Self {
        Self {
            bits: 32,
            depth: 24,
            big_endian: false,
            true_colour: true,
            max: [255; 3],
            shift: [16, 8, 0],
            map: Vec::new(),
        }
    }

    /// From the sixteen bytes of a message; `None` where they cannot be meant.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [bits, depth, big, true_colour, r1, r2, g1, g2, b1, b2, red, green, blue, ..] = *bytes else { return None };
        let two = |high, low| u16::from_be_bytes([high, low]);
        let format = Self {
            bits,
            depth,
            big_endian: big != 0,
            true_colour: true_colour != 0,
            max: [two(r1, r2), two(g1, g2), two(b1, b2)],
            shift: [red, green, blue],
            map: Vec::new(),
        };
        let sane = matches!(bits, 8 | 16 | 32) && format.shift.iter().all(|shift| *shift < 32);
        sane.then_some(format)
    }

    /// The sixteen bytes of a message.
    pub(super) fn bytes(&self) -> [u8; 16] {
        let [red, green, blue] = self.max.map(u16::to_be_bytes);
        let [r, g, b] = self.shift;
        let (big, colour) = (u8::from(self.big_endian), u8::from(self.true_colour));
        [self.bits, self.depth, big, colour, red[0], red[1], green[0], green[1], blue[0], blue[1], r, g, b, 0, 0, 0]
    }

    /// Whether every colour is told in eight bits, so that there is nothing better to ask for.
    pub(super) fn is_full(&self) -> bool {
        self.true_colour && self.bits == 32 && self.max == [255; 3]
    }

    /// Bytes of a pixel.
    pub(super) fn size(&self) -> usize {
        usize::from(self.bits / 8)
    }

    /// Bytes of a pixel in ZRLE, which leaves out the one that holds nothing (RFC 6143 section 7.7.6).
    pub(super) fn compact(&self) -> Compact {
        if !self.true_colour || self.bits != 32 || self.depth > 24 {
            return Compact::Whole;
        }
        let used = self.max.iter().zip(self.shift).fold(0u32, |used, (max, shift)| used | (u32::from(*max) << shift));
        match (used & 0xff00_0000 == 0, used.trailing_zeros() >= 8) {
            (true, _) => Compact::Low,
            (_, true) => Compact::High,
            _ => Compact::Whole,
        }
    }

    /// Keeps colours of the map from a number on.
    pub(super) fn colours(&mut self, first: usize, colours: impl Iterator<Item = Rgb>) {
        for (number, colour) in (first..=0xffff).zip(colours) {
            if self.map.len() <= number {
                self.map.resize(number + 1, [0; 3]);
            }
            self.map[number] = colour;
        }
    }

    /// The colour of a pixel; bytes that are missing count as nought.
    pub(super) fn colour(&self, bytes: &[u8]) -> Rgb {
        let fold = |value: u32, byte: &u8| (value << 8) | u32::from(*byte);
        let bytes = &bytes[..bytes.len().min(4)];
        let value = if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) };
        self.of(value)
    }

    /// The colour of a compact pixel.
    pub(super) fn compact_colour(&self, bytes: &[u8], compact: Compact) -> Rgb {
        if compact == Compact::Whole {
            return self.colour(bytes);
        }
        let [a, b, c] = *bytes else { return [0; 3] };
        // the byte that was left out is the most or the least significant one
        let first = (compact == Compact::Low) == self.big_endian;
        self.colour(&if first { [0, a, b, c] } else { [a, b, c, 0] })
    }

    fn of(&self, value: u32) -> Rgb {
        if !self.true_colour {
            return self.map.get(value as usize).copied().unwrap_or_default();
        }
        let part = |index: usize| {
            let max = u32::from(self.max[index]);
            let part = (value >> self.shift[index]) & max;
            (part * 255 + max / 2).checked_div(max).unwrap_or_default() as u8
        };
        [part(0), part(1), part(2)]
    }
}

/// How ZRLE writes a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compact {
    /// As everywhere.
    Whole,
    /// The three less significant bytes.
    Low,
    /// The three more significant bytes.
    High,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Compact, Format};

    fn format(bits: u8, depth: u8, big: u8, max: [u8; 3], shift: [u8; 3]) -> Format {
        let [r, g, b] = max;
        Format::parse(&[bits, depth, big, 1, 0, r, 0, g, 0, b, shift[0], shift[1], shift[2], 0, 0, 0]).unwrap()
    }

    #[test]
    fn colours_are_read_in_every_form() {
        assert_eq!(Format::ours().colour(&[3, 2, 1, 0]), [1, 2, 3]);
        assert_eq!(format(32, 24, 1, [255; 3], [16, 8, 0]).colour(&[9, 1, 2, 3]), [1, 2, 3]);
        // 565, the least byte first and the most byte first
        let five = [31, 63, 31];
        assert_eq!(format(16, 16, 0, five, [11, 5, 0]).colour(&[0x00, 0xf8]), [255, 0, 0]);
        assert_eq!(format(16, 16, 1, five, [11, 5, 0]).colour(&[0x07, 0xe0]), [0, 255, 0]);
        // 233
        assert_eq!(format(8, 8, 0, [7, 7, 3], [0, 3, 6]).colour(&[0b1100_0000]), [0, 0, 255]);
        let mut mapped = Format::parse(&[8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
        mapped.colours(7, [[1, 2, 3]].into_iter());
        assert_eq!((mapped.colour(&[7]), mapped.colour(&[200])), ([1, 2, 3], [0, 0, 0]));
        assert_eq!(Format::parse(&Format::ours().bytes()), Some(Format::ours()));
        assert_eq!(Format::parse(&[24, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]), None);
    }

    #[test]
    fn a_compact_pixel_leaves_out_the_byte_that_holds_nothing() {
        let low = Format::ours();
        assert_eq!(low.compact(), Compact::Low);
        assert_eq!(low.compact_colour(&[3, 2, 1], Compact::Low), [1, 2, 3]);
        let big = format(32, 24, 1, [255; 3], [16, 8, 0]);
        assert_eq!(big.compact_colour(&[1, 2, 3], big.compact()), [1, 2, 3]);
        let high = format(32, 24, 0, [255; 3], [24, 16, 8]);
        assert_eq!(high.compact(), Compact::High);
        assert_eq!(high.compact_colour(&[3, 2, 1], Compact::High), [1, 2, 3]);
        assert_eq!(format(16, 16, 0, [31, 63, 31], [11, 5, 0]).compact(), Compact::Whole);
    }
}
