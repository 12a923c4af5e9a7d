//! A rendered response in each content coding.
//!
//! Each form of a page has a slot for its idempotency key, which each response fills with a new key
//! without compressing the page again.

use std::{
    borrow::Cow,
    io::{Read, Write},
    ops::RangeInclusive,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use flate2::{Compress, Compression, Crc, FlushCompress, Status, read::GzDecoder};
use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::{
    app::{idempotency_key, idempotency_key::SLOT},
    system::rng::Rng,
};

/// How many bytes after the key are in the same block. Brotli uses the last two bytes as the
/// context of the next one.
const TAIL: usize = 2;

/// The length of the uncompressed block with a key.
#[expect(clippy::cast_possible_truncation, reason = "a key is short")]
const BLOCK_BYTES: u16 = (SLOT.len() + TAIL) as u16;

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
}

/// The body in one coding, around its slots.
#[derive(Debug, Default)]
struct EncodedBody {
    /// The headers of the response. A page with slots has no `ETag`, because each response differs.
    headers: HeaderMap,
    /// What comes before the first slot.
    first: Bytes,
    slots: Vec<Slot>,
    /// The checksums of the text before, between and after the slots, from which the gzip trailer
    /// is computed (RFC 1952, 2.3.1).
    checksums: Vec<Crc>,
}

/// The place of a key.
#[derive(Debug)]
struct Slot {
    /// The bytes after the key that are in the same block.
    tail: [u8; TAIL],
    /// What comes before the next slot.
    after: Bytes,
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
        let (mut brotli, mut gzip) = if response.plain.slots.is_empty() {
            (Some(EncodedBody::whole(brotli(&[&text])?.pop()?)), Some(EncodedBody::whole(gzip_whole(&text)?)))
        } else {
            // A coding that does not round-trip is not used.
            (
                brotli_around_slots(&text).filter(|body| response.round_trips(body, Coding::Brotli)),
                gzip_around_slots(&text).filter(|body| response.round_trips(body, Coding::Gzip)),
            )
        };
        for (body, name) in [(&mut brotli, "br"), (&mut gzip, "gzip")] {
            if let Some(body) = body {
                body.headers.clone_from(&response.plain.headers);
                body.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
        }
        Some(Self { brotli, gzip, ..response })
    }

