//! The request to a time-stamping authority and its response, in DER (RFC 3161, RFC 5652).
//!
//! The check covers that a time stamp was granted, of which hash, and for which nonce. The
//! authority's signature and certificate are left to those who rely on the time stamp.

use der::{
    AnyRef, Decode, Encode, Sequence, Tag, Tagged,
    asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, SequenceRef, UintRef, Utf8StringRef},
};

/// SHA-256 (RFC 5754).
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// What is signed (RFC 5652, section 5.1).
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// A time stamp (RFC 3161, section 2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// The number of bytes in a nonce.
pub(super) const NONCE_BYTES: usize = 8;

/// The maximum length of an authority's status text, in characters.
const MAX_STATUS_CHARS: usize = 200;

/// Why a response is not a time stamp of the hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The response has another format.
    #[error("it is no answer of a time-stamping authority (RFC 3161)")]
    Unreadable,
    /// The authority rejected the request.
    #[error("the authority refused it (status {status}): {said:?}")]
    Refused {
        /// The status code.
        status: u8,
        /// The status text, truncated.
        said: String,
    },
    /// The time stamp is of another hash.
    #[error("it is a time stamp of something else")]
    OtherImprint,
    /// The response has another nonce.
    #[error("it answers another question: it does not repeat the nonce")]
    OtherNonce,
}

/// Section 2.4.1, without the fields that Harmony never sends.
#[derive(Sequence)]
struct TimeStampReq<'a> {
    version: u8,
    message_imprint: MessageImprint<'a>,
    nonce: UintRef<'a>,
    cert_req: bool,
}

#[derive(Sequence)]
struct MessageImprint<'a> {
    hash_algorithm: AlgorithmIdentifier<'a>,
    hashed_message: OctetStringRef<'a>,
}

#[derive(Sequence)]
struct AlgorithmIdentifier<'a> {
    algorithm: ObjectIdentifier,
    #[asn1(optional = "true")]
    parameters: Option<AnyRef<'a>>,
}

/// Section 2.4.2.
#[derive(Sequence)]
struct TimeStampResp<'a> {
    status: PkiStatusInfo<'a>,
    #[asn1(optional = "true")]
    time_stamp_token: Option<ContentInfo<'a>>,
}

#[derive(Sequence)]
struct PkiStatusInfo<'a> {
    status: u8,
    #[asn1(optional = "true")]
    status_string: Option<Vec<Utf8StringRef<'a>>>,
    #[asn1(optional = "true")]
    fail_info: Option<BitStringRef<'a>>,
}

/// RFC 5652, section 3.
#[derive(Sequence)]
struct ContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData<'a>,
}

/// RFC 5652, section 5.1. Certificates and signatures are skipped.
#[derive(Sequence)]
struct SignedData<'a> {
    version: u8,
    digest_algorithms: AnyRef<'a>,
    encap_content_info: EncapsulatedContentInfo<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    certificates: Option<SequenceRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    crls: Option<SequenceRef<'a>>,
    signer_infos: AnyRef<'a>,
}

#[derive(Sequence)]
struct EncapsulatedContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: OctetStringRef<'a>,
}

/// RFC 3161, section 2.4.2. The time may have fractions of a second, which the type of the `der`
/// crate does not support.
#[derive(Sequence)]
struct TstInfo<'a> {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint<'a>,
    serial_number: AnyRef<'a>,
    gen_time: AnyRef<'a>,
    #[asn1(optional = "true")]
    accuracy: Option<SequenceRef<'a>>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<UintRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<SequenceRef<'a>>,
}

/// Encodes a request for a time stamp of the hash, with the authority's certificate.
pub(super) fn request(hash: &[u8; 32], nonce: [u8; NONCE_BYTES]) -> Result<Vec<u8>, der::Error> {
    let hash_algorithm = AlgorithmIdentifier { algorithm: SHA_256, parameters: Some(AnyRef::NULL) };
    let message_imprint = MessageImprint { hash_algorithm, hashed_message: OctetStringRef::new(hash)? };
    TimeStampReq { version: 1, message_imprint, nonce: UintRef::new(&nonce)?, cert_req: true }.to_der()
}

/// Checks that a response grants a time stamp of the hash and, if given, with the nonce.
///
/// # Errors
/// [`TokenError`] if it does not.
pub(super) fn check(reply: &[u8], hash: &[u8; 32], nonce: Option<[u8; NONCE_BYTES]>) -> Result<(), TokenError> {
    let unreadable = |_| TokenError::Unreadable;
    let reply = TimeStampResp::from_der(reply).map_err(unreadable)?;
    // 0 is granted, 1 granted with modifications.
    if reply.status.status > 1 {
        return Err(TokenError::Refused { status: reply.status.status, said: reply.status.status_text() });
    }
    let token = reply.time_stamp_token.ok_or(TokenError::Unreadable)?;
    let content = token.content.encap_content_info;
    if (token.content_type, content.content_type) != (SIGNED_DATA, TST_INFO) {
        return Err(TokenError::Unreadable);
    }
    let stamp = TstInfo::from_der(content.content.as_bytes()).map_err(unreadable)?;
    if stamp.version != 1 || stamp.gen_time.tag() != Tag::GeneralizedTime {
        return Err(TokenError::Unreadable);
    }
    let imprint = stamp.message_imprint;
    if imprint.hash_algorithm.algorithm != SHA_256 || imprint.hashed_message.as_bytes() != hash {
        return Err(TokenError::OtherImprint);
    }
    let Some(nonce) = nonce else { return Ok(()) };
    let asked = UintRef::new(&nonce).map_err(unreadable)?;
    if stamp.nonce == Some(asked) { Ok(()) } else { Err(TokenError::OtherNonce) }
}

