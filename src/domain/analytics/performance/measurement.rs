//! What the script of a page sends, once, when its visitor leaves.

use super::Metric;
use crate::domain::{
    analytics::page_load::PageLoad,
    i18n::{languages::Languages, locale_path},
    web::page::Page,
};

/// The largest form, in bytes. The script sends some 200.
pub const MAX_BYTES: usize = 512;

/// The longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 64;

/// The performance of one page view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// The page of this site; `None` from a page of a partner service.
    pub page: Option<Page>,
    /// The token of the response that the page came with, or that the partner API sent.
    pub token: String,
    /// One value for each metric that the browser measures, in the order of [`Metric::ALL`].
    pub values: Vec<(Metric, u32)>,
    pub load: PageLoad,
}

/// Why a form is not a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseMeasurementError {
    #[error("a measurement has at most 512 bytes")]
    TooLong,
    #[error("a measurement is a form in ASCII")]
    NotAForm,
    #[error("a measurement has an unknown field")]
    UnknownField,
    #[error("a measurement has a field twice")]
    DuplicateField,
    #[error("a measurement is of a page of this site")]
    Page,
    #[error("a measurement needs the token of its page")]
    Token,
    #[error("a measurement needs a value, and each is an integer within the range of its metric")]
    Value,
    #[error("a measurement names a type of navigation and a state of the cache, or none")]
    Load,
    #[error("no content is shown before the response begins")]
    Order,
}

impl Measurement {
    /// The value of a metric.
    pub fn value(&self, metric: Metric) -> Option<u32> {
        self.values.iter().find(|(measured, _)| *measured == metric).map(|(_, value)| *value)
    }
}

impl Measurement {
    /// Parses the form `page=/policy&token=…&navigation=reload&cache=hit&lcp=1200&cls=150`. Only
    /// the token is required, and one value. The page may be in one of the languages.
    ///
    /// # Errors
    /// The reason why the form is no measurement.
    pub fn parse(form: &str, languages: &Languages) -> Result<Self, ParseMeasurementError> {
        if form.len() > MAX_BYTES {
            return Err(ParseMeasurementError::TooLong);
        }
        let (mut page, mut token) = (None, None);
        let (mut navigation, mut cache) = (None, None);
        let mut values = [None; Metric::ALL.len()];
        for field in form.split('&') {
            let (name, value) = field.split_once('=').ok_or(ParseMeasurementError::NotAForm)?;
            let value = decode(value).ok_or(ParseMeasurementError::NotAForm)?;
            match name {
                "page" => put(&mut page, parse_page(&value, languages)?)?,
                "token" => put(&mut token, parse_token(value)?)?,
                "navigation" => put(&mut navigation, value.parse().map_err(|_| ParseMeasurementError::Load)?)?,
                "cache" => put(&mut cache, value.parse().map_err(|_| ParseMeasurementError::Load)?)?,
                name => {
                    let metric: Metric = name.parse().map_err(|_| ParseMeasurementError::UnknownField)?;
                    put(&mut values[metric as usize], parse_value(metric, &value)?)?;
                }
            }
        }
        let values: Vec<_> =
            Metric::ALL.iter().zip(values).filter_map(|(metric, value)| Some((*metric, value?))).collect();
        if values.is_empty() {
            return Err(ParseMeasurementError::Value);
        }
        let measurement = Self {
            page,
            token: token.ok_or(ParseMeasurementError::Token)?,
            values,
            load: PageLoad { navigation, cache },
        };
        let begins = measurement.value(Metric::Ttfb).unwrap_or(0);
        let is_before = |metric| measurement.value(metric).is_some_and(|value| value < begins);
        if is_before(Metric::Fcp) || is_before(Metric::Lcp) {
            return Err(ParseMeasurementError::Order);
        }
        Ok(measurement)
    }
}

fn put<T>(slot: &mut Option<T>, value: T) -> Result<(), ParseMeasurementError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(ParseMeasurementError::DuplicateField),
    }
}

/// The page of a path, which may name a language.
fn parse_page(path: &str, languages: &Languages) -> Result<Page, ParseMeasurementError> {
    locale_path::split(path, languages).1.parse().map_err(|_| ParseMeasurementError::Page)
}

fn parse_token(token: String) -> Result<String, ParseMeasurementError> {
    let is_token = !token.is_empty() && token.len() <= MAX_TOKEN_BYTES;
    if is_token { Ok(token) } else { Err(ParseMeasurementError::Token) }
}