    /// The response without compression.
    pub(crate) fn plain(plain: Bytes) -> Self {
        let (first, slots) = split(&plain);
        if !slots.is_empty() {
            let slots = slots.into_iter().map(|(tail, after)| Slot { tail, after: plain.slice_ref(after) });
            let body = EncodedBody { first: plain.slice_ref(first), slots: slots.collect(), ..EncodedBody::default() };
            return Self { plain: body, ..Self::default() };
        }
        let digest = Sha256::digest(&plain).iter().take(12).fold(0, |digest, byte| digest << 8 | u128::from(*byte));
        // Weak, because every coding has the same one (RFC 9110, 8.8.1).
        let etag = HeaderValue::try_from(format!("W/\"{digest:024x}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""));
        let mut body = EncodedBody::whole(plain);
        body.headers.insert(header::ETAG, etag);
        Self { plain: body, ..Self::default() }
    }

    /// Adds headers to each response, in place of its own of the same name.
    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        for body in [Some(&mut self.plain), self.brotli.as_mut(), self.gzip.as_mut()].into_iter().flatten() {
            body.headers.extend(headers.clone());
        }
        self
    }

    /// Whether the body decodes to the plain body with the same keys.
    fn round_trips(&self, body: &EncodedBody, coding: Coding) -> bool {
        ["0123456789abcdef0123456789abcdef", SLOT].into_iter().all(|key| {
            let key = || key.to_owned();
            let (encoded, mut decoded) = (body.with_keys(key, coding), Vec::new());
            let is_decoded = match coding {
                Coding::Plain => return true,
                Coding::Brotli => brotli::BrotliDecompress(&mut encoded.as_slice(), &mut decoded).is_ok(),
                Coding::Gzip => GzDecoder::new(encoded.as_slice()).read_to_end(&mut decoded).is_ok(),
            };
            is_decoded && decoded == self.plain.with_keys(key, Coding::Plain)
        })
    }

    /// The size of all codings.
    pub(crate) fn bytes(&self) -> u32 {
        let codings = [Some(&self.plain), self.brotli.as_ref(), self.gzip.as_ref()];
        let lengths = codings.into_iter().flatten().map(EncodedBody::bytes);
        u32::try_from(lengths.sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// Whether a tag of `If-None-Match` matches, by weak comparison (RFC 9110, 8.8.3.2), or is `*`.
    fn matches_etag(&self, tag: &str) -> bool {
        fn opaque(tag: &[u8]) -> &[u8] {
            tag.strip_prefix(b"W/").unwrap_or(tag)
        }
        self.plain
            .headers
            .get(header::ETAG)
            .is_some_and(|own| tag == "*" || opaque(tag.as_bytes()) == opaque(own.as_bytes()))
    }

    /// The best coding that the client accepts, or a 304. For documents without slots.
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

    /// The best coding that the client accepts, with a new key in each slot, or a 304.
    pub(crate) fn to_response_with_keys(&self, headers: &HeaderMap, rng: &Rng) -> Response {
        self.to_response_with(headers, || idempotency_key::generate(rng))
    }

    fn to_response_with(&self, headers: &HeaderMap, key: impl FnMut() -> String) -> Response {
        let is_current = headers.get(header::IF_NONE_MATCH).is_some_and(|tags| {
            tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| self.matches_etag(tag.trim())))
        });
        let mut response = Response::default();
        if is_current {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().clone_from(&self.plain.headers);
            return response;
        }
        let brotli = self.brotli.as_ref().filter(|_| accepts(headers, "br")).map(|body| (body, Coding::Brotli));
        let gzip = || self.gzip.as_ref().filter(|_| accepts(headers, "gzip")).map(|body| (body, Coding::Gzip));
        let (body, coding) = brotli.or_else(gzip).unwrap_or((&self.plain, Coding::Plain));
        response.headers_mut().clone_from(&body.headers);
        *response.body_mut() = Body::from(body.fill(key, coding));
        response
    }
}

impl EncodedBody {
    fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { first: bytes.into(), ..Self::default() }
    }

    /// The body of the encoded parts, without those of the fillers.
    fn around(parts: Vec<Vec<u8>>, slots: &[SlotText<'_>]) -> Self {
        let mut texts = parts.into_iter().step_by(2).map(Bytes::from);
        let first = texts.next().unwrap_or_default();
        let slots = texts.zip(slots).map(|(after, (tail, _))| Slot { tail: *tail, after });
        Self { first, slots: slots.collect(), ..Self::default() }
    }

    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        self.first.len() + self.slots.iter().map(|slot| slot.after.len()).chain(headers).sum::<usize>()
    }

    fn fill(&self, key: impl FnMut() -> String, coding: Coding) -> Bytes {
        if self.slots.is_empty() { self.first.clone() } else { self.with_keys(key, coding).into() }
    }

    /// The bytes, with a key in each slot.
    fn with_keys(&self, mut key: impl FnMut() -> String, coding: Coding) -> Vec<u8> {
        let length = self.slots.iter().map(|slot| SLOT.len() + MAX_FRAME_BYTES + slot.after.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(self.first.len() + length + MAX_FRAME_BYTES);
        bytes.extend_from_slice(&self.first);
        let mut checksums = self.checksums.iter();
        let mut whole = Crc::new();
        if let Some(first) = checksums.next() {
            whole.combine(first);
        }
        for slot in &self.slots {
            match coding {
                Coding::Plain => {}
                // The header of an uncompressed meta-block (RFC 7932, 9.2): ISLAST 0, MNIBBLES 4,
                // MLEN - 1, ISUNCOMPRESSED 1.
                Coding::Brotli => {
                    let head = u32::from(BLOCK_BYTES - 1) << 3 | 1 << 19;
                    bytes.extend_from_slice(&head.to_le_bytes()[..3]);
                }
                // The header of an uncompressed block (RFC 1951, 3.2.4).
                Coding::Gzip => {
                    bytes.push(STORED_BLOCK);
                    bytes.extend_from_slice(&BLOCK_BYTES.to_le_bytes());
                    bytes.extend_from_slice(&(!BLOCK_BYTES).to_le_bytes());
                }
            }
            let block = bytes.len();
            bytes.extend_from_slice(key().as_bytes());
            bytes.extend_from_slice(&slot.tail);
            if let Some(after) = checksums.next() {
                whole.combine(&checksum(bytes.get(block..).unwrap_or_default()));
                whole.combine(after);
            }
            bytes.extend_from_slice(&slot.after);
        }
        if matches!(coding, Coding::Gzip) {
            bytes.extend_from_slice(&whole.sum().to_le_bytes());
            bytes.extend_from_slice(&whole.amount().to_le_bytes());
        }
        bytes
    }
}

fn checksum(text: &[u8]) -> Crc {
    let mut checksum = Crc::new();
    checksum.update(text);
    checksum
}

/// The tail of a slot, and the text before the next slot.
type SlotText<'t> = ([u8; TAIL], &'t [u8]);

