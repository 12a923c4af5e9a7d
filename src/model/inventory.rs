//! The closed list of declarations, and the checks that keep it true.

use super::{
    declaration::{Declaration, Lifetime, OwnCookie},
    purpose::{Essential, Purpose},
};

/// No optional cookie lives longer: 400 days, in seconds (RFC 6265bis, 5.5, caps every cookie there).
pub const LONGEST_OPTIONAL: u64 = 400 * 24 * 60 * 60;

/// No consent cookie lives longer: six months, as 183 days, in seconds.
pub const LONGEST_CONSENT: u64 = 183 * 24 * 60 * 60;

/// Every cookie that may leave the server, in the order in which pages list them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory(Vec<Declaration>);

/// Which part of an entry a mistake is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The entry's name.
    Name,
    /// The entry's purpose.
    Purpose,
    /// The entry's lifetime.
    Lifetime,
    /// `secure`.
    Secure,
    /// `same_site`.
    SameSite,
    /// `path`.
    Path,
    /// `set_by`.
    SetBy,
    /// `description`.
    Description,
}

/// One thing that is wrong with the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The entry (counted from 0) and its field; `None` where the whole list is meant.
    pub at: Option<(usize, Field)>,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
}

impl Inventory {
    /// The inventory of these declarations.
    ///
    /// # Errors
    /// Every mistake that [`mistakes`] finds; an inventory with one is never built.
    pub fn new(declarations: Vec<Declaration>) -> Result<Self, Vec<Mistake>> {
        let found = mistakes(&declarations);
        if found.is_empty() { Ok(Self(declarations)) } else { Err(found) }
    }

    /// Every declaration.
    pub fn declarations(&self) -> &[Declaration] {
        &self.0
    }

    /// The declaration of that name, if there is one. Names are compared as browsers do: letter by letter, case counts.
    pub fn find(&self, name: &str) -> Option<&Declaration> {
        self.0.iter().find(|declaration| declaration.name == name)
    }

    /// The declaration of one of the server's own cookies. Building the inventory proved that it is there.
    #[expect(clippy::expect_used, reason = "`new` refuses an inventory without it")]
    pub fn own(&self, cookie: OwnCookie) -> &Declaration {
        self.find(cookie.name()).expect("every own cookie is declared")
    }

    /// The declarations of one purpose.
    pub fn of(&self, purpose: Purpose) -> impl Iterator<Item = &Declaration> {
        self.0.iter().filter(move |declaration| declaration.purpose == purpose)
    }
}

/// Everything that is wrong with these declarations, taken together.
pub fn mistakes(declarations: &[Declaration]) -> Vec<Mistake> {
    let mut found = mistakes_in_entries(declarations);
    found.extend(undeclared(declarations.iter().map(|declaration| &declaration.name)));
    found
}

/// Everything that is wrong with these declarations, one by one.
pub fn mistakes_in_entries(declarations: &[Declaration]) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (index, declaration) in declarations.iter().enumerate() {
        let mut wrong = |field, what: String| found.push(Mistake { at: Some((index, field)), what });
        let name = &declaration.name;
        if !is_token(name) {
            wrong(Field::Name, format!("{name:?} is no cookie name: use letters, digits and !#$%&'*+-.^_`|~"));
        }
        if declarations.iter().take(index).any(|other| other.name == *name) {
            wrong(Field::Name, format!("{name} is declared twice"));
        }
        check_prefix(declaration, &mut wrong);
        check_lifetime(declaration, &mut wrong);
        if let Some(own) = OwnCookie::ALL.into_iter().find(|own| own.name() == name)
            && own.purpose() != declaration.purpose
        {
            let (needs, says) = (own.purpose().name(), declaration.purpose.name());
            wrong(Field::Purpose, format!("the server sets {name} for {needs}, but it is declared for {says}"));
        }
        for (field, text, word) in [
            (Field::Description, &declaration.description, "description"),
            (Field::SetBy, &declaration.set_by, "set_by"),
        ] {
            if text.trim().is_empty() {
                wrong(field, format!("{name} has an empty {word}"));
            }
        }
    }
    found
}

/// A mistake for each of the server's own cookies that is not among the declared names.
pub fn undeclared<N: AsRef<str>>(declared: impl IntoIterator<Item = N>) -> Vec<Mistake> {
    let mut missing = OwnCookie::ALL.to_vec();
    for name in declared {
        missing.retain(|own| own.name() != name.as_ref());
    }
    let what = |own: OwnCookie| format!("the server sets {}, but it is not declared", own.name());
    missing.into_iter().map(|own| Mistake { at: None, what: what(own) }).collect()
}

/// `__Host-` binds a cookie to this host, to https and to the whole site (RFC 6265bis, 4.1.3.2).
fn check_prefix(declaration: &Declaration, wrong: &mut impl FnMut(Field, String)) {
    let name = &declaration.name;
    let attributes = &declaration.attributes;
    if name.starts_with("__Host-") {
        if !attributes.secure {
            wrong(Field::Secure, format!("{name} must be secure: browsers refuse a __Host- cookie that is not"));
        }
        if attributes.path != "/" {
            wrong(
                Field::Path,
                format!("{name} must have the path \"/\": browsers refuse a __Host- cookie with another"),
            );
        }
        return;
    }
    if declaration.no_host_prefix_because.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        wrong(Field::Name, format!("{name} does without __Host- and gives no reason: add no_host_prefix_because"));
    }
    if name.starts_with("__Secure-") && !attributes.secure {
        wrong(Field::Secure, format!("{name} must be secure: browsers refuse a __Secure- cookie that is not"));
    }
    if !attributes.path.starts_with('/') || !attributes.path.bytes().all(|b| b.is_ascii_graphic() && b != b';') {
        wrong(Field::Path, format!("{name} needs a path that starts with \"/\""));
    }
    if attributes.same_site == super::declaration::SameSite::None && !attributes.secure {
        wrong(Field::SameSite, format!("{name} is SameSite=None and so must be secure"));
    }
}

fn check_lifetime(declaration: &Declaration, wrong: &mut impl FnMut(Field, String)) {
    let name = &declaration.name;
    let longest = match declaration.purpose {
        Purpose::Optional(_) => Some((LONGEST_OPTIONAL, "an optional cookie lives at most 400 days")),
        Purpose::Essential(Essential::Consent) => Some((LONGEST_CONSENT, "a consent cookie lives at most 183 days")),
        Purpose::Essential(_) => None,
    };
    match (declaration.lifetime, longest) {
        (Lifetime::Persistent(duration), _) if duration.as_secs() == 0 => {
            wrong(Field::Lifetime, format!("{name} has a lifetime of nothing, which removes it"));
        }
        (Lifetime::Persistent(duration), Some((longest, rule))) if duration.as_secs() > longest => {
            wrong(Field::Lifetime, format!("{name} lives too long: {rule}"));
        }
        _ => {}
    }
}

/// Whether the text is a `token` (RFC 9110, 5.6.2), as a cookie's name must be.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
