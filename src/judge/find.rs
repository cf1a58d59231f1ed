//! Builds a finding from a cause and what the evidence says.

use crate::balancer::Directive;
use crate::evidence::host::{ConfigFile, Host};
use crate::evidence::process::Service;
use crate::finding::{Candidate, CauseMeta, Confidence, Finding, Place, Related, Remedy, Severity};
use crate::oslo::ini::{Entry, Section, Span};
use sha1::{Digest, Sha1};

/// A finding in the making.
pub(crate) struct Draft {
    finding: Finding,
    /// What tells it from others of its cause at the same option, whatever lines they stand in.
    apart: String,
}

impl Draft {
    /// An error: consoles do not open, or not always.
    pub(crate) fn error(meta: &CauseMeta, message: impl Into<String>) -> Self {
        Self::new(meta, Severity::Error, message)
    }

    /// A warning: breaks no console now.
    pub(crate) fn warning(meta: &CauseMeta, message: impl Into<String>) -> Self {
        Self::new(meta, Severity::Warning, message)
    }

    /// A note: worth knowing.
    pub(crate) fn note(meta: &CauseMeta, message: impl Into<String>) -> Self {
        Self::new(meta, Severity::Note, message)
    }

    /// Of a severity told at run time.
    pub(crate) fn new(meta: &CauseMeta, severity: Severity, message: impl Into<String>) -> Self {
        let finding = Finding {
            cause: meta.id,
            step: meta.home,
            severity,
            confidence: Confidence::Certain,
            host: None,
            service: None,
            releases: Some(meta.releases.to_owned()),
            place: None,
            message: message.into(),
            evidence: Vec::new(),
            related: Vec::new(),
            fingerprint: String::new(),
            baseline: None,
            remedy: Remedy::default(),
            between: Vec::new(),
        };
        Self { finding, apart: String::new() }
    }

    pub(crate) fn likely(mut self) -> Self {
        self.finding.confidence = Confidence::Likely;
        self
    }

    pub(crate) fn possible(mut self) -> Self {
        self.finding.confidence = Confidence::Possible;
        self
    }

    pub(crate) fn confidence(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    /// A step other than the cause's home.
    pub(crate) fn step(mut self, step: u8) -> Self {
        self.finding.step = step;
        self
    }

    pub(crate) fn releases(mut self, releases: impl Into<String>) -> Self {
        self.finding.releases = Some(releases.into());
        self
    }

    /// The host it stands on. Files that were given without a name stand for one host without a name.
    pub(crate) fn host(mut self, host: &Host) -> Self {
        self.finding.host = Some(host.name.clone()).filter(|name| !name.is_empty());
        self
    }

    pub(crate) fn service(mut self, service: Service) -> Self {
        self.finding.service = Some(super::words::service(service).to_owned());
        self
    }

    /// The name of an option is at fault.
    pub(crate) fn at_name(self, file: &ConfigFile, entry: &Entry) -> Self {
        self.at(file, entry.key_span, Some(entry))
    }

    /// The value of an option is at fault.
    pub(crate) fn at_value(self, file: &ConfigFile, entry: &Entry) -> Self {
        self.at(file, entry.value_span, Some(entry))
    }

    /// A stretch of a file.
    pub(crate) fn at(mut self, file: &ConfigFile, span: Span, entry: Option<&Entry>) -> Self {
        self.finding.place = Some(Place {
            file: file.path.clone(),
            line: span.line,
            column: span.column,
            end_line: span.end_line,
            end_column: span.end_column,
            section: entry.map(|entry| entry.section.clone()),
            option: entry.map(|entry| entry.key.clone()),
            source: entry.map(|entry| entry.text.join("\n")),
        });
        self
    }

    /// A directive of a balancer's file.
    pub(crate) fn at_directive(mut self, file: &str, directive: &Directive) -> Self {
        let quoted = Some(directive.source.clone()).filter(|source| !source.is_empty());
        self.finding.place = Some(Place {
            file: file.to_owned(),
            line: directive.line,
            column: directive.column,
            end_line: directive.line,
            end_column: directive.end_column.max(directive.column),
            section: None,
            option: None,
            source: quoted,
        });
        self
    }

    /// The header of a section.
    pub(crate) fn at_section(mut self, file: &ConfigFile, header: &Section) -> Self {
        self = self.at(file, header.span, None);
        if let Some(place) = &mut self.finding.place {
            place.section = Some(header.name.clone());
            place.source = Some(format!("[{}]", header.name));
        }
        self
    }

    /// A line within an assignment, that was to be one of its own.
    pub(crate) fn at_line_of(
        mut self,
        file: &ConfigFile,
        span: Span,
        section: &str,
        option: &str,
        source: &str,
    ) -> Self {
        self = self.at(file, span, None);
        if let Some(place) = &mut self.finding.place {
            place.section = Some(section.to_owned());
            place.option = Some(option.to_owned());
            place.source = Some(source.to_owned());
        }
        self
    }

    /// A line of a log.
    pub(crate) fn at_line(mut self, file: &str, line: u32) -> Self {
        self.finding.place = Some(Place {
            file: file.to_owned(),
            line,
            column: 1,
            end_line: line,
            end_column: 1,
            section: None,
            option: None,
            source: None,
        });
        self
    }

    /// A sentence of evidence.
    pub(crate) fn seen(mut self, text: impl Into<String>) -> Self {
        self.finding.evidence.push(text.into());
        self
    }

    /// A sentence of evidence, where there is one.
    pub(crate) fn seen_too(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.seen(text),
            None => self,
        }
    }

