//! What to do about a finding.

use serde::Serialize;

/// Prose, and commands that are safe to run; whatever changes a system stays prose.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Remedy {
    /// What to change, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Read-only commands that show more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Services that must be restarted for the change to count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restart: Vec<&'static str>,
    /// What the restart costs the users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<&'static str>,
    /// How to see that it worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// Edits that are certain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

impl Remedy {
    /// Whether two say the same to a person; their edits may stand in two files.
    pub fn reads_as(&self, other: &Self) -> bool {
        let Self { text, commands, restart, costs, verify, edits: _ } = self;
        (text, commands, restart, costs, verify)
            == (&other.text, &other.commands, &other.restart, &other.costs, &other.verify)
    }
}

/// A replacement of a stretch of a file. Lines and columns count from 1; the end is exclusive. The first column of the line
/// behind the last one is the end of the file; what is put in there starts a line of its own.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Edit {
    /// File as given.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column behind the last character that goes.
    pub end_column: u32,
    /// What stands there afterwards.
    pub text: String,
}

impl Remedy {
    /// A remedy in words.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Names a service to restart, and so what that costs.
    #[must_use]
    pub fn restart(mut self, service: &'static str) -> Self {
        if !self.restart.contains(&service) {
            self.restart.push(service);
        }
        self.costs = Some(costs_of(&self.restart));
        self
    }

    /// Adds a command that only reads.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }

    /// Adds edits that are certain.
    #[must_use]
    pub fn edits(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.edits.extend(edits);
        self
    }

    /// Says how to see that it worked.
    #[must_use]
    pub fn verify(mut self, how: impl Into<String>) -> Self {
        self.verify = Some(how.into());
        self
    }
}

/// What a restart of these services costs the users. nova-novncproxy forks a process a session (websockify), and the
/// children of a stopped unit go with it; nova-consoleauth's own memory holds tokens where no memcached does.
fn costs_of(services: &[&str]) -> &'static str {
    if services.contains(&"nova-novncproxy") {
        "open console sessions of that proxy end"
    } else if services.contains(&"nova-consoleauth") {
        "open sessions stay; console URLs handed out earlier may have to be asked for again"
    } else if services.contains(&"nova-compute") {
        "guests and open sessions stay; requests to this compute node wait for a moment"
    } else {
        "nothing that is open ends"
    }
}
