//! The one place that knows colours.

use crate::finding::{Severity, Status};
use colored::{Color, Colorize};

/// Colours and symbols of the human formats.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    colours: bool,
}

impl Palette {
    /// With or without colours; decided by `cli`.
    pub const fn new(colours: bool) -> Self {
        Self { colours }
    }

    fn paint(self, text: &str, colour: Color) -> String {
        if self.colours { text.color(colour).to_string() } else { text.to_owned() }
    }

    /// Headings and names.
    pub fn strong(self, text: &str) -> String {
        if self.colours { text.bold().to_string() } else { text.to_owned() }
    }

    /// What matters less.
    pub fn faint(self, text: &str) -> String {
        if self.colours { text.dimmed().to_string() } else { text.to_owned() }
    }

    /// One character for a step.
    pub fn symbol(self, status: Status) -> String {
        let (symbol, colour) = match status {
            Status::Pass => ("✔", Color::Green),
            Status::Warn => ("!", Color::Yellow),
            Status::Fail => ("✘", Color::Red),
            Status::Blocked => ("⋯", Color::Blue),
            Status::Skipped => ("–", Color::BrightBlack),
            Status::Unknown => ("?", Color::Magenta),
        };
        self.paint(symbol, colour)
    }

    /// The word before the verdict.
    pub fn verdict(self, status: Status, word: &str) -> String {
        match status {
            Status::Pass => self.paint(word, Color::Green),
            Status::Warn => self.paint(word, Color::Yellow),
            Status::Fail => self.paint(word, Color::Red),
            _ => self.paint(word, Color::Magenta),
        }
    }

    /// The word of a severity.
    pub fn severity(self, severity: Severity) -> String {
        let colour = match severity {
            Severity::Error => Color::Red,
            Severity::Warning => Color::Yellow,
            Severity::Note => Color::Cyan,
        };
        self.paint(severity.word(), colour)
    }
}