fn parse_value(metric: Metric, value: &str) -> Result<u32, ParseMeasurementError> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let value = value.parse().ok().filter(|value| is_number && *value <= metric.max());
    value.ok_or(ParseMeasurementError::Value)
}

/// Decodes a value of a form (WHATWG URL, `application/x-www-form-urlencoded`) that is ASCII.
fn decode(value: &str) -> Option<String> {
    let mut bytes = value.bytes();
    let mut decoded = String::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        let character = match byte {
            b'+' => ' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?].map(|digit| char::from(digit).to_digit(16));
                char::from_u32(digits[0]? * 16 + digits[1]?)?
            }
            byte => char::from(byte),
        };
        if !character.is_ascii() {
            return None;
        }
        decoded.push(character);
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::analytics::page_load::{CacheState, NavigationType};

    fn parse(form: &str) -> Result<Measurement, ParseMeasurementError> {
        Measurement::parse(form, &Languages::shipped())
    }

    #[test]
    fn a_form_of_the_script_is_a_measurement() {
        let form = "page=%2Fde%2Fpolicy&token=ab%2B%2F%3D12&navigation=back_forward&cache=hit\
            &lcp=1200&inp=80&cls=150&fcp=900&ttfb=300&server=1";
        let expected = Measurement {
            page: Some(Page::Policy),
            token: "ab+/=12".into(),
            values: vec![
                (Metric::Lcp, 1_200),
                (Metric::Inp, 80),
                (Metric::Cls, 150),
                (Metric::Fcp, 900),
                (Metric::Ttfb, 300),
                (Metric::Server, 1),
            ],
            load: PageLoad { navigation: Some(NavigationType::BackForward), cache: Some(CacheState::Hit) },
        };
        assert_eq!(parse(form), Ok(expected));
        let few = parse("ttfb=0&token=x");
        assert_eq!(few.map(|few| (few.page, few.values)), Ok((None, vec![(Metric::Ttfb, 0)])));
    }

    #[test]
    fn anything_else_is_rejected_with_the_reason() {
        use ParseMeasurementError::{DuplicateField, Load, NotAForm, Order, Page, Token, TooLong, UnknownField, Value};
        let long = format!("page=/&token={}&lcp=1", "x".repeat(500));
        for (form, error) in [
            ("", NotAForm),
            ("page", NotAForm),
            ("page=/&token=x&lcp=1&", NotAForm),
            ("page=/&token=%&lcp=1", NotAForm),
            ("page=/&token=%zz&lcp=1", NotAForm),
            ("page=/&token=%c3%bc&lcp=1", NotAForm),
            ("page=/&token=\u{fc}&lcp=1", NotAForm),
            ("page=/&token=x&lcp=1&user=7", UnknownField),
            ("page=/&token=x&lcp=1&LCP=1", UnknownField),
            ("page=/&token=x&lcp=1&lcp=1", DuplicateField),
            ("page=/&page=/&token=x&lcp=1", DuplicateField),
            ("page=/nowhere&token=x&lcp=1", Page),
            ("page=https://example.org/&token=x&lcp=1", Page),
            ("page=/&token=x&lcp=1&navigation=Reload", Load),
            ("page=/&token=x&lcp=1&navigation=", Load),
            ("page=/&token=x&lcp=1&cache=stale", Load),
            ("page=/&token=x&lcp=1&cache=hit&cache=hit", DuplicateField),
            ("page=/&lcp=1", Token),
            ("page=/&token=&lcp=1", Token),
            ("page=/&token=x", Value),
            ("page=/&token=x&lcp=", Value),
            ("page=/&token=x&lcp=-1", Value),
            ("page=/&token=x&lcp=+1", Value),
            ("page=/&token=x&lcp=1.5", Value),
            ("page=/&token=x&lcp=1e3", Value),
            ("page=/&token=x&lcp=60001", Value),
            ("page=/&token=x&cls=100001", Value),
            ("page=/&token=x&lcp=99999999999999999999", Value),
            ("page=/&token=x&ttfb=500&fcp=499", Order),
            ("page=/&token=x&lcp=10&ttfb=500", Order),
            (&*long, TooLong),
        ] {
            assert_eq!(parse(form), Err(error), "{form}");
        }
    }

    proptest! {
        #[test]
        fn no_form_makes_it_panic(form in "(page|token|lcp|cls|cache|=hit|=|&|%|/|[0-9]|\\PC){0,80}", bytes in ".{0,600}") {
            for text in [&form, &bytes] {
                if let Ok(measurement) = parse(text) {
                    prop_assert!(!measurement.values.is_empty());
                }
            }
        }
    }
}
