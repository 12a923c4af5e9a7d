//! The identity providers of the site: what they publish, and their answers.
//!
//! What a provider publishes is cached. Each request to one waits on a blocking thread, and their
//! number is limited, so a slow provider delays nobody else. A provider that is absent at the start
//! is asked again at the next sign-in.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, OwnedSemaphorePermit},
    task, time,
};

use crate::{
    app::concurrency_limit::ConcurrencyLimit,
    domain::{
        Timestamp,
        account::id_token::{ClaimError, ClaimedEmail, Claims, Logout, Subject},
    },
    system::openid::{Keys, Metadata, OpenIdError, ProviderSettings, Tokens},
};

/// How many sign-ins may wait for providers at the same time.
const MAX_WAITING: usize = 16;

/// The timeout of all requests of one sign-in together: less than that of the request that waits.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long what a provider publishes is used, in seconds.
const CACHE_SECONDS: u64 = 3_600;

/// How often at most a token with an unknown key makes the server read the keys again, in seconds.
const RELOAD_SECONDS: u64 = 60;

/// Why a sign-in at a provider failed. Nothing of a token is in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("too many sign-ins wait for identity providers")]
    Busy,
    #[error("it did not answer in time")]
    Slow,
    #[error(transparent)]
    OpenId(#[from] OpenIdError),
    #[error("the claims of its token: {0}")]
    Claims(#[from] ClaimError),
    #[error("the answer names another issuer, or none")]
    Issuer,
    #[error("the answer has no code")]
    NoCode,
    #[error("it reports an error: {0}")]
    Reported(String),
    #[error("the thread that asked it has ended")]
    ThreadEnded,
}

/// The providers, in the order of the sign-in page.
#[derive(Debug)]
pub(crate) struct IdentityProviders {
    all: Vec<Provider>,
    limit: ConcurrencyLimit,
}

/// One provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub settings: Arc<ProviderSettings>,
    /// Locked while it is read, so that one request at a time asks the provider.
    published: Mutex<Published>,
}

/// What a provider published, and when it was read.
#[derive(Debug, Default)]
struct Published {
    metadata: Option<(Arc<Metadata>, Timestamp)>,
    keys: Option<(Arc<Keys>, Timestamp)>,
}

/// The code in the answer of a provider, and what this site derived for the sign-in.
pub(crate) struct Code<'c> {
    pub value: &'c str,
    pub verifier: &'c str,
    pub nonce: &'c str,
    pub redirect_uri: &'c str,
}

impl IdentityProviders {
    /// The providers of these settings.
    pub(crate) fn new(settings: Vec<ProviderSettings>) -> Self {
        let provider = |settings| Provider { settings: Arc::new(settings), published: Mutex::default() };
        let limit = ConcurrencyLimit::new(MAX_WAITING, "sign-ins at identity providers");
        Self { all: settings.into_iter().map(provider).collect(), limit }
    }

    pub(crate) fn all(&self) -> &[Provider] {
        &self.all
    }

    /// The provider of that id.
    pub(crate) fn find(&self, id: &str) -> Option<&Provider> {
        self.all.iter().find(|provider| provider.settings.id == id)
    }

    /// Whether the issuer is that of a provider in the settings.
    pub(crate) fn has(&self, issuer: &str) -> bool {
        self.all.iter().any(|one| one.settings.issuer == issuer)
    }

    /// The name of the provider of that issuer, or the issuer if it is no longer in the settings.
    pub(crate) fn name_of<'n>(&'n self, issuer: &'n str) -> &'n str {
        self.all.iter().find(|one| one.settings.issuer == issuer).map_or(issuer, |one| &one.settings.name)
    }

    /// Runs what asks a provider, within the limits of number and time.
    pub(crate) async fn within_limits<T>(
        &self,
        asks: impl AsyncFnOnce(Permit) -> Result<T, ProviderError>,
    ) -> Result<T, ProviderError> {
        let permit = Permit(Arc::new(self.limit.try_acquire().ok_or(ProviderError::Busy)?));
        time::timeout(TIMEOUT, asks(permit)).await.map_err(|_| ProviderError::Slow)?
    }
}

