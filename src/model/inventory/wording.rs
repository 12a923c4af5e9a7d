//! What a translation says of cookies and purposes. The facts stay in the original alone.

use super::{super::version::Version, History, Purpose};

/// The words of one cookie's declaration in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieWording {
    /// The cookie's name.
    pub name: String,
    /// The edition that first declared it so.
    pub since: Version,
    /// What it is for.
    pub description: String,
}

/// The words about one purpose in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurposeWording {
    /// Which purpose.
    pub purpose: Purpose,
    /// The edition that first said it so.
    pub since: Version,
    /// What is asked; empty for an essential one.
    pub question: String,
    /// What it means on this site.
    pub description: String,
}

/// All words of the inventory in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// Those of the cookies.
    pub cookies: Vec<CookieWording>,
    /// Those of the purposes.
    pub purposes: Vec<PurposeWording>,
}

impl Wording {
    /// The words for a cookie's declaration.
    pub fn cookie(&self, name: &str, since: Version) -> Option<&CookieWording> {
        self.cookies.iter().find(|words| (words.name.as_str(), words.since) == (name, since))
    }

    /// The words for what was said of a purpose.
    pub fn purpose(&self, purpose: Purpose, since: Version) -> Option<&PurposeWording> {
        self.purposes.iter().find(|words| (words.purpose, words.since) == (purpose, since))
    }
}

impl History {
    /// The same history in these words; what has none stays as it is.
    #[must_use]
    pub fn worded(&self, wording: &Wording) -> Self {
        let mut worded = self.clone();
        for declaration in &mut worded.declarations {
            if let Some(words) = wording.cookie(&declaration.name, declaration.since) {
                declaration.description.clone_from(&words.description);
            }
        }
        for text in &mut worded.purposes {
            if let Some(words) = wording.purpose(text.purpose, text.since) {
                text.question.clone_from(&words.question);
                text.description.clone_from(&words.description);
            }
        }
        worded
    }

    /// Each entry that these words leave out, as a publisher looks for it.
    pub fn unworded(&self, wording: &Wording) -> Vec<String> {
        let cookies = self.declarations.iter().filter(|one| wording.cookie(&one.name, one.since).is_none());
        let cookies = cookies.map(|one| format!("the cookie {} of edition {}", one.name, one.since));
        let purposes = self.purposes.iter().filter(|one| wording.purpose(one.purpose, one.since).is_none());
        let purposes = purposes.map(|one| format!("the purpose {} of edition {}", one.purpose.name(), one.since));
        purposes.chain(cookies).collect()
    }

    /// Whether a cookie was declared with that edition.
    pub fn has_cookie(&self, name: &str, since: Version) -> bool {
        self.declarations.iter().any(|one| (one.name.as_str(), one.since) == (name, since))
    }

    /// Whether something was said of a purpose with that edition.
    pub fn has_purpose(&self, purpose: Purpose, since: Version) -> bool {
        self.purposes.iter().any(|one| (one.purpose, one.since) == (purpose, since))
    }
}
