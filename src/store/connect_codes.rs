//! One-use codes with which partner services on other domains fetch a decision. The table has the
//! hash of a code and nothing of the visitor but the decision, for a minute.

use super::{StoreError, Tx, tx::delete_some, values::values};
use crate::domain::{
    Timestamp,
    consent::{decision::Decision, signal::Signal},
    i18n::locale::Locale,
};

/// What a code leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectedChoice {
    /// The decision, before the signal overrides any of it.
    pub decision: Option<Decision>,
    /// The signal that the browser sent.
    pub signal: Option<Signal>,
    /// The language of the browser.
    pub locale: Locale,
}

/// For whom a code is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeHolder {
    /// The SHA-256 of the code.
    pub code_hash: String,
    /// The id of the service.
    pub service: String,
    /// The SHA-256 of the service's code verifier.
    pub challenge: String,
}

impl Tx<'_> {
    /// Stores a code with its times of issue and expiry, unless `max_codes` are valid already.
    pub(crate) fn add_connect_code(
        &self,
        holder: &CodeHolder,
        choice: &ConnectedChoice,
        (now, expires_at): (Timestamp, Timestamp),
        max_codes: i64,
    ) -> Result<bool, StoreError> {
        let count = "SELECT COUNT(*) FROM connect_codes WHERE expires_at > ?1";
        let codes = self.find(count, &values![now.0], |row| row.get::<i64>(0))?;
        if codes.unwrap_or(0) >= max_codes {
            return Ok(false);
        }
        self.execute(
            "INSERT INTO connect_codes (code_hash, service, challenge, decision, signal, locale, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            &values![
                &holder.code_hash,
                &holder.service,
                &holder.challenge,
                choice.decision.as_ref().map(Decision::encode),
                choice.signal.map(|signal| signal.into_str()),
                choice.locale.tag(),
                expires_at.0
            ],
        )?;
        Ok(true)
    }

    /// Takes a code: nobody gets its choice a second time. Another service, another verifier and an
    /// expired code get nothing and change nothing.
    pub(crate) fn take_connect_code(
        &self,
        holder: &CodeHolder,
        now: Timestamp,
    ) -> Result<Option<ConnectedChoice>, StoreError> {
        self.find(
            "DELETE FROM connect_codes
             WHERE code_hash = ?1 AND service = ?2 AND challenge = ?3 AND expires_at > ?4
             RETURNING decision, signal, locale",
            &values![&holder.code_hash, &holder.service, &holder.challenge, now.0],
            |row| {
                // A value in another format counts as none.
                let signal = row.get::<Option<String>>(1)?;
                Ok(ConnectedChoice {
                    decision: row.get::<Option<String>>(0)?.and_then(|decision| Decision::decode(&decision)),
                    signal: signal.and_then(|signal| signal.parse().ok()),
                    locale: row.get::<String>(2)?.parse().unwrap_or_default(),
                })
            },
        )
    }

    /// Deletes some of the expired codes. Returns their number.
    pub(crate) fn delete_expired_connect_codes(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.execute(delete_some!("connect_codes", "code_hash", "expires_at <= ?1"), &values![now.0])
    }
}
