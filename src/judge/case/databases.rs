//! Which service reads which database, and what the databases say of the token.

use super::{Case, HostView};
use crate::console::access_url::AccessUrl;
use crate::console::connect_info::ConnectInfo;
use crate::evidence::Evidence;
use crate::evidence::database::{Cell, Conduct, DatabaseAnswer, Refused, TokenRow, TokenSought};
use crate::evidence::dial::seconds;
use crate::evidence::probe::Seen;
use crate::evidence::process::Service;
use crate::evidence::site::roles::Basis;
use crate::evidence::stranger::Stranger;

/// A database as one service of one host reads it.
pub(crate) struct DatabaseView<'c, 'e> {
    pub(crate) host: &'c HostView<'e>,
    pub(crate) service: Service,
    /// How sure it is that the host runs the service.
    pub(crate) basis: Basis,
    pub(crate) seen: &'e Seen<DatabaseAnswer>,
}

impl DatabaseView<'_, '_> {
    /// Asked from the very machine that the service runs on.
    pub(crate) fn on_the_spot(&self) -> bool {
        self.host.host.local
    }
}

impl<'e> Case<'e> {
    /// The databases that a service's own files name in a section, host by host.
    pub(crate) fn databases_of(&self, service: Service, section: &str) -> Vec<DatabaseView<'_, 'e>> {
        let names = |seen: &Seen<DatabaseAnswer>, host: &str| {
            let own = |cell: Option<&String>| cell.is_none();
            seen.saw
                .named_by
                .iter()
                .any(|by| by.host == host && by.service == service && by.section == section && own(by.cell.as_ref()))
        };
        self.hosts
            .iter()
            .filter_map(|host| {
                let basis = host.runs(service)?;
                let seen = self.evidence.databases.iter().find(|seen| names(seen, &host.host.name))?;
                Some(DatabaseView { host, service, basis, seen })
            })
            .collect()
    }

    /// The database that holds the token, and its row.
    pub(crate) fn row(&self) -> Option<(&'e Seen<DatabaseAnswer>, &'e TokenRow)> {
        self.evidence.databases.iter().find_map(|seen| Some((seen, seen.saw.row()?)))
    }

    /// The cell whose database this is, as the API database names it.
    pub(crate) fn cell_of(&self, seen: &Seen<DatabaseAnswer>) -> Option<&'e Cell> {
        let uuid = seen.saw.named_by.iter().find_map(|by| by.cell.as_ref())?;
        self.cells().find(|cell| cell.uuid == *uuid)
    }

    /// Every cell that an API database names.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'e Cell> {
        self.evidence.databases.iter().flat_map(|seen| &seen.saw.cells)
    }

    /// Databases that were asked for the token and have it not.
    pub(crate) fn without_token(&self) -> Vec<&'e Seen<DatabaseAnswer>> {
        let absent = |seen: &&Seen<DatabaseAnswer>| seen.saw.token == Some(TokenSought::Absent);
        self.evidence.databases.iter().filter(absent).collect()
    }

    /// Every cell that the API database names was asked for the token, so that none is left that might hold it.
    pub(crate) fn every_cell_asked(&self) -> bool {
        let asked = |cell: &Cell| {
            self.evidence.databases.iter().any(|seen| {
                seen.saw.token.is_some() && seen.saw.named_by.iter().any(|by| by.cell.as_ref() == Some(&cell.uuid))
            })
        };
        let mut cells = self.cells().peekable();
        cells.peek().is_some() && cells.all(asked)
    }
}

/// `nova_cell1 at 10.0.0.5:3306`, and the path of a file.
pub(crate) fn label(seen: &Seen<DatabaseAnswer>) -> String {
    match &seen.saw.database {
        Some(name) if *name != seen.peer && !name.is_empty() => format!("{name} at {}", seen.peer),
        _ => seen.peer.clone(),
    }
}

/// A conversation as a step tells it.
pub(crate) fn said(seen: &Seen<DatabaseAnswer>) -> String {
    let answer = &seen.saw;
    match (&answer.conduct, &answer.dial) {
        (Some(conduct), _) if !answer.answered() => conduct_words(conduct),
        (Some(_), _) => {
            let version = answer.server.as_ref().and_then(|server| server.version.as_deref()).unwrap_or("answers");
            let name = answer.database.as_deref().unwrap_or_default();
            let tokens = answer.tokens.as_ref().map(|tokens| {
                let more = if tokens.more { "more than " } else { "" };
                format!(", {more}{} console tokens, {} of them expired", tokens.rows, tokens.expired)
            });
            let table =
                if answer.has("console_auth_tokens") == Some(false) { ", no table of console tokens" } else { "" };
            let found = match &answer.token {
                Some(TokenSought::Found(_)) => ", this token among them",
                Some(_) => ", not this token",
                None => "",
            };
            format!("{name} on {version}{}{table}{found}", tokens.unwrap_or_default())
        }
        (None, Some(dial)) => dial.outcome.words(),
        (None, None) => "not asked".to_owned(),
    }
}

/// How a conversation failed.
pub(crate) fn conduct_words(conduct: &Conduct) -> String {
    match conduct {
        Conduct::Answered => "answers".to_owned(),
        Conduct::Refused(Refused { code, text, .. }) => format!("{text} ({code})"),
        Conduct::Tls { text, .. } => format!("no TLS comes about: {text}"),
        Conduct::Silent { waiting_for, after_millis } => {
            format!("takes the connection and gives no {waiting_for} within {}", seconds(*after_millis))
        }
        Conduct::Closed { waiting_for } => format!("hangs up instead of a {waiting_for}"),
        Conduct::Stranger { protocol, .. } => {
            format!("is {}", protocol.map_or("no database", Stranger::words))
        }
        Conduct::Broken { text } => format!("breaks its protocol: {text}"),
        Conduct::File { text, .. } | Conduct::NotAConnection { text } => text.clone(),
        Conduct::LoginUnknown { text } => format!("wants a login that vncdoctor does not know ({text})"),
    }
}

/// A row in the form of the connect_info that the proxy makes of it.
pub(super) fn connect_info(evidence: &Evidence) -> Option<ConnectInfo> {
    let row = evidence.databases.iter().find_map(|seen| seen.saw.row())?;
    let url = row.access_url_base.as_deref().and_then(|url| AccessUrl::parse(url).ok()).map(|(url, _)| url);
    Some(ConnectInfo {
        token: None,
        instance_uuid: row.instance.clone(),
        console_type: row.console_type.clone(),
        host: row.host.clone(),
        port: row.port.and_then(|port| i32::try_from(port).ok()),
        internal_access_path: None,
        access_url: url,
        access_url_problem: None,
        access_url_has_this_token: None,
        last_activity_at: None,
    })
}
