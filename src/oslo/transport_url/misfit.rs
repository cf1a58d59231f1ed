//! What a transport URL says that oslo.messaging does not take though it can be read: drivers that are none, and options of the
//! query that are none of `[oslo_messaging_rabbit]` (oslo_messaging/_drivers/common.py, ConfigOptsProxy). Names from before a change
//! of names do not count there. Either ends the service when it makes its transport.
//!
//! Limits: a query is looked at for RabbitMQ's driver alone; a name that is like none of the options is not repeated, as it may be
//! a piece of a password.

use super::TransportUrl;
use crate::oslo::options;
use crate::oslo::value;

const SECTION: &str = "oslo_messaging_rabbit";
/// Drivers that people write and that no oslo.messaging has (its entry points, 5.17 to 17).
const NO_DRIVERS: [&str; 3] = ["rabbitmq", "amqps", "rabbits"];

/// First release whose oslo.messaging holds every option of the query against those of the driver (5.30, Pike).
const HELD_FROM: u16 = 16;

impl TransportUrl {
    /// A driver that no oslo.messaging has, to be read after `it`.
    pub fn no_driver(&self) -> Option<String> {
        let none = NO_DRIVERS.contains(&self.driver.as_str());
        none.then(|| format!("names the driver {}, and RabbitMQ's is called rabbit", self.driver))
    }

    /// An option of the query that this release's oslo.messaging refuses, to be read after `it`; `None` if there is none.
    pub fn misfit(&self, release: u16) -> Option<String> {
        let held = self.is_rabbit() && release >= HELD_FROM;
        held.then(|| self.query.iter().find_map(|(name, value)| refused(name, value, release)))?
    }
}

fn refused(name: &str, value: &str, release: u16) -> Option<String> {
    let known = options::all().iter().find(|option| option.section == SECTION && option.name == name);
    let Some(option) = known.filter(|option| option.is_in(release)) else {
        let whose = known.is_some() || options::named(name).next().is_some() || options::is_old_name(name);
        let near = || options::near(SECTION, name, &[release]).first().map(|spelling| spelling.option.name);
        return Some(match (whose, near()) {
            (true, _) => format!("has the option {name} in its query, which [{SECTION}] does not have"),
            (false, Some(near)) => {
                format!("has an option in its query that [{SECTION}] does not have: {near} is meant")
            }
            (false, None) => format!("has an option in its query that [{SECTION}] does not have"),
        });
    };
    let broken = value::convert(option.shape(release), value, release).is_err();
    broken.then(|| format!("gives {name} in its query a value that it cannot have"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn misfit(url: &str, release: u16) -> Option<String> {
        TransportUrl::parse(url, release).unwrap().misfit(release)
    }

    /// As the real ones do: oslo.messaging 5.35 (17) and 17 (34).
    #[test]
    fn options_of_the_query_are_those_of_the_section() {
        let with = |query: &str, release| misfit(&format!("rabbit://u:p@h:5672/v?{query}"), release);
        for good in ["heartbeat_timeout_threshold=60", "a", "amqp_durable_queues=1", "a=", "ssl=true&heartbeat_rate=3"]
        {
            assert_eq!((with(good, 17), with(good, 34)), (None, None), "{good}");
        }
        assert_eq!((with("rabbit_quorum_queue=true", 34), with("nope=1", 15)), (None, None));
        for (bad, word) in [
            ("rabbit_quorum_queue=true", "option rabbit_quorum_queue"),
            ("rabbit_use_ssl=1", "option rabbit_use_ssl"),
            ("kombu_ssl_version=TLSv1", "option kombu_ssl_version"),
            ("transport_url=3", "option transport_url"),
            ("ssl=maybe", "gives ssl"),
            ("heartbeat_rate=x", "gives heartbeat_rate"),
            ("heartbeat_rat=3", "heartbeat_rate is meant"),
        ] {
            let said = with(bad, 17).unwrap();
            assert!(said.contains(word), "{bad}: {said}");
        }
    }

    #[test]
    fn a_piece_of_a_password_is_not_told() {
        let said = misfit("rabbit://u:p@h:5672/v?S3CRET=x", 17).unwrap();
        assert!(!said.contains("S3CRET"), "{said}");
    }

    #[test]
    fn drivers_that_are_none() {
        let driver = |url| TransportUrl::parse(url, 34).unwrap().no_driver();
        assert!(driver("rabbitmq://u:p@h/").unwrap().contains("is called rabbit"));
        assert!(driver("amqps://u:p@h/").unwrap().contains("driver amqps"));
        for good in ["rabbit://u:p@h/", "kombu+amqp://u:p@h/", "fake://", "amqp://h/?x=1"] {
            assert_eq!((driver(good), misfit(good, 34)), (None, None), "{good}");
        }
    }
}
