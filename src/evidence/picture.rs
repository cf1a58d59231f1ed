//! A picture of a console: what a user would see, in figures. The picture itself goes to the file that was asked for.

use serde::{Deserialize, Serialize};

/// One picture, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The file, as it was named.
    pub file: String,
    /// Asked for through the console proxy, as a browser does; else of the VNC server itself.
    pub through_proxy: bool,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// The one colour that it consists of, as `#000000`; absent where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniform: Option<String>,
    /// Pixels that the server never sent.
    #[serde(default)]
    pub missing: u64,
    /// Why there is none, a lower-case fragment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Why it could not be written, in the operating system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwritten: Option<String>,
}

impl Picture {
    /// What became of it, as a lower-case fragment.
    pub fn words(&self) -> String {
        if let Some(problem) = &self.problem {
            return format!("no picture: {problem}");
        }
        let (width, height) = (self.width.unwrap_or_default(), self.height.unwrap_or_default());
        let kept = match &self.unwritten {
            None => format!("is in {}", self.file),
            Some(error) => format!("was taken, and {} cannot be written: {error}", self.file),
        };
        let colour = match self.uniform.as_deref() {
            Some("#000000") => ", all black: a blank screen, or a guest that draws nothing".to_owned(),
            Some(colour) => format!(", all of one colour ({colour})"),
            None => String::new(),
        };
        let missing = match self.missing {
            0 => String::new(),
            pixels => format!("; {pixels} pixels of it were never sent and are black"),
        };
        format!("a picture of {width}x{height} {kept}{colour}{missing}")
    }
}
