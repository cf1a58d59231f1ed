//! What one eye finds and others wait for: the console asked about, which `--server` only learns from nova.

use tokio::sync::watch;

/// A value that comes once; whoever waits for it may wait from the start.
#[derive(Clone)]
pub(super) struct Later<T>(watch::Receiver<Option<T>>);

/// The side that knows it. Dropping it without a word ends every wait with `None`.
pub(super) struct Promise<T>(watch::Sender<Option<T>>);

impl<T: Clone> Later<T> {
    /// A value that is still to come, and who is to tell it.
    pub(super) fn promised() -> (Promise<T>, Self) {
        let (tell, wait) = watch::channel(None);
        (Promise(tell), Self(wait))
    }

    /// The value, as soon as it is known; `None` where it never will be.
    pub(super) async fn wait(&self) -> Option<T> {
        self.0.clone().wait_for(Option::is_some).await.ok().and_then(|known| known.clone())
    }
}

impl<T> Promise<T> {
    /// Tells it to all who wait.
    pub(super) fn tell(self, value: T) {
        self.0.send_replace(Some(value));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Later;

    #[tokio::test]
    async fn all_who_wait_are_told() {
        let (promise, later) = Later::promised();
        let other = later.clone();
        let (one, two, ()) = tokio::join!(later.wait(), other.wait(), async { promise.tell(7) });
        assert_eq!((one, two, later.wait().await), (Some(7), Some(7), Some(7)));
    }

    #[tokio::test]
    async fn a_broken_promise_ends_the_wait() {
        let (promise, later) = Later::<u8>::promised();
        let ((), told) = tokio::join!(async { drop(promise) }, later.wait());
        assert_eq!(told, None);
    }
}
