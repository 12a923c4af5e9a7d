//! What a use case needs to know about the form that it handles.

use std::sync::Arc;

use crate::{
    app::{AppState, cookie_jar::Jar, mail::MailDraft, request_context::RequestContext},
    domain::{
        account::{
            mail::MailKind,
            security_event::{SecurityEvent, SecurityEventKind},
        },
        web::error::AppError,
    },
    store::User,
};

/// The server, the cookies and the context of a form.
#[derive(Clone)]
pub(crate) struct FormContext {
    pub site: Arc<AppState>,
    pub jar: Jar,
    pub request: Arc<RequestContext>,
}

impl FormContext {
    /// The context of a form from a request whose session could be looked up.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] or [`AppError::Overloaded`] if it could not: a user's form would
    /// be handled as a guest's.
    pub fn new(site: Arc<AppState>, jar: Jar, request: Arc<RequestContext>) -> Result<Self, AppError> {
        request.identity.lookup_error.map_or(Ok(()), Err)?;
        Ok(Self { site, jar, request })
    }

    /// The signed-in user.
    ///
    /// # Errors
    /// [`AppError::SignedOut`] if there is none.
    pub fn user(&self) -> Result<Arc<User>, AppError> {
        self.request.identity.user.clone().ok_or(AppError::SignedOut)
    }

    /// The signed-in user, also one whose account is disabled.
    ///
    /// # Errors
    /// [`AppError::SignedOut`] if there is none.
    pub fn owner(&self) -> Result<Arc<User>, AppError> {
        self.request.identity.owner().cloned().ok_or(AppError::SignedOut)
    }

    /// A security event that this form causes.
    pub fn activity(&self, event: SecurityEventKind) -> SecurityEvent {
        let device_id = self.request.identity.owner().map(|user| user.session.device_id.clone());
        SecurityEvent { event, at: self.site.now(), device: Some(self.request.client.device), device_id, count: 1 }
    }

    /// A message that this form causes, in the language of its page, unless the site sends no mail.
    pub fn mail(&self, kind: MailKind) -> Option<MailDraft> {
        let (site, request) = (&self.site, &self.request);
        let draft = || MailDraft::new(kind, request.locale, request.client.device, (site.now(), &site.rng));
        site.mail.is_configured().then(draft)
    }
}
