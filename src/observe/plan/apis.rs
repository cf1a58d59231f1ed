//! The APIs' part in the plan: the console that nova hands out for `--server` is told to all eyes that wait for one.

use super::back::VncServer;
use super::later::Promise;
use crate::evidence::api::Api;
use crate::observe::openstack::{CloudProblem, Walk, walk};
use crate::observe::request::{Request, TargetInput};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Asks the APIs, where there is a cloud to be asked. Without a server the console asked about is known from the start;
/// with one it is what nova hands out, and nobody waits any longer once nova does not.
pub(super) async fn ask(
    request: &Request,
    promise: Promise<Arc<TargetInput>>,
    tell: mpsc::UnboundedSender<VncServer>,
    from: &str,
) -> Result<Option<Api>, CloudProblem> {
    let Some(cloud) = &request.cloud else {
        promise.tell(request.target.clone());
        return Ok(None);
    };
    let console: Box<dyn FnOnce(TargetInput) + Send> = if cloud.server.is_some() {
        Box::new(move |target| promise.tell(Arc::new(target)))
    } else {
        promise.tell(request.target.clone());
        Box::new(drop)
    };
    let vnc = Box::new(move |host, port| {
        // nobody listens only where the looks have ended, and they end last
        let _ = tell.send((host, port));
    });
    let token = request.target.token.as_ref();
    walk(cloud, Walk { limits: &request.limits, from, token, console, vnc }).await.map(Some)
}
