//! A rendered response in each content coding.
//!
//! A page has slots: for the idempotency key of each form, and for what is of one visitor alone.
//! Each response fills them without rendering or compressing the page again.

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

/// The level of gzip that costs least for its bytes: on a page of 16 kB, level 1 takes two thirds
/// of the time for a quarter more bytes, and level 6 twice the time for 7 % fewer.
pub(crate) const GZIP_LEVEL: i32 = 2;

/// How many bytes after a slot are in the same block. Brotli uses the last two bytes as the
/// context of the next one.
const TAIL: usize = 2;

/// The header of an uncompressed deflate block that is not the last (RFC 1951, 3.2.3).
const STORED_BLOCK: u8 = 0;

/// The logarithm of a brotli window (RFC 7932, 9.1).
const BROTLI_LGWIN: RangeInclusive<u32> = 10..=22;

/// How many bytes smaller than the power of two a window is (RFC 7932, 9.1).
const BROTLI_WINDOW_GAP: usize = 16;

/// The most that a coding adds around a slot: the header of a block, and the gzip trailer.
const MAX_FRAME_BYTES: usize = 13;

/// How much work compression is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// The most, for a response that many clients get.
    ForAll,
    /// As much as for one response, for a page that few get: gzip alone, at [`GZIP_LEVEL`].
    ForFew,
}

/// A rendered response in each content coding.
#[derive(Clone, Debug, Default)]
pub(crate) struct CachedResponse {
    plain: EncodedBody,
    brotli: Option<EncodedBody>,
    gzip: Option<EncodedBody>,
}

/// The body in one coding, around its slots.
#[derive(Clone, Debug, Default)]
struct EncodedBody {
    /// The headers of the response. A page with slots has no `ETag`, because each response differs.
    headers: HeaderMap,
    /// What comes before the first slot.
    first: Bytes,
    slots: Vec<Slot>,
}

/// A place for a text of a fixed length.
#[derive(Clone, Debug)]
struct Slot {
    text: SlotText,
    length: usize,
    /// The bytes after the text that are in the same block.
    tail: [u8; TAIL],
    /// What comes before the next slot.
    after: Bytes,
}

/// What fills a slot.
#[derive(Clone, Copy, Debug)]
enum SlotText {
    /// A new key.
    Key,
    /// The personal text with this index.
    Personal(usize),
}

/// A content coding.
#[derive(Clone, Copy)]
enum Coding<'p> {
    Plain,
    Brotli,
    /// With the plain body, whose checksum is in the gzip trailer (RFC 1952, 2.3.1).
    Gzip(&'p EncodedBody),
}

impl CachedResponse {
    /// A document in each coding.
    pub(crate) fn compressed(plain: Bytes) -> Self {
        Self::plain(plain).compress(Effort::ForAll)
    }

    /// A document without compression.
    pub(crate) fn plain(plain: Bytes) -> Self {
        Self::page(&plain, &[])
    }