/// The text before the first slot; and of each slot its tail, and the text before the next slot.
fn split(text: &[u8]) -> (&[u8], Vec<SlotText<'_>>) {
    let mut places = memmem::find_iter(text, SLOT).peekable();
    let first = text.get(..places.peek().copied().unwrap_or(text.len())).unwrap_or(text);
    let mut slots = Vec::new();
    while let Some(place) = places.next() {
        let end = places.peek().copied().unwrap_or(text.len());
        let rest = text.get(place + SLOT.len()..end).unwrap_or_default();
        // HTML closes the field after a key, so there is always a tail.
        let Some((tail, after)) = rest.split_first_chunk::<TAIL>() else { return (text, Vec::new()) };
        slots.push((*tail, after));
    }
    (first, slots)
}

/// The text in parts: what is compressed in place of each slot, and the text around it.
///
/// The fillers are compressed too and then removed, so that later back-references have the right
/// distances. No back-reference may lead into one: two octets of a filler follow each other nowhere
/// else, because each filler has its own step, and text of a form's tag is ASCII.
fn with_fillers<'t>(first: &'t [u8], slots: &[SlotText<'t>]) -> Vec<Cow<'t, [u8]>> {
    let filler = |number: usize, tail: &[u8]| {
        let octets = (0..SLOT.len()).map(|place| 0x80 | place.wrapping_mul(2 * number + 1).to_le_bytes()[0]);
        octets.chain(tail.iter().copied()).collect()
    };
    let around = slots.iter().enumerate();
    let around = around.flat_map(|(number, (tail, after))| [Cow::Owned(filler(number, tail)), Cow::Borrowed(*after)]);
    std::iter::once(Cow::Borrowed(first)).chain(around).collect()
}

/// Compresses the parts as one stream, with a byte boundary after each part.
fn brotli(parts: &[impl AsRef<[u8]>]) -> Option<Vec<Vec<u8>>> {
    // The encoder takes 8 bytes of memory for each byte of the window, so the window is no larger
    // than the text.
    let length = parts.iter().map(|part| part.as_ref().len()).sum::<usize>() + BROTLI_WINDOW_GAP;
    let lgwin = length.next_power_of_two().ilog2().clamp(*BROTLI_LGWIN.start(), *BROTLI_LGWIN.end());
    let lgwin = i32::try_from(lgwin).ok()?;
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin, ..Default::default() };
    let mut writer = brotli::CompressorWriter::with_params(Vec::new(), 1 << 16, &settings);
    let (mut compressed, mut ends) = (Vec::new(), vec![0]);
    if let Some((last, others)) = parts.split_last() {
        for part in others {
            writer.write_all(part.as_ref()).ok()?;
            writer.flush().ok()?;
            ends.push(writer.get_ref().len());
        }
        writer.write_all(last.as_ref()).ok()?;
        let whole = writer.into_inner();
        ends.push(whole.len());
        for (begin, end) in ends.iter().zip(ends.iter().skip(1)) {
            compressed.push(whole.get(*begin..*end)?.to_vec());
        }
    }
    Some(compressed)
}

fn brotli_around_slots(text: &[u8]) -> Option<EncodedBody> {
    let (first, slots) = split(text);
    let parts = brotli(&with_fillers(first, &slots))?;
    Some(EncodedBody::around(parts, &slots))
}

