//! Compressed rectangles: zlib (encoding 6 of the community's rfbproto) and zrle (RFC 6143 section 7.7.6).
//!
//! One stream of each runs through the whole connection. Limits: a rectangle gives at most what its pixels can take; a
//! stream that gives more, or too little, is broken.

use flate2::{Decompress, FlushDecompress, Status};

use super::Trouble;
use super::canvas::{Area, Canvas, Rgb};
use super::format::{Compact, Format};
use super::source::Source;

/// The two streams.
pub(super) struct Inflater {
    zlib: Decompress,
    zrle: Decompress,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { zlib: Decompress::new(true), zrle: Decompress::new(true) }
    }
}

/// What `packed` stands for, at most `most` bytes.
fn inflate(stream: &mut Decompress, packed: &[u8], most: usize) -> Result<Vec<u8>, Trouble> {
    let broken = || Trouble::Said("its compressed pixels are damaged".to_owned());
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let room = (most - out.len()).min(256 * 1024);
        out.reserve(room.max(1));
        let (read, written) = (stream.total_in(), stream.total_out());
        let status = stream.decompress_vec(&packed[at..], &mut out, FlushDecompress::Sync).map_err(|_| broken())?;
        at += (stream.total_in() - read) as usize;
        if out.len() > most {
            return Err(broken());
        }
        let still = stream.total_in() == read && stream.total_out() == written;
        if status == Status::StreamEnd || still || (at == packed.len() && out.len() < out.capacity()) {
            return Ok(out);
        }
    }
}

/// The length before a compressed rectangle, and its bytes.
async fn packed(source: &mut Source) -> Result<Vec<u8>, Trouble> {
    let length = source.four().await?;
    source.take(length as usize).await
}

/// Raw pixels, compressed.
pub(super) async fn zlib(
    source: &mut Source,
    canvas: &mut Canvas,
    area: Area,
    format: &Format,
    inflater: &mut Inflater,
) -> Result<(), Trouble> {
    let packed = packed(source).await?;
    let whole = area.pixels() * format.size();
    let pixels = inflate(&mut inflater.zlib, &packed, whole)?;
    if pixels.len() < whole {
        return Err(short());
    }
    canvas.put(area, pixels.chunks_exact(format.size()).map(|pixel| format.colour(pixel)));
    Ok(())
}

/// Tiles of 64 by 64, each as short as it can be told.
pub(super) async fn zrle(
    source: &mut Source,
    canvas: &mut Canvas,
    area: Area,
    format: &Format,
    inflater: &mut Inflater,
) -> Result<(), Trouble> {
    let packed = packed(source).await?;
    let compact = format.compact();
    let size = if compact == Compact::Whole { format.size() } else { 3 };
    let tiles = area.tiles(64).count();
    // a run of one pixel is the longest way to tell it: the pixel and a length
    let most = area.pixels() * (size + 1) + tiles * (1 + 128 * size);
    let bytes = inflate(&mut inflater.zrle, &packed, most)?;
    let mut tile = Tiles { rest: &bytes, format, compact, size };
    for area in area.tiles(64) {
        tile.paint(canvas, area)?;
    }
    Ok(())
}

fn short() -> Trouble {
    Trouble::Said("its compressed pixels end early".to_owned())
}

/// The tiles of a rectangle, as they follow one another.
struct Tiles<'b> {
    rest: &'b [u8],
    format: &'b Format,
    compact: Compact,
    size: usize,
}

impl Tiles<'_> {
    fn paint(&mut self, canvas: &mut Canvas, area: Area) -> Result<(), Trouble> {
        let how = self.byte()?;
        let colours = match how {
            0 => (0..area.pixels()).map(|_| self.pixel()).collect::<Result<Vec<_>, _>>()?,
            1 => vec![self.pixel()?; area.pixels()],
            2..=16 => {
                let palette = self.palette(how)?;
                self.packed(area, &palette)?
            }
            128 => self.runs(area)?,
            130.. => {
                let palette = self.palette(how - 128)?;
                self.palette_runs(area, &palette)?
            }
            _ => return Err(Trouble::Said(format!("a zrle tile is of the unknown kind {how}"))),
        };
        canvas.put(area, colours.into_iter());
        Ok(())
    }

    fn bytes(&mut self, count: usize) -> Result<&[u8], Trouble> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Trouble> {
        Ok(self.bytes(1)?[0])
    }

    fn pixel(&mut self) -> Result<Rgb, Trouble> {
        let (format, compact) = (self.format, self.compact);
        let size = self.size;
        Ok(format.compact_colour(self.bytes(size)?, compact))
    }

    fn palette(&mut self, count: u8) -> Result<Vec<Rgb>, Trouble> {
        (0..count).map(|_| self.pixel()).collect()
    }

    /// Numbers of colours in 1, 2 or 4 bits, each row on whole bytes.
    fn packed(&mut self, area: Area, palette: &[Rgb]) -> Result<Vec<Rgb>, Trouble> {
        let bits = match palette.len() {
            2 => 1,
            3 | 4 => 2,
            _ => 4,
        };
        let width = area.width as usize;
        let mut colours = Vec::with_capacity(area.pixels());
        for _ in 0..area.height {
            let row = self.bytes((width * bits).div_ceil(8))?;
            for x in 0..width {
                let byte = row[x * bits / 8];
                let number = (byte >> (8 - bits - x * bits % 8)) & ((1u8 << bits) - 1);
                colours.push(palette.get(usize::from(number)).copied().unwrap_or_default());
            }
        }
        Ok(colours)
    }

    fn runs(&mut self, area: Area) -> Result<Vec<Rgb>, Trouble> {
        let mut colours = Vec::with_capacity(area.pixels());
        while colours.len() < area.pixels() {
            let colour = self.pixel()?;
            let length = self.length()?;
            run(&mut colours, colour, length, area)?;
        }
        Ok(colours)
    }

    fn palette_runs(&mut self, area: Area, palette: &[Rgb]) -> Result<Vec<Rgb>, Trouble> {
        let mut colours = Vec::with_capacity(area.pixels());
        while colours.len() < area.pixels() {
            let number = self.byte()?;
            let colour = palette.get(usize::from(number & 127)).copied().unwrap_or_default();
            let length = if number & 128 == 0 { 1 } else { self.length()? };
            run(&mut colours, colour, length, area)?;
        }
        Ok(colours)
    }

    /// The length of a run: one more than the sum of bytes, of which only the last is below 255.
    fn length(&mut self) -> Result<usize, Trouble> {
        let mut length = 1;
        loop {
            let byte = self.byte()?;
            length += usize::from(byte);
            if byte < 255 {
                return Ok(length);
            }
        }
    }
}

fn run(colours: &mut Vec<Rgb>, colour: Rgb, length: usize, area: Area) -> Result<(), Trouble> {
    let end = colours.len() + length;
    if end > area.pixels() {
        return Err(Trouble::Said("a run of pixels is longer than its tile".to_owned()));
    }
    colours.resize(end, colour);
    Ok(())
}