    /// Another line that belongs to it.
    pub(crate) fn also(mut self, host: &Host, file: &ConfigFile, entry: &Entry, message: impl Into<String>) -> Self {
        self.finding.related.push(Related {
            host: Some(host.name.clone()).filter(|name| !name.is_empty()),
            file: Some(file.path.clone()),
            line: Some(entry.key_span.line),
            column: Some(entry.key_span.column),
            message: message.into(),
            same: false,
        });
        self
    }

    /// Another line of which the same is to be said.
    pub(crate) fn same(mut self, host: &Host, file: &ConfigFile, entry: &Entry) -> Self {
        self = self.also(host, file, entry, "the same");
        if let Some(related) = self.finding.related.last_mut() {
            related.same = true;
        }
        self
    }

    /// Another host that belongs to it.
    pub(crate) fn also_host(mut self, host: &Host, message: impl Into<String>) -> Self {
        self.finding.related.push(Related {
            host: Some(host.name.clone()).filter(|name| !name.is_empty()),
            file: None,
            line: None,
            column: None,
            message: message.into(),
            same: false,
        });
        self
    }

    pub(crate) fn remedy(mut self, remedy: Remedy) -> Self {
        self.finding.remedy = remedy;
        self
    }

    /// The causes that it leaves open.
    pub(crate) fn between(mut self, causes: &[&CauseMeta]) -> Self {
        let open = |meta: &&CauseMeta| Candidate { step: meta.home, cause: meta.id, confidence: Confidence::Possible };
        self.finding.between = causes.iter().map(open).collect();
        self
    }

    /// What tells it from another of the same cause, file and option; nothing that changes when lines move, and nothing secret.
    pub(crate) fn apart(mut self, by: String) -> Self {
        self.apart = by;
        self
    }

    /// The finding, with a fingerprint that does not change when lines move.
    pub(crate) fn done(mut self) -> Finding {
        let finding = &mut self.finding;
        let place = finding.place.as_ref();
        let parts = [
            Some(finding.cause),
            finding.host.as_deref(),
            finding.service.as_deref(),
            place.map(|place| place.file.as_str()),
            place.and_then(|place| place.section.as_deref()),
            place.and_then(|place| place.option.as_deref()),
        ];
        let mut text = parts.map(Option::unwrap_or_default).join("\n");
        text.push_str(&self.apart);
        finding.fingerprint = crate::console::token::hex(&Sha1::digest(text.as_bytes())[..8]);
        self.finding
    }
}