fn gzip_whole(text: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text).ok()?;
    gzip.finish().ok()
}

fn gzip_around_slots(text: &[u8]) -> Option<EncodedBody> {
    let (first, slots) = split(text);
    let mut deflate = Compress::new(Compression::best(), false);
    // The gzip header: deflate, no file name, no time (RFC 1952, 2.3).
    let mut begin = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    let mut parts = Vec::new();
    let texts = with_fillers(first, &slots);
    for (number, text) in texts.iter().enumerate() {
        let flush = if number + 1 == texts.len() { FlushCompress::Finish } else { FlushCompress::Sync };
        let mut bytes = std::mem::take(&mut begin);
        bytes.reserve(text.len() + 1_024);
        let status = deflate.compress_vec(text, &mut bytes, flush).ok()?;
        matches!(status, Status::Ok | Status::StreamEnd).then(|| parts.push(bytes))?;
    }
    let checksums = std::iter::once(first).chain(slots.iter().map(|(_, after)| *after)).map(checksum).collect();
    Some(EncodedBody { checksums, ..EncodedBody::around(parts, &slots) })
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
    fn each_coding_has_the_headers_and_a_304_has_no_coding() {
        let shared = HeaderMap::from_iter([(header::VARY, HeaderValue::from_static("cookie"))]);
        let cached = CachedResponse::new("text ".repeat(400).into()).unwrap_or_default().with_headers(&shared);
        for (accepts, coding) in [("br", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
            let mut asked = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepts))]);
            let whole = cached.to_response(&asked);
            let tag = whole.headers().get(header::ETAG).cloned();
            asked.extend(tag.clone().map(|tag| (header::IF_NONE_MATCH, tag)));
            let again = cached.to_response(&asked);
            let found = whole.headers().get(header::CONTENT_ENCODING).and_then(|name| name.to_str().ok());
            assert_eq!((whole.status(), found), (StatusCode::OK, coding));
            assert_eq!((again.status(), again.headers().get(header::ETAG)), (StatusCode::NOT_MODIFIED, tag.as_ref()));
            assert!(tag.is_some() && !again.headers().contains_key(header::CONTENT_ENCODING), "{accepts}");
            assert!([&whole, &again].iter().all(|one| one.headers().contains_key(header::VARY)), "{accepts}");
        }
    }

    #[test]
    fn a_page_gets_its_keys_in_each_coding_without_being_compressed_again() {
        let words = "Cookies also make your interactions with Harmony faster and more secure. ".repeat(40);
        for page in [
            format!("<p>{words}</p><input name=\"key\" value=\"{SLOT}\"/>{words}<p>{words}"),
            format!("{SLOT}\"/>"),
            format!("{words}{SLOT}\">{words}"),
            format!("<p>{words}</p><input name=\"key\" value=\"{SLOT}\"/>{words}").repeat(20),
        ] {
            let response = CachedResponse::new(page.clone().into());
            let (brotli, gzip) = response.map(|response| (response.brotli, response.gzip)).unwrap_or_default();
            let (Some(brotli), Some(gzip)) = (brotli, gzip) else { unreachable!("each coding round-trips") };
            for first in [0_u128, 0xf00b_a7f0_0ba7_f00b_a7f0] {
                let keys = || {
                    let mut number = first;
                    move || {
                        number += 1;
                        format!("{number:032x}")
                    }
                };
                let (mut key, mut parts) = (keys(), page.split(SLOT));
                let begin = parts.next().unwrap_or_default().to_owned();
                let expected = parts.fold(begin, |page, part| page + &key() + part).into_bytes();
                let (mut by_brotli, mut by_gzip) = (Vec::new(), Vec::new());
                let sent = brotli.with_keys(keys(), Coding::Brotli);
                assert!(brotli::BrotliDecompress(&mut sent.as_slice(), &mut by_brotli).is_ok());
                let sent = gzip.with_keys(keys(), Coding::Gzip);
                assert!(GzDecoder::new(sent.as_slice()).read_to_end(&mut by_gzip).is_ok());
                assert!(by_brotli == expected && by_gzip == expected);
            }
        }
    }
}
