//! How many of the tokens that browsers brought of late the proxies refused as `invalid or has expired`.
//!
//! One token that is refused is an old tab; most of many are a store that loses them. A token that was taken once and
//! refused later has expired and counts as taken.

use super::story_words::life;
use crate::evidence::log::{Carried, Failure};
use crate::judge::case::{Case, Fate, SessionView};

/// So many of the newest tokens tell of the site as it is.
const NEWEST: usize = 20;
/// Fewer refused ones than this are old tabs.
const SEVERAL: usize = 3;
/// So many tokens taken one after the other are no luck any more: whatever it was is over.
const NO_LUCK: usize = 5;

/// Tokens of the newest sessions.
pub(super) struct Share<'c, 'e> {
    /// The newest session in which a token was refused.
    pub(super) view: &'c SessionView<'e>,
    pub(super) refused: usize,
    pub(super) of: usize,
}

/// One token's sessions.
struct Brought<'c, 'e> {
    token: &'c str,
    refused: Option<&'c SessionView<'e>>,
    taken: bool,
}

/// The proxies refuse at least half of the tokens, and do so still.
pub(super) fn share<'c, 'e>(case: &'c Case<'e>) -> Option<Share<'c, 'e>> {
    let mut brought: Vec<Brought> = Vec::new();
    for view in case.sessions.iter().filter(|view| matches!(view.session.carried, None | Some(Carried::Token))) {
        let Some(token) = view.session.token.as_ref().map(|token| token.sha256.as_str()) else { continue };
        let refused = matches!(view.failure(), Some(Failure::TokenInvalid { .. }));
        let taken = taken(view);
        if !refused && !taken || late(case, token) {
            continue;
        }
        let index = brought.iter().position(|one| one.token == token).unwrap_or_else(|| {
            brought.push(Brought { token, refused: None, taken: false });
            brought.len() - 1
        });
        let one = &mut brought[index];
        one.taken |= taken;
        one.refused = if refused { Some(view) } else { one.refused };
    }
    let newest = &brought[brought.len().saturating_sub(NEWEST)..];
    let refused: Vec<&SessionView> = newest.iter().filter(|one| !one.taken).filter_map(|one| one.refused).collect();
    let over = newest.iter().rev().take_while(|one| one.taken).count() >= NO_LUCK;
    let view = *refused.last()?;
    let most = refused.len() >= SEVERAL && refused.len() * 2 >= newest.len();
    (most && !over).then_some(Share { view, refused: refused.len(), of: newest.len() })
}

/// The token was good, whatever came later: the Origin is looked at after it.
fn taken(view: &SessionView) -> bool {
    let session = &view.session;
    let by_origin = matches!(
        view.failure(),
        Some(Failure::OriginHost | Failure::OriginProtocol | Failure::OriginInvalid | Failure::NoAccessUrl)
    );
    session.target.is_some() || session.host.is_some() || session.worked || by_origin
}

/// nova-consoleauth's log shows it asked for after its time.
fn late(case: &Case, token: &str) -> bool {
    let (life, _) = life(case);
    case.stories.iter().any(|story| story.token == token && matches!(story.fate(life), Fate::Late(_)))
}
