//! Step 7: nova-compute; nova-conductor from Rocky. The token is made.

use super::{Step, View};
use crate::finding::StepMeta;
use crate::judge::case::Case;

pub(super) const STEP: Step = Step {
    meta: StepMeta {
        number: 7,
        id: "token-made",
        title: "the token is made",
        who: "nova-compute; nova-conductor from Rocky",
        explanation: "\
A token is a random uuid of 36 characters, good for `[consoleauth] token_ttl` seconds. Anything else in its place was put there
by hand: a Keystone token, the id of the server.",
        needs: &[6],
    },
    judge,
};

fn judge(case: &Case) -> View {
    match &case.evidence.target.token {
        Some(token) => View::pass(format!("token {} has the form of a console token", token.short())),
        None => View::skipped("no token at hand: give --url or --token"),
    }
}