/// The permission to ask a provider. It is held until the last thread that asks has ended, also if
/// nobody waits for it any more.
#[derive(Clone)]
pub(crate) struct Permit(#[expect(dead_code, reason = "its drop returns the permit")] Arc<OwnedSemaphorePermit>);

/// Waits for a provider on a blocking thread.
async fn ask<T: Send + 'static>(
    permit: &Permit,
    asks: impl FnOnce() -> Result<T, OpenIdError> + Send + 'static,
) -> Result<T, ProviderError> {
    let permit = permit.clone();
    let asked = task::spawn_blocking(move || {
        let _permit = permit;
        asks()
    });
    Ok(asked.await.map_err(|_| ProviderError::ThreadEnded)??)
}

impl Provider {
    /// What the provider publishes about itself.
    pub(crate) async fn metadata(&self, permit: &Permit, now: Timestamp) -> Result<Arc<Metadata>, ProviderError> {
        let mut published = self.published.lock().await;
        self.metadata_in(&mut published, permit, now).await
    }

    async fn metadata_in(
        &self,
        published: &mut Published,
        permit: &Permit,
        now: Timestamp,
    ) -> Result<Arc<Metadata>, ProviderError> {
        if let Some((metadata, read_at)) = &published.metadata
            && now < read_at.plus_seconds(CACHE_SECONDS)
        {
            return Ok(Arc::clone(metadata));
        }
        let settings = Arc::clone(&self.settings);
        let metadata = Arc::new(ask(permit, move || settings.discover()).await?);
        published.metadata = Some((Arc::clone(&metadata), now));
        Ok(metadata)
    }

    /// The claims of a token that the provider signed. Keys that are not known yet are read.
    async fn verify(&self, permit: &Permit, token: &str, now: Timestamp) -> Result<Claims, ProviderError> {
        let mut published = self.published.lock().await;
        if let Some((keys, read_at)) = &published.keys {
            let verified = keys.verify(token);
            let is_unknown = matches!(verified, Err(OpenIdError::UnknownKey));
            let may_reload = is_unknown && read_at.plus_seconds(RELOAD_SECONDS) <= now;
            if now < read_at.plus_seconds(CACHE_SECONDS) && !may_reload {
                return Ok(verified?);
            }
        }
        let metadata = self.metadata_in(&mut published, permit, now).await?;
        let keys = Arc::new(ask(permit, move || metadata.keys()).await?);
        let verified = keys.verify(token);
        published.keys = Some((keys, now));
        Ok(verified?)
    }

    /// Exchanges a code, and returns who signed in, with the address in the token if it has one.
    pub(crate) async fn exchange(
        &self,
        permit: &Permit,
        code: &Code<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, ProviderError> {
        let metadata = self.metadata(permit, now).await?;
        let (settings, at) = (Arc::clone(&self.settings), Arc::clone(&metadata));
        let (code_text, verifier) = (code.value.to_owned(), code.verifier.to_owned());
        let redirect_uri = code.redirect_uri.to_owned();
        let tokens = ask(permit, move || settings.exchange(&at, (&code_text, &verifier), &redirect_uri)).await?;
        let claims = self.verify(permit, &tokens.id_token, now).await?;
        let subject = claims.signed_in(&self.settings.issuer, &self.settings.client_id, code.nonce, now)?;
        Ok(SignedIn { email: claims.claimed_email(), subject, tokens, metadata })
    }

    /// What a logout token ends.
    pub(crate) async fn logged_out(
        &self,
        permit: &Permit,
        token: &str,
        now: Timestamp,
    ) -> Result<Logout, ProviderError> {
        let claims = self.verify(permit, token, now).await?;
        Ok(claims.logged_out(&self.settings.issuer, &self.settings.client_id, now)?)
    }
}

/// Who signed in at a provider.
pub(crate) struct SignedIn {
    pub subject: Subject,
    email: Option<ClaimedEmail>,
    tokens: Tokens,
    metadata: Arc<Metadata>,
}

impl SignedIn {
    /// The address of the user: that in the token, or that of the userinfo endpoint. With the code
    /// flow, conforming providers put it there (Core, 5.4).
    pub(crate) async fn email(self, permit: &Permit) -> Result<Option<ClaimedEmail>, ProviderError> {
        let Self { subject, email, tokens, metadata } = self;
        if email.is_some() {
            return Ok(email);
        }
        let info = ask(permit, move || metadata.user_info(&tokens)).await?;
        Ok(info.and_then(|info| info.claimed_email(&subject)))
    }
}
