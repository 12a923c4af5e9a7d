//! What several steps read from a request in the same way.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Whether the method reads a page or a document.
pub(super) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The value of a header that the request has exactly once.
pub(super) fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// The value of a header, or an empty string.
pub(super) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether the body has that content type, with or without parameters.
pub(super) fn has_type(headers: &HeaderMap, expected: &str) -> bool {
    let content_type = text(headers, &header::CONTENT_TYPE);
    content_type.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case(expected))
}

/// Whether `Accept` prefers a media type to the default one (RFC 9110, 12.5.1). Without a
/// preference the default is served.
pub(super) fn prefers(headers: &HeaderMap, media_type: &str, default: &str) -> bool {
    quality(headers, media_type) > quality(headers, default)
}

/// The weight of a media type in thousandths, by the most specific range that matches it.
/// Parameters other than `q` do not count.
fn quality(headers: &HeaderMap, media_type: &str) -> u16 {
    let kind = media_type.split('/').next().unwrap_or_default();
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let weight = |range: &str| {
        let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
        let specificity = match parts.next()? {
            name if name == media_type => 3,
            name if name.strip_suffix("/*") == Some(kind) => 2,
            name if name == "*/*" => 1,
            _ => return None,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").map(|weight| weight.parse::<f32>().unwrap_or(0.0)));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 1000")]
        let weight = (weight.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u16;
        Some((specificity, weight))
    };
    lines.flat_map(|line| line.split(',')).filter_map(weight).max().map_or(0, |(_, weight)| weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_type_is_served_only_if_it_is_preferred() {
        let is_preferred = |accept: &[&str]| {
            let accept = accept.iter().filter_map(|line| Some((header::ACCEPT, HeaderValue::from_str(line).ok()?)));
            prefers(&accept.collect(), "application/ld+json", "application/json")
        };
        for accept in [
            &["application/ld+json"][..],
            &["APPLICATION/LD+JSON;profile=\"http://www.w3.org/ns/json-ld#compacted\""],
            &["application/ld+json, application/json;q=0.9"],
            &["application/ld+json, */*;q=0.1"],
            &["text/html", "application/ld+json; q=0.5"],
            &["application/json;q=0, application/*"],
        ] {
            assert!(is_preferred(accept), "{accept:?}");
        }
        for accept in [
            &[][..],
            &["*/*"],
            &["application/*"],
            &["application/json"],
            &["application/ld+json, application/json"],
            &["application/ld+json;q=0.5, application/json"],
            &["application/ld+json;q=0"],
            &["application/ld+json;q=x"],
            &["application/ld+json2"],
            &["text/html,application/xhtml+xml,*/*;q=0.8"],
        ] {
            assert!(!is_preferred(accept), "{accept:?}");
        }
    }

    #[test]
    fn a_header_that_comes_twice_has_no_single_value() {
        let mut headers = HeaderMap::new();
        assert_eq!(single(&headers, &header::HOST), None);
        headers.append(header::HOST, HeaderValue::from_static("a"));
        assert_eq!(single(&headers, &header::HOST), Some(&HeaderValue::from_static("a")));
        headers.append(header::HOST, HeaderValue::from_static("a"));
        assert_eq!(single(&headers, &header::HOST), None);
    }
}
