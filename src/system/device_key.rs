//! The signatures of a device's key (Device Bound Session Credentials): ES256 and nothing else.

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve},
};
use serde::Deserialize;

use crate::domain::account::device_key::MAX_TOKEN_BYTES;

/// The type of the tokens that browsers sign.
const TYPE: &str = "dbsc+jwt";

/// The length of a coordinate of the curve P-256, in Base64.
const COORDINATE: usize = 43;

#[derive(Deserialize)]
struct Claims {
    jti: String,
}

/// The public key that a token contains, as text, and the challenge that it signs. None if the
/// token is not right.
pub(crate) fn registered(token: &str) -> Option<(String, String)> {
    let jwk = header(token)?.jwk?;
    let AlgorithmParameters::EllipticCurve(point) = &jwk.algorithm else { return None };
    let is_right = point.curve == EllipticCurve::P256 && [&point.x, &point.y].iter().all(|it| it.len() == COORDINATE);
    let key = is_right.then(|| format!("{}.{}", point.x, point.y))?;
    let challenge = signed_challenge(token, &key)?;
    Some((key, challenge))
}

/// The challenge that a token signs with this public key. None if the token is not right.
pub(crate) fn signed_challenge(token: &str, key: &str) -> Option<String> {
    header(token)?;
    let (x, y) = key.split_once('.')?;
    let public = DecodingKey::from_ec_components(x, y).ok()?;
    let mut validation = Validation::new(Algorithm::ES256);
    // The challenge has a time, and the token none.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Claims>(token, &public, &validation).ok().map(|verified| verified.claims.jti)
}

fn header(token: &str) -> Option<jsonwebtoken::Header> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    decode_header(token).ok().filter(|header| header.typ.as_deref() == Some(TYPE))
}
