//! Counts the messages by what became of an attempt, those that wait, and the subscriptions.

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::Label;

/// What became of an attempt to send a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailOutcome {
    Sent,
    /// It is tried again.
    Retried,
    GivenUp,
}

/// The series of messages.
#[derive(Debug)]
pub(super) struct Mails {
    sent: Counter,
    retried: Counter,
    given_up: Counter,
    waiting: Gauge,
    subscriptions: Gauge,
}

impl Mails {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let outcomes = Family::<[Label; 1], Counter>::default();
        let [sent, retried, given_up] =
            ["sent", "retried", "given_up"].map(|outcome| outcomes.get_or_create_owned(&[("outcome", outcome)]));
        registry.register("harmony_mail_attempts", "Attempts to send a message, by outcome", outcomes);
        let waiting = Gauge::default();
        registry.register("harmony_mails_waiting", "Messages that wait to be sent", waiting.clone());
        let subscriptions = Gauge::default();
        registry.register("harmony_subscriptions", "Addresses that are told of new versions", subscriptions.clone());
        Self { sent, retried, given_up, waiting, subscriptions }
    }

    pub(super) fn count(&self, outcome: MailOutcome) {
        let counter = match outcome {
            MailOutcome::Sent => &self.sent,
            MailOutcome::Retried => &self.retried,
            MailOutcome::GivenUp => &self.given_up,
        };
        counter.inc();
    }

    pub(super) fn set_waiting(&self, waiting: i64) {
        self.waiting.set(waiting);
    }

    pub(super) fn set_subscriptions(&self, subscriptions: i64) {
        self.subscriptions.set(subscriptions);
    }
}
