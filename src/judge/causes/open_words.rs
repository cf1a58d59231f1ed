//! The causes that remain where a symptom is all that was seen, from the table of all causes.

use super::CAUSES;
use crate::evidence::api::KnownToken;
use crate::finding::{CauseMeta, Finding, Severity, Symptom};
use crate::judge::case::Case;

/// Every cause that shows in this way and that nothing seen speaks against, by its step.
pub(super) fn open(case: &Case, before: &[Finding], symptom: Symptom) -> Vec<&'static CauseMeta> {
    let seen = Known::of(case);
    // what would be at fault in some of the releases that it may be
    let warned = |meta: &CauseMeta| before.iter().any(|f| f.cause == meta.id && f.severity > Severity::Note);
    let mut open: Vec<&'static CauseMeta> = CAUSES
        .iter()
        .map(|cause| &cause.meta)
        .filter(|meta| meta.symptoms.contains(&symptom) && (warned(meta) || seen.leaves(meta, symptom)))
        .filter(|meta| case.releases.candidates.iter().any(|release| meta.concerns(*release)))
        .collect();
    open.sort_by_key(|meta| meta.home);
    open
}

/// What is known, and so speaks against causes.
struct Known {
    /// nova-api finds the token in no cell, and every cell answers.
    nowhere: bool,
    /// The token is stored and not expired.
    stored: bool,
    /// Up to Queens (17) nova-api makes the very test that the proxy makes, port and all, and it passed.
    passes: bool,
    /// The configuration of the token stores is at hand, and nothing is wrong with it.
    stores: bool,
    /// The VNC server of the token answers.
    greets: bool,
    /// It is the same without an Origin.
    origin: bool,
}

impl Known {
    fn of(case: &Case) -> Self {
        let told = case.api().and_then(|api| api.token.as_ref());
        let cells = case.api().and_then(|api| api.services.as_ref());
        let cells_answer = cells.is_some_and(|all| all.iter().all(|record| record.state.is_some()));
        let looked_up = case.token.as_ref().is_some_and(|token| {
            !token.lookups.is_empty() && token.lookups.iter().all(|lookup| lookup.finds == Some(true))
        });
        let greeted = |seen: &crate::evidence::probe::Seen<crate::evidence::rfb::RfbAnswer>| {
            seen.saw.greeting.as_ref().is_some_and(|greeting| greeting.banner.is_some())
        };
        Self {
            nowhere: told == Some(&KnownToken::Unknown) && cells_answer,
            stored: matches!(told, Some(KnownToken::Known { .. })) || looked_up,
            passes: matches!(told, Some(KnownToken::Known { .. }))
                && case.releases.candidates.iter().all(|release| *release <= 17),
            stores: !case.stores.is_empty(),
            greets: case.evidence.vnc.iter().any(greeted),
            origin: case.upgrades().any(|seen| seen.saw.asked.origin.is_none()),
        }
    }

    /// Nothing of it speaks against this cause.
    fn leaves(&self, meta: &CauseMeta, symptom: Symptom) -> bool {
        use super::{
            conductor_clock_differs, guest_moved, not_a_console_token, origin_host_refused, origin_protocol_refused,
            token_expired, token_unknown, vnc_firewalled, vnc_name_unresolved, websockify_too_new,
        };
        let is = |causes: &[&super::Cause]| causes.iter().any(|cause| cause.meta.id == meta.id);
        let of_token = is(&[
            &token_expired::CAUSE,
            &token_unknown::CAUSE,
            &not_a_console_token::CAUSE,
            &conductor_clock_differs::CAUSE,
        ]);
        if self.nowhere {
            return is(&[&token_expired::CAUSE, &token_unknown::CAUSE]);
        }
        match meta.home {
            // the way to a VNC server that answers here
            5 | 6 | 15 if self.greets => {
                is(&[&vnc_firewalled::CAUSE, &vnc_name_unresolved::CAUSE, &websockify_too_new::CAUSE])
            }
            // with a store each, one of them knows the token
            10 => symptom == Symptom::Alternates || !(self.stored || self.stores),
            13 if is(&[&origin_host_refused::CAUSE, &origin_protocol_refused::CAUSE]) => !self.origin,
            _ if of_token => !self.stored,
            14 if is(&[&guest_moved::CAUSE]) => !self.passes,
            14 => !self.passes || !matches!(symptom, Symptom::HangsUp | Symptom::TokenRefused),
            _ => true,
        }
    }
}
