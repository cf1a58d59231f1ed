//! How many of the tokens that browsers brought of late the proxies refused as `invalid or has expired`.
//!
//! One token that is refused is an old tab; most of many are a store that loses them. A token that was taken once and
//! refused later has expired and counts as taken.

use super::story_words::life;
use crate::evidence::log::{Carried, Failure};
use crate::judge::case::{Case, Fate, SessionView};
use std::collections::{HashMap, HashSet};

/// So many of the newest tokens tell of the site as it is.
const NEWEST: usize = 20;
/// Fewer refused ones than this are old tabs.
const SEVERAL: usize = 3;
/// So many tokens taken one after the other are no luck any more: whatever it was is over.
pub(super) const NO_LUCK: usize = 5;

/// So close together the sessions of one browser's tabs begin, in seconds.
const MOMENT: f64 = 5.0;

/// Tokens of the newest sessions.
pub(super) struct Share<'c, 'e> {
    /// The newest session in which a token was refused.
    pub(super) view: &'c SessionView<'e>,
    pub(super) refused: usize,
    pub(super) of: usize,
}

/// One token's sessions.
#[derive(Default)]
struct Brought<'c, 'e> {
    refused: Option<&'c SessionView<'e>>,
    taken: bool,
}

/// The proxies refuse at least half of the tokens, and do so still.
pub(super) fn share<'c, 'e>(case: &'c Case<'e>) -> Option<Share<'c, 'e>> {
    let mut brought: Vec<Brought> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let late = late(case);
    for view in case.sessions.iter().filter(|view| matches!(view.session.carried, None | Some(Carried::Token))) {
        // scanners bring words of their own
        let ours = view.session.token.as_ref().filter(|token| !token.strange);
        let Some(token) = ours.map(|token| token.sha256.as_str()) else { continue };
        let refused = matches!(view.failure(), Some(Failure::TokenInvalid { .. }));
        let taken = taken(view);
        if !refused && !taken || late.contains(token) {
            continue;
        }
        let index = *known.entry(token).or_insert_with(|| {
            brought.push(Brought::default());
            brought.len() - 1
        });
        let one = &mut brought[index];
        one.taken |= taken;
        one.refused = if refused { Some(view) } else { one.refused };
    }
    let newest = &brought[brought.len().saturating_sub(NEWEST)..];
    let mut refused: Vec<&SessionView> = newest.iter().filter(|one| !one.taken).filter_map(|one| one.refused).collect();
    // a browser that is opened again opens all of its old tabs
    refused.dedup_by(|later, before| at_once(before, later));
    let over = newest.iter().rev().take_while(|one| one.taken).count() >= NO_LUCK;
    let view = *refused.last()?;
    let most = refused.len() >= SEVERAL && refused.len() * 2 >= newest.len();
    (most && !over).then_some(Share { view, refused: refused.len(), of: newest.len() })
}

/// One client brought both within a moment.
fn at_once(one: &SessionView, other: &SessionView) -> bool {
    let apart = one.session.started.zip(other.session.started).map(|(one, other)| (one - other).abs());
    one.session.client.is_some()
        && one.session.client == other.session.client
        && apart.is_some_and(|apart| apart < MOMENT)
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

/// Tokens that nova-consoleauth's logs show asked for after their time.
fn late<'c>(case: &'c Case) -> HashSet<&'c str> {
    let (life, _) = life(case);
    let stories = case.stories.iter().filter(|story| matches!(story.fate(life), Fate::Late(_)));
    stories.map(|story| story.token.as_str()).collect()
}
