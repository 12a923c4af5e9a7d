//! Requests to an identity provider (OpenID Connect Core and Discovery 1.0), and the signatures of
//! its tokens. `domain::account::id_token` has the rules about what a token says.
//!
//! Every function here waits for the provider, so callers run it on a blocking thread.

use std::{fmt, net::IpAddr, time::Duration};

use axum::http::{Uri, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use ureq::{Agent, Body, http::Response};

use super::{http_client, percent_encode::percent_encode};
use crate::domain::account::id_token::{Claims, UserInfo};

/// The timeout of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(4);

/// The maximum length of a response. Discovery documents have a few thousand bytes.
const MAX_RESPONSE_BYTES: u64 = 1 << 17;

/// The maximum length of a token.
const MAX_TOKEN_BYTES: usize = 1 << 14;

/// What the site asks for: who the user is, and the e-mail address.
pub(crate) const SCOPE: &str = "openid email";

/// An identity provider, and this site as its client.
#[derive(Clone)]
pub struct ProviderSettings {
    /// The name in URLs: `a-z`, `0-9` and `-`.
    pub id: String,
    /// The name that users read.
    pub name: String,
    /// The issuer identifier.
    pub issuer: String,
    /// The id of this site at the provider.
    pub client_id: String,
    /// The secret of this site at the provider.
    pub client_secret: String,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a provider publishes about itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    /// Whether each response names the issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// How clients authenticate; with nothing said, by `client_secret_basic`.
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// The tokens of a sign-in.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

/// Why a provider's answer cannot be used. It contains nothing of a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenIdError {
    #[error(transparent)]
    Http(#[from] ureq::Error),
    #[error("{0} answers with the status {1}")]
    Status(&'static str, u16),
    #[error("{0} does not answer as the standard says")]
    Malformed(&'static str),
    #[error("the discovery document names another issuer than the settings")]
    Issuer,
    #[error("the discovery document has an address that is not https")]
    Address,
    #[error("the operating system trusts no certificate authority: install its certificates")]
    NoRoots,
    #[error("the token is not one, or is too long")]
    NoToken,
    #[error("the token is signed with a key that the provider does not publish")]
    UnknownKey,
    #[error("the signature of the token is not right")]
    Signature,
}

const DISCOVERY: &str = "the discovery document";
const KEYS: &str = "the list of keys";
const TOKEN: &str = "the token endpoint";
const USER_INFO: &str = "the userinfo endpoint";

/// Whether a URL is https, or http to this machine, without a user and a fragment.
pub(crate) fn is_allowed(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_this_machine = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let scheme = uri.scheme_str();
    !host.is_empty()
        && !url.contains(['@', '#'])
        && (scheme == Some("https") || scheme == Some("http") && is_this_machine)
}

impl ProviderSettings {
    /// Reads what the provider publishes about itself, and checks that it is that provider.
    pub(crate) fn discover(&self) -> Result<Metadata, OpenIdError> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let found: Metadata = get(&url, None, DISCOVERY)?;
        if found.issuer != self.issuer {
            return Err(OpenIdError::Issuer);
        }
        let addresses = [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri];
        if !addresses.into_iter().chain(&found.userinfo_endpoint).all(|url| is_allowed(url)) {
            return Err(OpenIdError::Address);
        }
        Ok(found)
    }

    /// Exchanges a code for tokens (Core, 3.1.3).
    pub(crate) fn exchange(
        &self,
        at: &Metadata,
        (code, verifier): (&str, &str),
        redirect_uri: &str,
    ) -> Result<Tokens, OpenIdError> {
        let encoded = |text: &str| percent_encode(text.as_bytes());
        let (id, secret) = (encoded(&self.client_id), encoded(&self.client_secret));
        let methods = &at.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|supported| supported == method);
        let in_body = has("client_secret_post") && !has("client_secret_basic");
        let authentication = if in_body { format!("&client_id={id}&client_secret={secret}") } else { String::new() };
        let body = format!(
            "grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={}{authentication}",
            encoded(code),
            encoded(redirect_uri),
            encoded(verifier)
        );
        let mut request = agent(&at.token_endpoint)?
            .post(&at.token_endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        if !in_body {
            // Both are encoded before (RFC 6749, 2.3.1).
            request =
                request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
        }
        read(request.send(&body)?, TOKEN)
    }
}

impl Metadata {
    /// Reads the keys of the provider.
    pub(crate) fn keys(&self) -> Result<Keys, OpenIdError> {
        /// Keys that this program does not know must not hide the others.
        #[derive(Deserialize)]
        struct KeySet {
            keys: Vec<Value>,
        }
        let KeySet { keys } = get(&self.jwks_uri, None, KEYS)?;
        let known = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let signs = |key: &Jwk| key.common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature);
        Ok(Keys(known.filter(signs).collect()))
    }

    /// Reads what the provider says of the user (Core, 5.3). None if it says nothing.
    pub(crate) fn user_info(&self, tokens: &Tokens) -> Result<Option<UserInfo>, OpenIdError> {
        let (Some(url), Some(token)) = (&self.userinfo_endpoint, &tokens.access_token) else { return Ok(None) };
        get(url, Some(token), USER_INFO).map(Some)
    }
}

/// The public keys of a provider.
#[derive(Debug)]
pub(crate) struct Keys(Vec<Jwk>);

impl Keys {
    /// Returns what a token says, if one of the keys signed it. The algorithm must be one of the
    /// key's own family; what the token names is not enough.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, OpenIdError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(OpenIdError::NoToken);
        }
        let header = decode_header(token).map_err(|_| OpenIdError::NoToken)?;
        let key = match &header.kid {
            Some(id) => self.0.iter().find(|key| key.common.key_id.as_ref() == Some(id)),
            // Only with one key is it clear which one is meant (Core, 10.1).
            None => self.0.first().filter(|_| self.0.len() == 1),
        };
        let key = key.ok_or(OpenIdError::UnknownKey)?;
        let algorithms: &[Algorithm] = match &key.algorithm {
            AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => &[Algorithm::ES256],
            AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
            _ => return Err(OpenIdError::UnknownKey),
        };
        let public = DecodingKey::from_jwk(key).map_err(|_| OpenIdError::UnknownKey)?;
        let mut validation = Validation::default();
        validation.algorithms = algorithms.to_vec();
        // `domain` checks the claims, with the clock of the server.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode(token, &public, &validation).map(|verified| verified.claims).map_err(|_| OpenIdError::Signature)
    }
}

