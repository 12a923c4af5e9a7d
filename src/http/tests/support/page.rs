//! A response as a browser sees it: status, headers, and the elements of the page.

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
};
use scraper::{ElementRef, Html, Node, Selector};

/// A response.
pub(in crate::http::tests) struct Page {
    /// The requested URL.
    pub address: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    pub document: Html,
}

pub(in crate::http::tests) struct Form {
    pub action: String,
    fields: Vec<Field>,
    /// Whether validation is left to the server.
    novalidate: bool,
}

struct Field {
    kind: Kind,
    name: String,
    value: String,
    checked: bool,
    required: bool,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Hidden,
    Text,
    Checkbox,
    Radio,
    Button,
}

impl Page {
    pub fn new(address: String, status: StatusCode, headers: HeaderMap, bytes: Bytes) -> Self {
        let is_html = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let is_html = is_html && !headers.contains_key(header::CONTENT_ENCODING);
        let document = Html::parse_document(if is_html { std::str::from_utf8(&bytes).unwrap() } else { "" });
        Self { address, status, headers, bytes, document }
    }

    /// Returns the body without keys and challenges of forms, which differ in each response.
    pub fn without_keys(&self) -> Vec<u8> {
        let text = String::from_utf8(self.bytes.to_vec()).unwrap();
        let mut keys = self.attributes("input[name=key], input[name=challenge]", "value");
        keys.extend(self.attributes("[data-passkey]", "data-passkey"));
        let escaped = |key: &str| key.replace('&', "&amp;").replace('"', "&quot;");
        keys.into_iter().fold(text, |text, key| text.replace(&escaped(key), "")).into_bytes()
    }

    /// Returns all elements that match.
    pub fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.document.select(&parse(selector)).collect()
    }

    /// Returns the only element that matches.
    pub fn one(&self, selector: &str) -> ElementRef<'_> {
        match self.all(selector)[..] {
            [only] => only,
            ref found => panic!("{} has {} of {selector}", self.address, found.len()),
        }
    }

    pub fn has(&self, selector: &str) -> bool {
        !self.all(selector).is_empty()
    }

    /// Returns the text of the only element that matches.
    pub fn text(&self, selector: &str) -> String {
        text(self.one(selector))
    }

    /// Returns the values of an attribute in all elements that match.
    pub fn attributes(&self, selector: &str, attribute: &str) -> Vec<&str> {
        self.all(selector).into_iter().filter_map(|element| element.attr(attribute)).collect()
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the names of the cookies that the response sets, and of those that it removes.
    pub fn set_and_removed(&self) -> (Vec<&str>, Vec<&str>) {
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for cookie in self.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let is_removal = rest.split("; ").any(|part| part == "Max-Age=0");
            if is_removal { &mut removed } else { &mut set }.push(name);
        }
        set.sort_unstable();
        removed.sort_unstable();
        // A cookie of another service is removed once for each path that it may have.
        removed.dedup();
        (set, removed)
    }

    /// Returns the only form that matches.
    pub fn form(&self, selector: &str) -> Form {
        let form = self.one(selector);
        assert_eq!(form.attr("method"), Some("post"), "{selector}");
        let controls = parse("input, button:not([type=button]), textarea, select option");
        let fields = form.select(&controls).map(|control| Field {
            kind: match (control.value().name(), control.attr("type")) {
                ("button", None | Some("submit")) => Kind::Button,
                ("input", Some("hidden")) => Kind::Hidden,
                ("input", Some("email" | "password" | "text")) | ("textarea", None) => Kind::Text,
                ("input", Some("checkbox")) => Kind::Checkbox,
                // Of a list too, one is sent.
                ("input", Some("radio")) | ("option", None) => Kind::Radio,
                other => panic!("{selector} has a control that this browser does not know: {other:?}"),
            },
            name: match control.value().name() {
                "option" => control.parent().and_then(ElementRef::wrap).and_then(|list| list.attr("name")),
                _ => control.attr("name"),
            }
            .unwrap_or_default()
            .to_owned(),
            value: match control.value().name() {
                "textarea" => control.text().collect(),
                _ => control.attr("value").unwrap_or_default().to_owned(),
            },
            checked: control.attr("checked").or(control.attr("selected")).is_some(),
            required: control.attr("required").is_some(),
        });
        let (action, novalidate) = (form.attr("action").unwrap().to_owned(), form.attr("novalidate").is_some());
        Form { action, fields: fields.collect(), novalidate }
    }
}

impl Form {
    /// Returns the encoded fields as a browser would send them.
    ///
    /// An answer selects a radio button, a submit button or a checkbox by its value, or is typed
    /// into a text field. The value "" clears a checkbox.
    pub fn fill(&self, answers: &[(&str, &str)]) -> String {
        for (name, value) in answers {
            let is_free = |field: &Field| match field.kind {
                Kind::Hidden => false,
                Kind::Text => true,
                Kind::Checkbox => value.is_empty() || field.value == *value,
                Kind::Radio | Kind::Button => field.value == *value,
            };
            let offered = self.fields.iter().any(|field| field.name == *name && is_free(field));
            assert!(offered, "{} offers no {name}={value}", self.action);
        }
        let answered = |name: &str| answers.iter().find(|(answer, _)| *answer == name).map(|(_, value)| *value);
        let sent = |field: &Field| -> Option<String> {
            let is_sent = match (&field.kind, answered(&field.name)) {
                (Kind::Hidden | Kind::Text, _) => true,
                (_, Some(value)) => field.value == value,
                (Kind::Radio | Kind::Checkbox, None) => field.checked,
                (Kind::Button, None) => false,
            };
            let typed = answered(&field.name).filter(|_| field.kind == Kind::Text).unwrap_or(&field.value);
            // A browser does not send controls without a name.
            (is_sent && !field.name.is_empty()).then(|| typed.to_owned())
        };
        let sent: Vec<_> = self.fields.iter().filter_map(|field| Some((field.name.as_str(), sent(field)?))).collect();
        for field in self.fields.iter().filter(|field| field.required && !self.novalidate) {
            assert!(sent.iter().any(|(name, _)| *name == field.name), "a browser asks for {} first", field.name);
        }
        encode(&sent.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    }

    /// Returns the value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }
}

/// Encodes fields as `application/x-www-form-urlencoded`.
pub(in crate::http::tests) fn encode(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                b' ' => "+".to_owned(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// Returns the text of an element. Single spaces separate words, paragraphs and cells.
pub(in crate::http::tests) fn text(element: ElementRef<'_>) -> String {
    const INLINE: [&str; 6] = ["a", "b", "code", "span", "strong", "time"];
    let words = element.descendants().map(|node| match node.value() {
        Node::Text(text) => text,
        Node::Element(element) if !INLINE.contains(&element.name()) => " ",
        _ => "",
    });
    words.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the IDs of the radio buttons of the preferences form that are checked.
pub(in crate::http::tests) fn checked_radios(page: &Page) -> Vec<&str> {
    page.attributes("#choices input[checked]", "id")
}

/// Parses a selector.
pub(in crate::http::tests) fn parse(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}
