//! The cookies of a browser for one host, stored as Chromium does (RFC 6265bis, 5.7).

use std::collections::BTreeSet;

/// Longest lifetime that browsers accept, in seconds.
const LONGEST: i64 = 400 * 86_400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http::tests) struct StoredCookie {
    pub name: String,
    pub value: String,
    pub path: String,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: Option<String>,
    /// The `Max-Age` attribute; `None` for a session cookie.
    pub max_age: Option<i64>,
    expires_at: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(in crate::http::tests) struct CookieStore(Vec<StoredCookie>);

impl CookieStore {
    /// Applies a `Set-Cookie` header. Fails the test if a browser would ignore it.
    pub fn take(&mut self, header: &str, now: i64) {
        let mut parts = header.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap();
        let (name, value) = (name.to_owned(), value.to_owned());
        let mut held = StoredCookie {
            name,
            value,
            path: String::new(),
            secure: false,
            http_only: false,
            same_site: None,
            max_age: None,
            expires_at: None,
        };
        for part in parts {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            match attribute.to_ascii_lowercase().as_str() {
                "path" => held.path = value.to_owned(),
                "secure" => held.secure = true,
                "httponly" => held.http_only = true,
                "samesite" => held.same_site = Some(value.to_owned()),
                "max-age" => held.max_age = Some(value.parse().unwrap()),
                other => panic!("{header:?} has an attribute {other:?} that the site has no use for"),
            }
        }
        let may_keep = !held.name.starts_with("__Host-") || (held.secure && held.path == "/");
        assert!(may_keep, "a browser ignores {header:?}");
        self.0.retain(|other| (&other.name, &other.path) != (&held.name, &held.path));
        held.expires_at = held.max_age.map(|seconds| now + seconds.min(LONGEST));
        if held.expires_at.is_none_or(|expires_at| expires_at > now) {
            self.0.push(held);
        }
    }

    /// Stores a cookie as if another service on the same host had set it, for a path.
    pub fn plant(&mut self, name: &str, value: &str, path: &str) {
        self.0.retain(|other| (other.name.as_str(), other.path.as_str()) != (name, path));
        let (name, value, path) = (name.to_owned(), value.to_owned(), path.to_owned());
        let (secure, http_only) = (name.starts_with("__"), false);
        self.0.push(StoredCookie {
            name,
            value,
            path,
            secure,
            http_only,
            same_site: None,
            max_age: None,
            expires_at: None,
        });
    }

    /// Returns the `Cookie` header for a path, with the cookies of longer paths first.
    pub fn header(&mut self, path: &str, now: i64) -> Option<String> {
        self.0.retain(|held| held.expires_at.is_none_or(|expires_at| expires_at > now));
        let matches = |of: &str| {
            path == of || path.strip_prefix(of).is_some_and(|rest| of.ends_with('/') || rest.starts_with('/'))
        };
        let mut sent: Vec<_> = self.0.iter().filter(|held| matches(&held.path)).collect();
        sent.sort_by_key(|held| std::cmp::Reverse(held.path.len()));
        let pair = |held: &StoredCookie| {
            if held.name.is_empty() { held.value.clone() } else { format!("{}={}", held.name, held.value) }
        };
        let pairs: Vec<_> = sent.into_iter().map(pair).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Deletes all cookies, as a user can in the browser.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Deletes one cookie, as a user can in the browser.
    pub fn clear_one(&mut self, name: &str) {
        self.0.retain(|held| held.name != name);
    }

    /// Deletes the session cookies, as closing the browser does.
    pub fn end_session(&mut self) {
        self.0.retain(|held| held.max_age.is_some());
    }

    pub fn names(&self) -> BTreeSet<&str> {
        self.0.iter().map(|held| held.name.as_str()).collect()
    }

    pub fn all(&self) -> &[StoredCookie] {
        &self.0
    }

    pub fn find(&self, name: &str) -> Option<&StoredCookie> {
        self.0.iter().find(|held| held.name == name)
    }

    /// Returns the value of a cookie. Fails the test if it is missing.
    pub fn value(&self, name: &str) -> &str {
        self.find(name).map_or_else(|| panic!("no {name} is held"), |held| &held.value)
    }
}