fn agent(url: &str) -> Result<Agent, OpenIdError> {
    let is_https = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    http_client::agent(is_https, REQUEST_TIMEOUT, None).ok_or(OpenIdError::NoRoots)
}

fn get<T: DeserializeOwned>(url: &str, token: Option<&str>, what: &'static str) -> Result<T, OpenIdError> {
    let mut request = agent(url)?.get(url).header(header::ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    read(request.call()?, what)
}

fn read<T: DeserializeOwned>(mut response: Response<Body>, what: &'static str) -> Result<T, OpenIdError> {
    if response.status().as_u16() != 200 {
        return Err(OpenIdError::Status(what, response.status().as_u16()));
    }
    let body = response.body_mut().with_config().limit(MAX_RESPONSE_BYTES).read_to_vec()?;
    serde_json::from_slice(&body).map_err(|_| OpenIdError::Malformed(what))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_provider_is_reached_by_https_or_on_this_machine() {
        for (url, allowed) in [
            ("https://login.example", true),
            ("https://login.example/realms/a?b=c", true),
            ("http://127.0.0.1:9000", true),
            ("http://localhost", true),
            ("http://[::1]:9000/a", true),
            ("http://login.example", false),
            ("http://localhost.evil.example", false),
            ("https://user@login.example", false),
            ("https://login.example/#a", false),
            ("ftp://login.example", false),
            ("//login.example", false),
            ("", false),
        ] {
            assert_eq!(is_allowed(url), allowed, "{url}");
        }
    }

    /// A token of this header with a signature of the key, and the key as published.
    fn signed(seed: u8, head: &Value) -> (String, Value) {
        let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({ "iss": "https://a", "sub": "s", "aud": "c", "iat": 1, "exp": 2 });
        let text = format!("{}.{}", part(head), part(&claims));
        let token = format!("{text}.{}", URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes())));
        let public = URL_SAFE_NO_PAD.encode(key.public_key());
        (token, json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "x": public }))
    }

    fn keys(all: &[&Value]) -> Keys {
        Keys(all.iter().map(|key| serde_json::from_value((*key).clone()).unwrap()).collect())
    }

    #[test]
    fn only_a_token_signed_with_a_published_key_is_read() {
        let head = json!({ "alg": "EdDSA", "kid": "one" });
        let ((token, key), (_, other)) = (signed(1, &head), signed(2, &head));
        assert_eq!(keys(&[&key]).verify(&token).unwrap().sub.as_deref(), Some("s"));
        let refusal = |keys: &Keys, token: &str| keys.verify(token).unwrap_err().to_string();
        let signature = OpenIdError::Signature.to_string();
        let unknown = OpenIdError::UnknownKey.to_string();
        assert_eq!(refusal(&keys(&[&other]), &token), signature, "another key of that id");
        assert_eq!(refusal(&keys(&[]), &token), unknown);
        assert_eq!(refusal(&keys(&[&key]), &signed(1, &json!({ "alg": "EdDSA", "kid": "two" })).0), unknown);
        let unnamed = signed(1, &json!({ "alg": "EdDSA" })).0;
        assert!(keys(&[&key]).verify(&unnamed).is_ok(), "one key needs no id");
        assert_eq!(refusal(&keys(&[&key, &other]), &unnamed), unknown);
        for algorithm in ["HS256", "RS256", "ES256"] {
            let (token, _) = signed(1, &json!({ "alg": algorithm, "kid": "one" }));
            assert_eq!(refusal(&keys(&[&key]), &token), signature, "{algorithm}");
        }
        let none = signed(1, &json!({ "alg": "none", "kid": "one" })).0;
        assert_eq!(refusal(&keys(&[&key]), &none), OpenIdError::NoToken.to_string());
        let secret = json!({ "kty": "oct", "kid": "one", "k": "c2VjcmV0" });
        assert_eq!(refusal(&keys(&[&secret]), &signed(1, &json!({ "alg": "HS256", "kid": "one" })).0), unknown);
        for junk in ["", "a", "a.b.c", &"a".repeat(MAX_TOKEN_BYTES + 1)] {
            assert_eq!(refusal(&keys(&[&key]), junk), OpenIdError::NoToken.to_string());
        }
    }
}
