//! A rendered response in each content coding.
//!
//! A page with a form has a slot for the form's idempotency key, which each response fills with a
//! new key without compressing the page again.

use std::{
    io::{Read, Write},
    ops::RangeInclusive,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use flate2::{Compress, Compression, Crc, FlushCompress, Status, read::GzDecoder};
use sha2::{Digest, Sha256};

use crate::{
    app::{idempotency_key, idempotency_key::SLOT},
    system::rng::Rng,
};

/// How many bytes after the key are in the same block. Brotli uses the last two bytes as the
/// context of the next one.
const TAIL: usize = 2;

/// The header of an uncompressed deflate block that is not the last (RFC 1951, 3.2.3).
const STORED_BLOCK: u8 = 0;

/// The logarithm of a brotli window (RFC 7932, 9.1).
const BROTLI_LGWIN: RangeInclusive<u32> = 10..=22;

/// How many bytes smaller than the power of two a window is (RFC 7932, 9.1).
const BROTLI_WINDOW_GAP: usize = 16;

/// The most that a coding adds around the key: the header of a block, and the gzip trailer.
const MAX_FRAME_BYTES: usize = 13;

/// A rendered response in each content coding.
#[derive(Debug, Default)]
pub(crate) struct CachedResponse {
    plain: EncodedBody,
    brotli: Option<EncodedBody>,
    gzip: Option<EncodedBody>,
    /// `None` for a page with a slot, which differs with each response.
    etag: Option<HeaderValue>,
    /// The other headers of each response.
    headers: HeaderMap,
}

/// The body in one coding. A slot splits it in two.
#[derive(Debug, Default)]
struct EncodedBody {
    before: Bytes,
    slot: Option<Slot>,
}

/// The place of the key.
#[derive(Debug)]
struct Slot {
    /// The bytes after the key that are in the same block.
    tail: [u8; TAIL],
    after: Bytes,
    checksums: Option<Checksums>,
}

/// The checksums from which the gzip trailer is computed (RFC 1952, 2.3.1).
#[derive(Debug)]
struct Checksums {
    before: Crc,
    after: Crc,
}

/// A content coding.
#[derive(Clone, Copy)]
enum Coding {
    Plain,
    Brotli,
    Gzip,
}

impl CachedResponse {
    /// The response in each coding, or `None` if compression fails.
    pub(crate) fn new(plain: Bytes) -> Option<Self> {
        let text = plain.clone();
        let response = Self::plain(plain);
        let (brotli, gzip) = match response.plain.slot {
            None => (Some(EncodedBody::whole(brotli(&[&text])?.pop()?)), Some(EncodedBody::whole(gzip_whole(&text)?))),
            // A coding that does not round-trip is not used.
            Some(_) => (
                brotli_around_slot(&text).filter(|body| response.round_trips(body, Coding::Brotli)),
                gzip_around_slot(&text).filter(|body| response.round_trips(body, Coding::Gzip)),
            ),
        };
        Some(Self { brotli, gzip, ..response })
    }

    /// The response without compression.
    pub(crate) fn plain(plain: Bytes) -> Self {
        if let Some((before, tail, after)) = split(&plain) {
            let (before, after) = (plain.slice_ref(before), plain.slice_ref(after));
            let slot = Some(Slot { tail, after, checksums: None });
            return Self { plain: EncodedBody { before, slot }, ..Self::default() };
        }
        let digest = Sha256::digest(&plain).iter().take(12).fold(0, |digest, byte| digest << 8 | u128::from(*byte));
        // Weak, because every coding has the same one (RFC 9110, 8.8.1).
        let etag = HeaderValue::try_from(format!("W/\"{digest:024x}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""));
        Self { plain: EncodedBody::whole(plain), etag: Some(etag), ..Self::default() }
    }

    /// Adds headers to each response.
    pub(crate) fn with_headers(self, headers: HeaderMap) -> Self {
        Self { headers, ..self }
    }

    /// Whether the body decodes to the plain body with the same key.
    fn round_trips(&self, body: &EncodedBody, coding: Coding) -> bool {
        ["0123456789abcdef0123456789abcdef", SLOT].into_iter().all(|key| {
            let (encoded, mut decoded) = (body.with_key(key, coding), Vec::new());
            let is_decoded = match coding {
                Coding::Plain => return true,
                Coding::Brotli => brotli::BrotliDecompress(&mut encoded.as_slice(), &mut decoded).is_ok(),
                Coding::Gzip => GzDecoder::new(encoded.as_slice()).read_to_end(&mut decoded).is_ok(),
            };
            is_decoded && decoded == self.plain.with_key(key, Coding::Plain)
        })
    }

    /// The size of all codings.
    pub(crate) fn bytes(&self) -> u32 {
        let codings = [Some(&self.plain), self.brotli.as_ref(), self.gzip.as_ref()];
        let lengths = codings
            .into_iter()
            .flatten()
            .map(|body| body.before.len() + body.slot.as_ref().map_or(0, |slot| slot.after.len()));
        u32::try_from(lengths.sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// Whether a tag of `If-None-Match` matches, by weak comparison (RFC 9110, 8.8.3.2), or is `*`.
    fn matches_etag(&self, tag: &str) -> bool {
        fn opaque(tag: &[u8]) -> &[u8] {
            tag.strip_prefix(b"W/").unwrap_or(tag)
        }
        self.etag.as_ref().is_some_and(|own| tag == "*" || opaque(tag.as_bytes()) == opaque(own.as_bytes()))
    }

    /// The best coding that the client accepts, or a 304. For documents without a slot.
    pub(crate) fn to_response(&self, headers: &HeaderMap) -> Response {
        self.to_response_with(headers, String::new)
    }

    /// The same as a public document of that type, which clients revalidate.
    pub(crate) fn to_public_response(&self, headers: &HeaderMap, content_type: &'static str) -> Response {
        let mut response = self.to_response(headers);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }

    /// The best coding that the client accepts, with a new key in the slot if there is one, or a
    /// 304.
    pub(crate) fn to_response_with_key(&self, headers: &HeaderMap, rng: &Rng) -> Response {
        self.to_response_with(headers, || idempotency_key::generate(rng))
    }

    fn to_response_with(&self, headers: &HeaderMap, key: impl FnOnce() -> String) -> Response {
        let is_current = headers.get(header::IF_NONE_MATCH).is_some_and(|tags| {
            tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| self.matches_etag(tag.trim())))
        });
        let mut response = Response::default();
        response.headers_mut().clone_from(&self.headers);
        if is_current {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            let is_accepted = |coding| accepts(headers, coding);
            let brotli = self.brotli.as_ref().filter(|_| is_accepted("br")).map(|body| (body, Coding::Brotli, "br"));
            let gzip = || self.gzip.as_ref().filter(|_| is_accepted("gzip")).map(|body| (body, Coding::Gzip, "gzip"));
            let compressed = brotli.or_else(gzip);
            let (bytes, name) = match (compressed, &self.plain) {
                (Some((body, coding, name)), _) => (body.fill(key, coding), Some(name)),
                (None, plain) => (plain.fill(key, Coding::Plain), None),
            };
            *response.body_mut() = Body::from(bytes);
            if let Some(name) = name {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
        }
        if let Some(etag) = &self.etag {
            response.headers_mut().insert(header::ETAG, etag.clone());
        }
        response
    }
}

impl EncodedBody {
    fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { before: bytes.into(), slot: None }
    }

    fn fill(&self, key: impl FnOnce() -> String, coding: Coding) -> Bytes {
        if self.slot.is_none() { self.before.clone() } else { self.with_key(&key(), coding).into() }
    }

    /// The bytes with the key in the slot.
    fn with_key(&self, key: &str, coding: Coding) -> Vec<u8> {
        let Some(Slot { tail, after, checksums }) = &self.slot else { return self.before.to_vec() };
        let keyed = [key.as_bytes(), tail].concat();
        let mut bytes = Vec::with_capacity(self.before.len() + keyed.len() + after.len() + MAX_FRAME_BYTES);
        bytes.extend_from_slice(&self.before);
        let length = u16::try_from(keyed.len()).unwrap_or_default();
        match coding {
            Coding::Plain => {}
            // The header of an uncompressed meta-block (RFC 7932, 9.2): ISLAST 0, MNIBBLES 4,
            // MLEN - 1, ISUNCOMPRESSED 1.
            Coding::Brotli => {
                let head = u32::from(length.saturating_sub(1)) << 3 | 1 << 19;
                bytes.extend_from_slice(&head.to_le_bytes()[..3]);
            }
            // The header of an uncompressed block (RFC 1951, 3.2.4).
            Coding::Gzip => {
                bytes.push(STORED_BLOCK);
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(&(!length).to_le_bytes());
            }
        }
        bytes.extend_from_slice(&keyed);
        bytes.extend_from_slice(after);
        if let Some(Checksums { before, after }) = checksums {
            let (mut whole, mut middle) = (Crc::new(), Crc::new());
            middle.update(&keyed);
            for part in [before, &middle, after] {
                whole.combine(part);
            }
            bytes.extend_from_slice(&whole.sum().to_le_bytes());
            bytes.extend_from_slice(&whole.amount().to_le_bytes());
        }
        bytes
    }
}

/// The text before the slot, the tail of the slot, and the text after the tail.
fn split(text: &[u8]) -> Option<(&[u8], [u8; TAIL], &[u8])> {
    let at = text.windows(SLOT.len()).position(|window| window == SLOT.as_bytes())?;
    let (before, rest) = text.split_at(at);
    let (tail, after) = rest.get(SLOT.len()..)?.split_first_chunk::<TAIL>()?;
    Some((before, *tail, after))
}

/// Compresses the parts as one stream, with a byte boundary after each part.
fn brotli(parts: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    // The encoder takes 8 bytes of memory for each byte of the window, so the window is no larger
    // than the text.
    let length = parts.iter().map(|part| part.len()).sum::<usize>() + BROTLI_WINDOW_GAP;
    let lgwin = length.next_power_of_two().ilog2().clamp(*BROTLI_LGWIN.start(), *BROTLI_LGWIN.end());
    let lgwin = i32::try_from(lgwin).ok()?;
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin, ..Default::default() };
    let mut writer = brotli::CompressorWriter::with_params(Vec::new(), 1 << 16, &settings);
    let (mut compressed, mut ends) = (Vec::new(), vec![0]);
    if let Some((last, others)) = parts.split_last() {
        for part in others {
            writer.write_all(part).ok()?;
            writer.flush().ok()?;
            ends.push(writer.get_ref().len());
        }
        writer.write_all(last).ok()?;
        let whole = writer.into_inner();
        ends.push(whole.len());
        for (begin, end) in ends.iter().zip(ends.iter().skip(1)) {
            compressed.push(whole.get(*begin..*end)?.to_vec());
        }
    }
    Some(compressed)
}

fn brotli_around_slot(text: &[u8]) -> Option<EncodedBody> {
    let (before, tail, after) = split(text)?;
    // The slot is compressed too and then removed, so that later back-references have the right
    // distances.
    let mut parts = brotli(&[before, &[SLOT.as_bytes(), &tail].concat(), after])?.into_iter();
    let (before, _, after) = (parts.next()?, parts.next()?, parts.next()?);
    Some(EncodedBody { before: before.into(), slot: Some(Slot { tail, after: after.into(), checksums: None }) })
}

fn gzip_whole(text: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text).ok()?;
    gzip.finish().ok()
}

fn gzip_around_slot(text: &[u8]) -> Option<EncodedBody> {
    let (plain_before, tail, plain_after) = split(text)?;
    let mut deflate = Compress::new(Compression::best(), false);
    let mut part = |text: &[u8], flush| {
        let mut bytes = Vec::with_capacity(text.len() + 1_024);
        let status = deflate.compress_vec(text, &mut bytes, flush).ok()?;
        matches!(status, Status::Ok | Status::StreamEnd).then_some(bytes)
    };
    let before = part(plain_before, FlushCompress::Sync)?;
    part(&[SLOT.as_bytes(), &tail].concat(), FlushCompress::Sync)?;
    let after = part(plain_after, FlushCompress::Finish)?;
    let checksum = |text: &[u8]| {
        let mut checksum = Crc::new();
        checksum.update(text);
        checksum
    };
    // The gzip header: deflate, no file name, no time (RFC 1952, 2.3).
    let before = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255][..], &before].concat();
    let checksums = Some(Checksums { before: checksum(plain_before), after: checksum(plain_after) });
    Some(EncodedBody { before: before.into(), slot: Some(Slot { tail, after: after.into(), checksums }) })
}

