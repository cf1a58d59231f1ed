//! What the picture is drawn with: rectangles, lines, text and marks, each of a class that the style knows.

use super::super::xml::escaped;
use crate::finding::Status;
use std::fmt::Write;

/// Light colours, then the dark ones; both with enough contrast to be read when small.
const STYLE: &str = "\
text{font-family:-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#1f2328}
.paper{fill:#ffffff}.title{font-size:20px;font-weight:600}.said{font-size:14px}.small{font-size:12px;fill:#59636e}
.tiny{font-size:10.5px;fill:#59636e}.number{font-size:13px;fill:#59636e}.id{font-size:13px}.loud{font-weight:600}
.name{font-size:11.5px;font-weight:600}.cause{font-size:13px;font-weight:600}.reason{font-size:13px}
.party{fill:#f6f8fa;stroke:#d1d9e0}.lane{stroke:#d1d9e0;stroke-dasharray:2 4}.rule{stroke:#d1d9e0}
.band.fail{fill:#ffebe9}.band.warn{fill:#fff8c5}.box{fill:#ffffff;stroke:#d1d9e0}
.disc,.bar,.tip{stroke:none}.sign{fill:none;stroke:#ffffff;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.hop{fill:none;stroke-width:2}.hop.pass{stroke-width:1.5}.hop.fail{stroke-width:2.5}.hop.blocked,.hop.skipped,.hop.none{stroke-dasharray:5 4}
.disc.pass,.bar.pass,.tip.pass{fill:#1a7f37}.hop.pass{stroke:#1a7f37}
.disc.warn,.bar.warn,.tip.warn{fill:#9a6700}.hop.warn{stroke:#9a6700}
.disc.fail,.bar.fail,.tip.fail{fill:#cf222e}.hop.fail{stroke:#cf222e}
.disc.unknown,.bar.unknown,.tip.unknown{fill:#8250df}.hop.unknown{stroke:#8250df}
.disc.blocked,.tip.blocked{fill:#57606a}.hop.blocked{stroke:#57606a}
.disc.skipped,.disc.none,.tip.skipped,.tip.none{fill:#8c959f}.hop.skipped,.hop.none{stroke:#8c959f}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}
.small,.tiny,.number{fill:#9198a1}.party{fill:#151b23;stroke:#3d444d}.lane,.rule{stroke:#3d444d}
.band.fail{fill:#2f1519}.band.warn{fill:#272115}.box{fill:#151b23;stroke:#3d444d}.sign{stroke:#0d1117}
.disc.pass,.bar.pass,.tip.pass{fill:#3fb950}.hop.pass{stroke:#3fb950}
.disc.warn,.bar.warn,.tip.warn{fill:#d29922}.hop.warn{stroke:#d29922}
.disc.fail,.bar.fail,.tip.fail{fill:#f85149}.hop.fail{stroke:#f85149}
.disc.unknown,.bar.unknown,.tip.unknown{fill:#ab7df8}.hop.unknown{stroke:#ab7df8}
.disc.blocked,.tip.blocked{fill:#8b949e}.hop.blocked{stroke:#8b949e}
.disc.skipped,.disc.none,.tip.skipped,.tip.none{fill:#656c76}.hop.skipped,.hop.none{stroke:#656c76}}
";

/// A picture that grows downwards.
pub(super) struct Pen {
    /// How far down it is drawn.
    pub(super) y: f64,
    width: f64,
    drawn: String,
}

impl Pen {
    pub(super) fn new(width: f64) -> Self {
        Self { y: 0.0, width, drawn: String::new() }
    }

    /// This place among what is drawn: what is put here later lies below what comes between.
    pub(super) fn mark(&self) -> usize {
        self.drawn.len()
    }

    /// Draws at an earlier place.
    pub(super) fn at(&mut self, place: usize, draw: impl Fn(&mut Self)) {
        let above = self.drawn.split_off(place);
        draw(self);
        self.drawn.push_str(&above);
    }

    pub(super) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64, round: f64) {
        let _ = writeln!(
            self.drawn,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        );
    }

    pub(super) fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
        let _ = writeln!(self.drawn, "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>");
    }

    pub(super) fn path(&mut self, class: &str, path: &str) {
        let _ = writeln!(self.drawn, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    /// Text that begins at `x`.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.anchored(class, "start", x, y, text);
    }

    /// Text that ends at `x`.
    pub(super) fn text_end(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.anchored(class, "end", x, y, text);
    }

    /// Text around `x`.
    pub(super) fn text_middle(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.anchored(class, "middle", x, y, text);
    }

    fn anchored(&mut self, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
        if !text.is_empty() {
            let text = escaped(text);
            let _ = writeln!(
                self.drawn,
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"
            );
        }
    }

    /// The document, as high as it was drawn.
    pub(super) fn document(self, title: &str, said: &str) -> String {
        let (width, height) = (self.width, self.y.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n<title>{}</title>\n<desc>{}</desc>\n<style>\n{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
            escaped(title),
            escaped(said),
            self.drawn
        )
    }
}

/// The class of what a step came to.
pub(super) const fn class(status: Option<Status>) -> &'static str {
    match status {
        Some(status) => status.word(),
        None => "none",
    }
}

/// A disc with a sign, so that no step is told by its colour alone.
pub(super) fn mark(pen: &mut Pen, status: Option<Status>, x: f64, y: f64, r: f64) {
    let _ = writeln!(pen.drawn, "<circle class=\"disc {}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>", class(status));
    let unit = r / 9.0;
    let at = |dx: f64, dy: f64| format!("{:.1} {:.1}", x + dx * unit, y + dy * unit);
    let sign = match status {
        Some(Status::Pass) => format!("M{}L{}L{}", at(-4.0, 0.5), at(-1.0, 3.5), at(4.0, -3.0)),
        Some(Status::Warn) => format!("M{}L{}M{}L{}", at(0.0, -4.5), at(0.0, 1.0), at(0.0, 4.4), at(0.0, 4.5)),
        Some(Status::Fail) => format!("M{}L{}M{}L{}", at(-3.2, -3.2), at(3.2, 3.2), at(3.2, -3.2), at(-3.2, 3.2)),
        Some(Status::Unknown) => format!(
            "M{}C{} {} {}C{} {} {}M{}L{}",
            at(-2.8, -2.2),
            at(-2.8, -6.2),
            at(3.2, -6.2),
            at(3.0, -2.4),
            at(2.9, -0.4),
            at(0.0, -0.4),
            at(0.0, 1.6),
            at(0.0, 4.9),
            at(0.0, 5.0)
        ),
        Some(Status::Blocked) => {
            format!("M{}L{}M{}L{}", at(-2.2, -3.4), at(-2.2, 3.4), at(2.2, -3.4), at(2.2, 3.4))
        }
        Some(Status::Skipped) | None => format!("M{}L{}", at(-3.5, 0.0), at(3.5, 0.0)),
    };
    pen.path("sign", &sign);
}

/// An arrow from one party to another, or a loop at one; a broken step's is broken.
pub(super) fn arrow(pen: &mut Pen, status: Option<Status>, from: f64, to: f64, y: f64) {
    let kind = class(status);
    let hop = format!("hop {kind}");
    if (from - to).abs() < 1.0 {
        let (right, top, bottom) = (from + 26.0, y - 7.0, y + 7.0);
        pen.path(
            &hop,
            &format!("M{from} {top}H{}Q{right} {top} {right} {y}T{} {bottom}H{}", right - 8.0, right - 8.0, from + 7.0),
        );
        tip(pen, kind, from, bottom, -1.0);
        if status == Some(Status::Fail) {
            mark(pen, status, right, y, 9.0);
        }
        return;
    }
    let way = if to > from { 1.0 } else { -1.0 };
    let end = to - 8.0 * way;
    if status == Some(Status::Fail) {
        let middle = f64::midpoint(from, to);
        pen.line(&hop, from, y, middle - 14.0 * way, y);
        pen.line(&hop, middle + 14.0 * way, y, end, y);
        mark(pen, status, middle, y, 9.0);
    } else {
        pen.line(&hop, from, y, end, y);
    }
    let _ = writeln!(pen.drawn, "<circle class=\"tip {kind}\" cx=\"{from}\" cy=\"{y}\" r=\"3\"/>");
    tip(pen, kind, to, y, way);
}

fn tip(pen: &mut Pen, kind: &str, x: f64, y: f64, way: f64) {
    let back = x - 10.0 * way;
    pen.path(&format!("tip {kind}"), &format!("M{x} {y}L{back} {}L{back} {}Z", y - 5.0, y + 5.0));
}
