//! One rendering in each coding. A page with a form holds the place of the form's key, which is filled in with each answer.

use std::io::{Read, Write};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use flate2::{Compress, Compression, Crc, FlushCompress, Status, read::GzDecoder};
use sha2::{Digest, Sha256};

use crate::{
    app::{idempotency_key, idempotency_key::SLOT},
    system::rng::Rng,
};

/// How many octets behind the key are sent with it: brotli looks at the last two to choose how the next are coded.
const TAIL: usize = 2;

/// What a deflate block without compression begins with, where others follow it (RFC 1951, 3.2.3).
const STORED: u8 = 0;

/// One rendering, in each coding.
#[derive(Debug)]
pub(crate) struct CachedResponse {
    plain: Coded,
    brotli: Option<Coded>,
    gzip: Option<Coded>,
    /// Not there for a page that differs with each answer.
    tag: Option<HeaderValue>,
}

/// The octets of one coding, in two parts where a key stands between them.
#[derive(Debug)]
struct Coded {
    before: Bytes,
    slot: Option<Slot>,
}

/// The place of a key.
#[derive(Debug)]
struct Slot {
    /// What follows the key directly, and is sent with it.
    tail: [u8; TAIL],
    after: Bytes,
    checksums: Option<Checksums>,
}

/// What the trailer of gzip is made of (RFC 1952, 2.3.1).
#[derive(Debug)]
struct Checksums {
    before: Crc,
    after: Crc,
}

/// How a key is put between compressed parts.
#[derive(Clone, Copy)]
enum Coding {
    Plain,
    Brotli,
    Gzip,
}

impl CachedResponse {
    /// A rendering in each coding, if it can be compressed.
    pub(crate) fn new(plain: Bytes) -> Option<Self> {
        let text = plain.clone();
        let kept = Self::plain(plain);
        let (brotli, gzip) = match kept.plain.slot {
            None => (Some(Coded::whole(brotli(&[&text])?.pop()?)), Some(Coded::whole(gzip_whole(&text)?))),
            // A coding that does not give back what was put in is left out.
            Some(_) => (
                brotli_around_slot(&text).filter(|coded| kept.gives_back(coded, Coding::Brotli)),
                gzip_around_slot(&text).filter(|coded| kept.gives_back(coded, Coding::Gzip)),
            ),
        };
        Some(Self { brotli, gzip, ..kept })
    }

    /// A rendering that could not be compressed.
    pub(crate) fn plain(plain: Bytes) -> Self {
        if let Some((before, tail, after)) = split(&plain) {
            let (before, after) = (plain.slice_ref(before), plain.slice_ref(after));
            let slot = Some(Slot { tail, after, checksums: None });
            return Self { plain: Coded { before, slot }, brotli: None, gzip: None, tag: None };
        }
        let digest = Sha256::digest(&plain).iter().take(12).fold(0, |digest, byte| digest << 8 | u128::from(*byte));
        // Weak, since every encoding bears it (RFC 9110, 8.8.1).
        let tag = HeaderValue::try_from(format!("W/\"{digest:024x}\"")).unwrap_or(HeaderValue::from_static("W/\"0\""));
        Self { plain: Coded::whole(plain), brotli: None, gzip: None, tag: Some(tag) }
    }

    /// Whether a coding, decoded, is the plain rendering with the same key.
    fn gives_back(&self, coded: &Coded, coding: Coding) -> bool {
        ["0123456789abcdef0123456789abcdef", SLOT].into_iter().all(|key| {
            let (octets, mut decoded) = (coded.with(key, coding), Vec::new());
            let is_read = match coding {
                Coding::Plain => return true,
                Coding::Brotli => brotli::BrotliDecompress(&mut octets.as_slice(), &mut decoded).is_ok(),
                Coding::Gzip => GzDecoder::new(octets.as_slice()).read_to_end(&mut decoded).is_ok(),
            };
            is_read && decoded == self.plain.with(key, Coding::Plain)
        })
    }

    /// How much room it takes, in bytes.
    pub(crate) fn bytes(&self) -> u32 {
        let codings = [Some(&self.plain), self.brotli.as_ref(), self.gzip.as_ref()];
        let lengths = codings
            .into_iter()
            .flatten()
            .map(|coded| coded.before.len() + coded.slot.as_ref().map_or(0, |slot| slot.after.len()));
        u32::try_from(lengths.sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// Whether that tag is ours, as weak tags compare (RFC 9110, 8.8.3.2), or stands for any.
    fn bears(&self, tag: &str) -> bool {
        fn opaque(tag: &[u8]) -> &[u8] {
            tag.strip_prefix(b"W/").unwrap_or(tag)
        }
        self.tag.as_ref().is_some_and(|own| tag == "*" || opaque(tag.as_bytes()) == opaque(own.as_bytes()))
    }

    /// The bytes in the best coding that the client takes, or 304 if it has them. For what has no form in it.
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Response {
        self.answer_with(headers, String::new)
    }

    /// The same, with a new key in the form of the page, if it has one.
    pub(crate) fn answer_with_key(&self, headers: &HeaderMap, chance: &Rng) -> Response {
        self.answer_with(headers, || idempotency_key::generate(chance))
    }

    fn answer_with(&self, headers: &HeaderMap, key: impl FnOnce() -> String) -> Response {
        let has_it = headers
            .get(header::IF_NONE_MATCH)
            .is_some_and(|tags| tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| self.bears(tag.trim()))));
        let mut response = if has_it {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let takes = |coding| accepts(headers, coding);
            let brotli = self.brotli.as_ref().filter(|_| takes("br")).map(|coded| (coded, Coding::Brotli, "br"));
            let gzip = || self.gzip.as_ref().filter(|_| takes("gzip")).map(|coded| (coded, Coding::Gzip, "gzip"));
            let coded = brotli.or_else(gzip);
            let (octets, name) = match (coded, &self.plain) {
                (Some((coded, coding, name)), _) => (coded.fill(key, coding), Some(name)),
                (None, plain) => (plain.fill(key, Coding::Plain), None),
            };
            let mut response = Response::new(Body::from(octets));
            if let Some(name) = name {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            response
        };
        if let Some(tag) = &self.tag {
            response.headers_mut().insert(header::ETAG, tag.clone());
        }
        response
    }
}

impl Coded {
    fn whole(octets: impl Into<Bytes>) -> Self {
        Self { before: octets.into(), slot: None }
    }