/// Whether `Accept-Encoding` lists the coding with a weight above 0 (RFC 9110, 12.5.3).
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding))
                && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_a_key_in_each_coding_without_being_compressed_again() {
        let words = "Cookies also make your interactions with Harmony faster and more secure. ".repeat(40);
        for page in [
            format!("<p>{words}</p><input name=\"key\" value=\"{SLOT}\"/>{words}<p>{words}"),
            format!("{SLOT}\"/>"),
            format!("{words}{SLOT}\">{words}"),
        ] {
            let response = CachedResponse::new(page.clone().into());
            let (brotli, gzip) = response.map(|response| (response.brotli, response.gzip)).unwrap_or_default();
            let (Some(brotli), Some(gzip)) = (brotli, gzip) else { unreachable!("each coding round-trips") };
            for key in ["00000000000000000000000000000000", "f00ba7f00ba7f00ba7f00ba7f00ba7f0"] {
                let expected = page.replace(SLOT, key).into_bytes();
                let (mut by_brotli, mut by_gzip) = (Vec::new(), Vec::new());
                let sent = brotli.with_key(key, Coding::Brotli);
                assert!(brotli::BrotliDecompress(&mut sent.as_slice(), &mut by_brotli).is_ok());
                let sent = gzip.with_key(key, Coding::Gzip);
                assert!(GzDecoder::new(sent.as_slice()).read_to_end(&mut by_gzip).is_ok());
                assert!(by_brotli == expected && by_gzip == expected);
            }
        }
    }
}
