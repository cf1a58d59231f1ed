//! What has been painted so far: RGBA in rows, transparent where nothing has been sent.

use super::Trouble;

/// The most pixels that are painted.
pub(super) const MOST_PIXELS: u64 = 4096 * 4096;

/// A colour: red, green, blue.
pub(super) type Rgb = [u8; 3];

/// A rectangle of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    /// Its pixels.
    pub(super) fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// A part of it, by its own coordinates; the rest of a tile that would hang over is cut.
    pub(super) fn tile(self, x: u32, y: u32, size: u32) -> Self {
        Self { x: self.x + x, y: self.y + y, width: size.min(self.width - x), height: size.min(self.height - y) }
    }

    /// Its tiles, row by row.
    pub(super) fn tiles(self, size: u32) -> impl Iterator<Item = Self> {
        let step = size as usize;
        (0..self.height)
            .step_by(step)
            .flat_map(move |y| (0..self.width).step_by(step).map(move |x| self.tile(x, y, size)))
    }
}

/// The picture in the making.
pub(super) struct Canvas {
    pub(super) width: u32,
    pub(super) height: u32,
    rgba: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32) -> Result<Self, Trouble> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > MOST_PIXELS {
            return Err(Trouble::Said(format!("the desktop is said to be {width}x{height}")));
        }
        Ok(Self { width, height, rgba: vec![0; pixels as usize * 4] })
    }

    /// Whether an area lies within it.
    pub(super) fn holds(&self, area: Area) -> bool {
        u64::from(area.x) + u64::from(area.width) <= u64::from(self.width)
            && u64::from(area.y) + u64::from(area.height) <= u64::from(self.height)
    }

    /// Paints an area in one colour.
    pub(super) fn fill(&mut self, area: Area, colour: Rgb) {
        for y in 0..area.height {
            for x in 0..area.width {
                self.dot(area.x + x, area.y + y, colour);
            }
        }
    }

    /// Paints an area with colours, row by row.
    pub(super) fn put(&mut self, area: Area, colours: impl Iterator<Item = Rgb>) {
        let places = (0..area.height).flat_map(|y| (0..area.width).map(move |x| (x, y)));
        for ((x, y), colour) in places.zip(colours) {
            self.dot(area.x + x, area.y + y, colour);
        }
    }

    /// Copies an area from elsewhere; they may overlap.
    pub(super) fn copy(&mut self, area: Area, from_x: u32, from_y: u32) {
        let row = area.width as usize * 4;
        let mut held = Vec::with_capacity(row * area.height as usize);
        for y in 0..area.height {
            let at = self.at(from_x, from_y + y);
            held.extend_from_slice(&self.rgba[at..at + row]);
        }
        for (y, line) in (0..area.height).zip(held.chunks_exact(row.max(1))) {
            let at = self.at(area.x, area.y + y);
            self.rgba[at..at + row].copy_from_slice(line);
        }
    }

    /// Pixels that were never painted.
    pub(super) fn missing(&self) -> u64 {
        self.rgba.chunks_exact(4).filter(|pixel| pixel[3] == 0).count() as u64
    }

    /// The one colour of all that was painted.
    pub(super) fn uniform(&self) -> Option<Rgb> {
        let mut painted = self.rgba.chunks_exact(4).filter(|pixel| pixel[3] != 0);
        let first = painted.next()?;
        painted.all(|pixel| pixel == first).then(|| [first[0], first[1], first[2]])
    }

    /// As PNG, eight bits of red, green and blue.
    pub(super) fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let rgb: Vec<u8> = self.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&rgb)?;
        writer.finish()?;
        Ok(out)
    }

    fn at(&self, x: u32, y: u32) -> usize {
        (y as usize * self.width as usize + x as usize) * 4
    }

    fn dot(&mut self, x: u32, y: u32, [red, green, blue]: Rgb) {
        let at = self.at(x, y);
        if let Some(pixel) = self.rgba.get_mut(at..at + 4) {
            pixel.copy_from_slice(&[red, green, blue, 255]);
        }
    }
}