    fn fill(&self, key: impl FnOnce() -> String, coding: Coding) -> Bytes {
        if self.slot.is_none() { self.before.clone() } else { self.with(&key(), coding).into() }
    }

    /// The octets with that key in its place.
    fn with(&self, key: &str, coding: Coding) -> Vec<u8> {
        let mut octets = self.before.to_vec();
        let Some(Slot { tail, after, checksums }) = &self.slot else { return octets };
        let keyed = [key.as_bytes(), tail].concat();
        let length = u16::try_from(keyed.len()).unwrap_or_default();
        match coding {
            Coding::Plain => {}
            // A meta-block without compression (RFC 7932, 9.2): not the last, four nibbles of its length less one, the mark.
            Coding::Brotli => {
                let head = u32::from(length.saturating_sub(1)) << 3 | 1 << 19;
                octets.extend_from_slice(&head.to_le_bytes()[..3]);
            }
            // A block without compression (RFC 1951, 3.2.4).
            Coding::Gzip => {
                octets.push(STORED);
                octets.extend_from_slice(&length.to_le_bytes());
                octets.extend_from_slice(&(!length).to_le_bytes());
            }
        }
        octets.extend_from_slice(&keyed);
        octets.extend_from_slice(after);
        if let Some(Checksums { before, after }) = checksums {
            let (mut whole, mut middle) = (Crc::new(), Crc::new());
            middle.update(&keyed);
            for part in [before, &middle, after] {
                whole.combine(part);
            }
            octets.extend_from_slice(&whole.sum().to_le_bytes());
            octets.extend_from_slice(&whole.amount().to_le_bytes());
        }
        octets
    }
}

/// What stands before the slot, what is sent with the key, and what stands after that.
fn split(text: &[u8]) -> Option<(&[u8], [u8; TAIL], &[u8])> {
    let at = text.windows(SLOT.len()).position(|window| window == SLOT.as_bytes())?;
    let (before, rest) = text.split_at(at);
    let (tail, after) = rest.get(SLOT.len()..)?.split_first_chunk::<TAIL>()?;
    Some((before, *tail, after))
}

/// The parts, compressed as one stream with a boundary of octets between them.
fn brotli(parts: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
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

fn brotli_around_slot(text: &[u8]) -> Option<Coded> {
    let (before, tail, after) = split(text)?;
    // The slot is compressed with the rest, so that what follows counts from where it will stand, and then taken out.
    let mut parts = brotli(&[before, &[SLOT.as_bytes(), &tail].concat(), after])?.into_iter();
    let (before, _, after) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Coded { before: before.into(), slot: Some(Slot { tail, after: after.into(), checksums: None }) })
}

fn gzip_whole(text: &[u8]) -> Option<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text).ok()?;
    gzip.finish().ok()
}

fn gzip_around_slot(text: &[u8]) -> Option<Coded> {
    let (plain_before, tail, plain_after) = split(text)?;
    let mut deflate = Compress::new(Compression::best(), false);
    let mut part = |text: &[u8], flush| {
        let mut octets = Vec::with_capacity(text.len() + 1_024);
        let status = deflate.compress_vec(text, &mut octets, flush).ok()?;
        matches!(status, Status::Ok | Status::StreamEnd).then_some(octets)
    };
    let before = part(plain_before, FlushCompress::Sync)?;
    part(&[SLOT.as_bytes(), &tail].concat(), FlushCompress::Sync)?;
    let after = part(plain_after, FlushCompress::Finish)?;
    let checksum = |text: &[u8]| {
        let mut checksum = Crc::new();
        checksum.update(text);
        checksum
    };
    // The header: deflate, no name, no time (RFC 1952, 2.3).
    let before = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255][..], &before].concat();
    let checksums = Some(Checksums { before: checksum(plain_before), after: checksum(plain_after) });
    Some(Coded { before: before.into(), slot: Some(Slot { tail, after: after.into(), checksums }) })
}

/// Whether the client takes that coding (RFC 9110, 12.5.3); one with a weight of 0 it does not.
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
            let kept = CachedResponse::new(page.clone().into());
            let (brotli, gzip) = kept.map(|kept| (kept.brotli, kept.gzip)).unwrap_or_default();
            let (Some(brotli), Some(gzip)) = (brotli, gzip) else {
                unreachable!("each coding gives back what was put in")
            };
            for key in ["00000000000000000000000000000000", "f00ba7f00ba7f00ba7f00ba7f00ba7f0"] {
                let expected = page.replace(SLOT, key).into_bytes();
                let (mut by_brotli, mut by_gzip) = (Vec::new(), Vec::new());
                let sent = brotli.with(key, Coding::Brotli);
                assert!(brotli::BrotliDecompress(&mut sent.as_slice(), &mut by_brotli).is_ok());
                let sent = gzip.with(key, Coding::Gzip);
                assert!(GzDecoder::new(sent.as_slice()).read_to_end(&mut by_gzip).is_ok());
                assert!(by_brotli == expected && by_gzip == expected);
            }
        }
    }
}
