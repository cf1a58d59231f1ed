//! Rectangles of a framebuffer update: raw, copyrect, rre, hextile (RFC 6143 section 7.7); zlib and zrle are next door.

use super::Trouble;
use super::canvas::{Area, Canvas, Rgb};
use super::format::Format;
use super::source::Source;
use super::zlib::{Inflater, zlib, zrle};

const RAW: i32 = 0;
const COPY_RECT: i32 = 1;
const RRE: i32 = 2;
const HEXTILE: i32 = 5;
const ZLIB: i32 = 6;
const ZRLE: i32 = 16;
/// The desktop has another size.
const DESKTOP_SIZE: i32 = -223;

/// What is asked for, the best first.
pub(super) const ENCODINGS: [i32; 7] = [ZRLE, ZLIB, HEXTILE, COPY_RECT, RRE, RAW, DESKTOP_SIZE];

/// What a rectangle came to.
pub(super) enum Painted {
    Done,
    /// The desktop has another size now; what was painted before is void.
    Resized(u32, u32),
}

/// Reads one rectangle and paints it.
pub(super) async fn rectangle(
    source: &mut Source,
    canvas: &mut Canvas,
    format: &Format,
    inflater: &mut Inflater,
) -> Result<Painted, Trouble> {
    let area = Area {
        x: source.two().await?.into(),
        y: source.two().await?.into(),
        width: source.two().await?.into(),
        height: source.two().await?.into(),
    };
    let encoding = source.four().await?.cast_signed();
    if encoding == DESKTOP_SIZE {
        return Ok(Painted::Resized(area.width, area.height));
    }
    if !canvas.holds(area) {
        return Err(Trouble::Said(format!(
            "a rectangle of {}x{} at {},{} is beyond the desktop of {}x{}",
            area.width, area.height, area.x, area.y, canvas.width, canvas.height
        )));
    }
    match encoding {
        RAW => raw(source, canvas, area, format).await?,
        COPY_RECT => {
            let (x, y) = (source.two().await?.into(), source.two().await?.into());
            if !canvas.holds(Area { x, y, ..area }) {
                return Err(Trouble::Said("a copy is from beyond the desktop".to_owned()));
            }
            canvas.copy(area, x, y);
        }
        RRE => rre(source, canvas, area, format).await?,
        HEXTILE => hextile(source, canvas, area, format).await?,
        ZLIB => zlib(source, canvas, area, format, inflater).await?,
        ZRLE => zrle(source, canvas, area, format, inflater).await?,
        other => return Err(Trouble::Said(format!("it sends encoding {other}, which was not asked for"))),
    }
    Ok(Painted::Done)
}

async fn raw(source: &mut Source, canvas: &mut Canvas, area: Area, format: &Format) -> Result<(), Trouble> {
    let row = area.width as usize * format.size();
    for y in 0..area.height {
        let line = source.take(row).await?;
        let one = Area { y: area.y + y, height: 1, ..area };
        canvas.put(one, line.chunks_exact(format.size()).map(|pixel| format.colour(pixel)));
    }
    Ok(())
}

async fn colour(source: &mut Source, format: &Format) -> Result<Rgb, Trouble> {
    Ok(format.colour(&source.take(format.size()).await?))
}

async fn rre(source: &mut Source, canvas: &mut Canvas, area: Area, format: &Format) -> Result<(), Trouble> {
    let count = source.four().await?;
    canvas.fill(area, colour(source, format).await?);
    for _ in 0..count {
        let ink = colour(source, format).await?;
        let part = Area {
            x: area.x + u32::from(source.two().await?),
            y: area.y + u32::from(source.two().await?),
            width: source.two().await?.into(),
            height: source.two().await?.into(),
        };
        fill_within(canvas, area, part, ink)?;
    }
    Ok(())
}

/// Paints a part of an area, or says that it is none.
fn fill_within(canvas: &mut Canvas, area: Area, part: Area, ink: Rgb) -> Result<(), Trouble> {
    if part.x + part.width > area.x + area.width || part.y + part.height > area.y + area.height {
        return Err(Trouble::Said("a part of a rectangle is beyond it".to_owned()));
    }
    canvas.fill(part, ink);
    Ok(())
}

async fn hextile(source: &mut Source, canvas: &mut Canvas, area: Area, format: &Format) -> Result<(), Trouble> {
    let (mut paper, mut ink) = ([0; 3], [0; 3]);
    for tile in area.tiles(16) {
        let how = source.byte().await?;
        if how & 1 != 0 {
            raw(source, canvas, tile, format).await?;
            continue;
        }
        if how & 2 != 0 {
            paper = colour(source, format).await?;
        }
        if how & 4 != 0 {
            ink = colour(source, format).await?;
        }
        canvas.fill(tile, paper);
        let count = if how & 8 != 0 { source.byte().await? } else { 0 };
        for _ in 0..count {
            let own = if how & 16 != 0 { colour(source, format).await? } else { ink };
            let (place, size) = (source.byte().await?, source.byte().await?);
            let part = Area {
                x: tile.x + u32::from(place >> 4),
                y: tile.y + u32::from(place & 15),
                width: u32::from(size >> 4) + 1,
                height: u32::from(size & 15) + 1,
            };
            fill_within(canvas, tile, part, own)?;
        }
    }
    Ok(())
}