impl PkiStatusInfo<'_> {
    /// The status text of a rejection.
    fn status_text(&self) -> String {
        let said = self.status_string.iter().flatten().map(AsRef::<str>::as_ref).collect::<Vec<_>>().join(" ");
        said.chars().take(MAX_STATUS_CHARS).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{properties::cases, system::digest::sha256};

    /// The request of OpenSSL 3.0.19 (`openssl ts -query -sha256 -cert`) for [`OF`] and [`NONCE`].
    const ASKED: &str = concat!(
        "30440201013031300d06096086480165030402010500042098ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c",
        "5d3fb1107be4020900b81f058474a9fe140101ff"
    );

    /// The response of `openssl ts -reply`, with milliseconds.
    const ANSWERED: &[u8] = include_bytes!("granted.tsr");

    /// The text that was stamped.
    const OF: &str = "hi\n";

    const NONCE: [u8; NONCE_BYTES] = [0xB8, 0x1F, 0x05, 0x84, 0x74, 0xA9, 0xFE, 0x14];

    #[test]
    fn a_question_is_the_one_that_openssl_asks() -> Result<(), der::Error> {
        assert_eq!(crate::system::digest::hex(&request(&sha256(OF), NONCE)?), ASKED);
        // DER integers are signed, so a leading zero byte precedes a set first bit, and no other
        // does.
        for (nonce, encoded) in [([0xFF; 8], "020900ffffffffffffffff"), ([0, 0, 0, 0, 0, 0, 0, 7], "020107")] {
            let asked = crate::system::digest::hex(&request(&[7; 32], nonce)?);
            assert!(asked.ends_with(&format!("{encoded}0101ff")), "{asked}");
        }
        Ok(())
    }

    #[test]
    fn an_answer_is_of_that_text_and_to_that_question() {
        let hash = sha256(OF);
        assert_eq!(check(ANSWERED, &hash, Some(NONCE)), Ok(()));
        assert_eq!(check(ANSWERED, &hash, None), Ok(()));
        assert_eq!(check(ANSWERED, &sha256("ho\n"), Some(NONCE)), Err(TokenError::OtherImprint));
        assert_eq!(check(ANSWERED, &hash, Some([1; 8])), Err(TokenError::OtherNonce));
        assert_eq!(check(&[ANSWERED, &[0]].concat(), &hash, Some(NONCE)), Err(TokenError::Unreadable));
        assert_eq!(check(&[], &hash, None), Err(TokenError::Unreadable));
    }

    #[test]
    fn a_refusal_is_told_in_the_authority_s_words_and_no_more_of_them_than_fit() {
        // Status 2, and a text of 255 letters.
        let words = [&[0x30, 0x82, 1, 2, 0x0C, 0x81, 0xFF][..], &[b'a'; 255]].concat();
        let status = [&[0x02, 1, 2][..], &words].concat();
        let length = u8::try_from(status.len() - 256).unwrap_or(0);
        let info = [&[0x30, 0x82, 1, length][..], &status].concat();
        let reply = [&[0x30, 0x82, 1, length + 4][..], &info].concat();
        let refused = TokenError::Refused { status: 2, said: "a".repeat(MAX_STATUS_CHARS) };
        assert_eq!(check(&reply, &[0; 32], None), Err(refused));
        // Rejected without a text, and granted without a time stamp.
        assert!(matches!(check(&[0x30, 5, 0x30, 3, 2, 1, 2], &[0; 32], None), Err(TokenError::Refused { .. })));
        assert_eq!(check(&[0x30, 5, 0x30, 3, 2, 1, 0], &[0; 32], None), Err(TokenError::Unreadable));
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn bytes_that_somebody_made_up_are_no_stamp(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert!(check(&bytes, &[0; 32], None).is_err());
        }

        #[test]
        fn an_answer_that_was_cut_is_none_and_one_that_was_altered_ends_in_a_verdict(
            at in 0..ANSWERED.len(), byte: u8, length in 0..ANSWERED.len(),
        ) {
            prop_assert_eq!(check(&ANSWERED[..length], &sha256(OF), None), Err(TokenError::Unreadable));
            let mut altered = ANSWERED.to_vec();
            altered[at] = byte;
            let _verdict = check(&altered, &sha256(OF), Some(NONCE));
        }
    }
}