    /// A page without compression. It has a slot in place of each key and each placeholder.
    pub(crate) fn page(plain: &Bytes, placeholders: &[String]) -> Self {
        let mut body = split(plain, placeholders);
        if body.slots.is_empty() {
            let digest = Sha256::digest(plain).iter().take(12).fold(0, |digest, byte| digest << 8 | u128::from(*byte));
            // Weak, because every coding has the same one (RFC 9110, 8.8.1).
            let etag = format!("W/\"{digest:024x}\"");
            let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("W/\"0\""));
            body.headers.insert(header::ETAG, etag);
        }
        Self { plain: body, ..Self::default() }
    }

    /// The same response, compressed too. A coding that does not round-trip is not used.
    pub(crate) fn compress(mut self, effort: Effort) -> Self {
        let with_name = |mut body: EncodedBody, name| {
            body.headers.clone_from(&self.plain.headers);
            body.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            body
        };
        let level =
            if effort == Effort::ForAll { Compression::best() } else { Compression::new(GZIP_LEVEL.unsigned_abs()) };
        let gzip = gzip(&self.plain, level).filter(|body| self.round_trips(body, Coding::Gzip(&self.plain)));
        let gzip = gzip.map(|body| with_name(body, "gzip"));
        if effort == Effort::ForAll {
            let brotli = brotli(&self.plain).filter(|body| self.round_trips(body, Coding::Brotli));
            self.brotli = brotli.map(|body| with_name(body, "br"));
        }
        Self { gzip, ..self }
    }

    /// Adds headers to each response, in place of its own of the same name.
    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        for body in [Some(&mut self.plain), self.brotli.as_mut(), self.gzip.as_mut()].into_iter().flatten() {
            body.headers.extend(headers.clone());
        }
        self
    }

    /// Whether the body decodes to the plain body with the same texts in its slots.
    fn round_trips(&self, body: &EncodedBody, coding: Coding<'_>) -> bool {
        // Without slots, the texts make no difference.
        let texts = if self.plain.slots.is_empty() { &[SLOT][..] } else { &["0123456789abcdef", SLOT] };
        texts.iter().all(|text| {
            let text = |slot: &Slot| text.chars().cycle().take(slot.length).collect::<String>();
            let (encoded, mut decoded) = (body.with_texts(text, coding), Vec::new());
            let is_decoded = match coding {
                Coding::Plain => return true,
                Coding::Brotli => brotli::BrotliDecompress(&mut encoded.as_slice(), &mut decoded).is_ok(),
                Coding::Gzip(_) => GzDecoder::new(encoded.as_slice()).read_to_end(&mut decoded).is_ok(),
            };
            is_decoded && decoded == self.plain.with_texts(text, Coding::Plain)
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
        self.to_response_with(headers, |_| String::new())
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

    /// The best coding that the client accepts, or a 304. Slots get new keys and the texts of the
    /// visitor, each as long as its placeholder.
    pub(crate) fn to_page(&self, headers: &HeaderMap, rng: &Rng, personal: &[String]) -> Response {
        self.to_response_with(headers, |slot| match slot.text {
            SlotText::Key => idempotency_key::generate(rng),
            SlotText::Personal(index) => personal.get(index).cloned().unwrap_or_default(),
        })
    }

    fn to_response_with(&self, headers: &HeaderMap, text: impl FnMut(&Slot) -> String) -> Response {
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
        let gzip =
            || self.gzip.as_ref().filter(|_| accepts(headers, "gzip")).map(|body| (body, Coding::Gzip(&self.plain)));
        let (body, coding) = brotli.or_else(gzip).unwrap_or((&self.plain, Coding::Plain));
        response.headers_mut().clone_from(&body.headers);
        *response.body_mut() = Body::from(body.fill(text, coding));
        response
    }
}

impl EncodedBody {
    fn whole(bytes: impl Into<Bytes>) -> Self {
        Self { first: bytes.into(), ..Self::default() }
    }

    /// The body of the encoded parts, without those of the fillers.
    fn around(parts: Vec<Vec<u8>>, plain: &Self) -> Self {
        let mut texts = parts.into_iter().step_by(2).map(Bytes::from);
        let first = texts.next().unwrap_or_default();
        let slots = texts.zip(&plain.slots).map(|(after, slot)| Slot { after, ..slot.clone() });
        Self { first, slots: slots.collect(), ..Self::default() }
    }

    fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        self.first.len() + self.slots.iter().map(|slot| slot.after.len()).chain(headers).sum::<usize>()
    }

    fn fill(&self, text: impl FnMut(&Slot) -> String, coding: Coding<'_>) -> Bytes {
        if self.slots.is_empty() { self.first.clone() } else { self.with_texts(text, coding).into() }
    }

    /// The bytes, with a text in each slot.
    fn with_texts(&self, mut text: impl FnMut(&Slot) -> String, coding: Coding<'_>) -> Vec<u8> {
        let length = self.slots.iter().map(|slot| slot.length + MAX_FRAME_BYTES + slot.after.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(self.first.len() + length + MAX_FRAME_BYTES);
        bytes.extend_from_slice(&self.first);
        let mut checksum = Crc::new();
        let mut plain_texts = match coding {
            Coding::Gzip(plain) => {
                checksum.update(&plain.first);
                plain.slots.iter()
            }
            _ => [].iter(),
        };
        for slot in &self.slots {
            let block_bytes = u16::try_from(slot.length + TAIL).unwrap_or(u16::MAX);
            match coding {
                Coding::Plain => {}
                // The header of an uncompressed meta-block (RFC 7932, 9.2): ISLAST 0, MNIBBLES 4,
                // MLEN - 1, ISUNCOMPRESSED 1.
                Coding::Brotli => {
                    let head = u32::from(block_bytes - 1) << 3 | 1 << 19;
                    bytes.extend_from_slice(&head.to_le_bytes()[..3]);
                }
                // The header of an uncompressed block (RFC 1951, 3.2.4).
                Coding::Gzip(_) => {
                    bytes.push(STORED_BLOCK);
                    bytes.extend_from_slice(&block_bytes.to_le_bytes());
                    bytes.extend_from_slice(&(!block_bytes).to_le_bytes());
                }
            }
            let block = bytes.len();
            bytes.extend_from_slice(text(slot).as_bytes());
            bytes.extend_from_slice(&slot.tail);
            if let Some(plain) = plain_texts.next() {
                checksum.update(bytes.get(block..).unwrap_or_default());
                checksum.update(&plain.after);
            }
            bytes.extend_from_slice(&slot.after);
        }
        if matches!(coding, Coding::Gzip(_)) {
            bytes.extend_from_slice(&checksum.sum().to_le_bytes());
            bytes.extend_from_slice(&checksum.amount().to_le_bytes());
        }
        bytes
    }
}

/// The text around its slots: the places of keys and placeholders.
fn split(text: &Bytes, placeholders: &[String]) -> EncodedBody {
    let personal = placeholders.iter().enumerate().map(|(index, text)| (SlotText::Personal(index), text.as_str()));
    let all = std::iter::once((SlotText::Key, SLOT)).chain(personal);
    let places = |(of, placeholder): (SlotText, &str)| {
        let length = placeholder.len();
        memmem::find_iter(text, placeholder).map(move |place| (place, of, length)).collect::<Vec<_>>()
    };
    let mut places: Vec<_> = all.flat_map(places).collect();
    places.sort_unstable_by_key(|(place, ..)| *place);
    let mut body = EncodedBody::whole(text.slice(..places.first().map_or(text.len(), |(place, ..)| *place)));
    let ends = places.iter().skip(1).map(|(place, ..)| *place).chain([text.len()]);
    for ((place, of, length), end) in places.iter().zip(ends) {
        let rest = text.get(place + length..end).unwrap_or_default();
        // HTML closes the attribute after each, so there is always a tail.
        let Some((tail, after)) = rest.split_first_chunk::<TAIL>() else { return EncodedBody::whole(text.clone()) };
        body.slots.push(Slot { text: *of, length: *length, tail: *tail, after: text.slice_ref(after) });
    }
    body
}

/// The text in parts: what is compressed in place of each slot, and the text around it.
///
/// The fillers are compressed too and then removed, so that later back-references have the right
/// distances. No back-reference may lead into one: two octets of a filler follow each other nowhere
/// else, because each filler has its own step, and the tag around a slot is ASCII.
fn with_fillers(plain: &EncodedBody) -> Vec<Cow<'_, [u8]>> {
    let filler = |number: usize, slot: &Slot| {
        let octets = (0..slot.length).map(|place| 0x80 | place.wrapping_mul(2 * number + 1).to_le_bytes()[0]);
        octets.chain(slot.tail).collect()
    };
    let around = plain.slots.iter().enumerate();
    let around = around.flat_map(|(number, slot)| [Cow::Owned(filler(number, slot)), Cow::Borrowed(&*slot.after)]);
    std::iter::once(Cow::Borrowed(&*plain.first)).chain(around).collect()
}

/// Compresses the parts as one stream, with a byte boundary after each part.
fn brotli_parts(parts: &[Cow<'_, [u8]>]) -> Option<Vec<Vec<u8>>> {
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

fn brotli(plain: &EncodedBody) -> Option<EncodedBody> {
    Some(EncodedBody::around(brotli_parts(&with_fillers(plain))?, plain))
}

fn gzip(plain: &EncodedBody, level: Compression) -> Option<EncodedBody> {
    let mut deflate = Compress::new(level, false);
    // The gzip header: deflate, no file name, no time (RFC 1952, 2.3).
    let mut begin = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    let mut parts = Vec::new();
    let texts = with_fillers(plain);
    for (number, text) in texts.iter().enumerate() {
        let flush = if number + 1 == texts.len() { FlushCompress::Finish } else { FlushCompress::Sync };
        let mut bytes = std::mem::take(&mut begin);
        bytes.reserve(text.len() + 1_024);
        let status = deflate.compress_vec(text, &mut bytes, flush).ok()?;
        // Nothing between two slots has nothing to flush.
        (status != Status::BufError || text.is_empty()).then(|| parts.push(bytes))?;
    }
    Some(EncodedBody::around(parts, plain))
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
        let cached = CachedResponse::compressed("text ".repeat(400).into()).with_headers(&shared);
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
    fn slots_are_filled_in_each_coding_without_compressing_again() {
        let words = "Cookies also make your interactions with Harmony faster and more secure. ".repeat(40);
        let (time, id) = ("2026-11-29T00:00:00Z".to_owned(), "ffffffff-ffff".to_owned());
        let placeholders = [time.clone(), id.clone()];
        for page in [
            format!("<p>{words}</p><input name=\"key\" value=\"{SLOT}\"/>{words}<p>{words}"),
            format!("{SLOT}\"/>"),
            format!("{words}{SLOT}\">{words}"),
            format!("<p>{words}</p><input name=\"key\" value=\"{SLOT}\"/>{words}").repeat(20),
            format!("<time datetime=\"{time}\">{words}<a href=\"/receipts/{id}\">{SLOT}\"/>{time}, {id}. {words}"),
        ] {
            let page = Bytes::from(page);
            for effort in [Effort::ForAll, Effort::ForFew] {
                let response = CachedResponse::page(&page, &placeholders).compress(effort);
                assert_eq!((response.brotli.is_some(), response.gzip.is_some()), (effort == Effort::ForAll, true));
                for number in 1..3 {
                    let text = |slot: &Slot| match slot.text {
                        SlotText::Key => format!("{number:032x}"),
                        SlotText::Personal(0) => format!("2026-11-29T{number:02}:59:59Z"),
                        SlotText::Personal(_) => format!("{number:013}"),
                    };
                    let expected = String::from_utf8_lossy(&page).replace(SLOT, &format!("{number:032x}"));
                    let expected = expected.replace(&time, &format!("2026-11-29T{number:02}:59:59Z"));
                    let expected = expected.replace(&id, &format!("{number:013}"));
                    assert_eq!(response.plain.with_texts(text, Coding::Plain), expected.as_bytes());
                    for (body, coding) in
                        [(&response.brotli, Coding::Brotli), (&response.gzip, Coding::Gzip(&response.plain))]
                    {
                        let Some(body) = body else { continue };
                        let (sent, mut read) = (body.with_texts(text, coding), Vec::new());
                        let mut encoded = sent.as_slice();
                        let is_read = match coding {
                            Coding::Brotli => brotli::BrotliDecompress(&mut encoded, &mut read).is_ok(),
                            _ => GzDecoder::new(encoded).read_to_end(&mut read).is_ok(),
                        };
                        assert!(is_read);
                        assert_eq!(read, expected.as_bytes());
                    }
                }
            }
        }
    }
}
