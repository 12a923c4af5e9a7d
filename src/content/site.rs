//! Loads `site.toml`: who publishes the policy, and what their pages look like.

use std::{path::Path, sync::Arc};

use strum::VariantArray as _;

use super::{cookies::found, fields, fields::Fields, source, svg};
use crate::{
    content::diagnostic::{Diagnostic, Diagnostics, Located},
    domain::{
        account::credentials::Email,
        i18n::{invisible::is_invisible, locale::Locale},
        publisher::{Contact, HomePage, Publisher, Territory, Themed},
        web::color::{Color, MIN_CONTRAST},
    },
};

/// The name of the file in the content folder.
pub(super) const FILE: &str = "site.toml";

/// The most characters of a name.
const MAX_NAME_CHARS: usize = 80;

/// The most characters of a postal address.
const MAX_ADDRESS_CHARS: usize = 200;

/// The most characters of a URL.
const MAX_URL_CHARS: usize = 300;

/// Loads the publisher of a content folder.
///
/// # Errors
/// The diagnostics of the file and of its logos.
pub(super) fn load(folder: &Path) -> Result<Publisher, Vec<Diagnostic>> {
    let file = folder.join(FILE);
    let text = source::load(&file).map_err(|diagnostic| vec![diagnostic])?;
    let read_logo = |name: &str| source::load(&folder.join(name)).map_err(|diagnostic| diagnostic.what);
    parse(&file, &text, read_logo)
}

/// Parses the publisher; `read_logo` reads a file of the content folder.
///
/// # Errors
/// The diagnostics of the text and of the logos.
fn parse(
    file: &Path,
    text: &str,
    read_logo: impl Fn(&str) -> Result<String, String>,
) -> Result<Publisher, Vec<Diagnostic>> {
    let mut report = Diagnostics::new(file, text);
    let Some(root) = fields::parse(text, 0, &mut report) else { return Err(report.into_vec()) };
    let fields = Fields::new(root.get_ref(), 0, 1);
    let name = fields.text("name", &mut report).and_then(|name| visible("name", name, &mut report));
    let legal_name = fields.optional_text("legal_name", &mut report);
    let legal_name = legal_name.and_then(|name| visible("legal_name", name, &mut report));
    let contact = fields.optional_text("contact", &mut report).and_then(|text| contact(&text, &mut report));
    let mail_from = fields.optional_text("mail_from", &mut report).and_then(|text| {
        let wrong = |text: &str| format!("mail_from must be an e-mail address, not {text:?}");
        found(Email::parse(&text.value), &text, &mut report, wrong)
    });
    let address = fields.optional_text("address", &mut report);
    let address = address.and_then(|text| visible_up_to(MAX_ADDRESS_CHARS, "address", text, &mut report));
    let jurisdiction = territories("jurisdiction", &fields, &mut report);
    let storage_location = territories("storage_location", &fields, &mut report);
    let recipients = fields.optional_texts("recipients", &mut report).into_iter().flatten();
    let recipients = recipients.filter_map(|name| visible("recipients", name, &mut report)).collect();
    let privacy_url = url("privacy_url", &fields, &mut report);
    let home_url = url("home_url", &fields, &mut report);
    let language = fields.optional_text("language", &mut report).and_then(|text| {
        found(text.value.parse::<Locale>().ok(), &text, &mut report, |text| {
            format!("language must be a tag in lower case, such as de or pt-br, not {text:?}")
        })
    });
    let home = fields.optional_text("home", &mut report).and_then(|text| {
        let known = HomePage::VARIANTS.iter().map(|home| format!("{:?}", home.into_str())).collect::<Vec<_>>();
        let wrong = |text: &str| format!("home must be {}, not {text:?}", known.join(" or "));
        found(text.value.parse().ok(), &text, &mut report, wrong)
    });
    let light = logo("logo", &fields, &read_logo, &mut report);
    let dark = logo("logo_dark", &fields, &read_logo, &mut report);
    let logo = light.map(|light| Themed { dark: dark.unwrap_or_else(|| Arc::clone(&light)), light });
    let card = fields.optional_text("card", &mut report).and_then(|text| {
        let path = Some(text.value.clone()).filter(|path| is_card(path));
        found(path, &text, &mut report, |text| {
            format!("card must be the path of a PNG file, such as /card.png, not {text:?}")
        })
    });
    let accent = accent(&fields, &mut report);
    fields.reject_unknown(&mut report);
    let found = name.filter(|_| report.is_empty()).map(|name| Publisher {
        legal_name: legal_name.unwrap_or_else(|| name.clone()).into(),
        name,
        contact,
        mail_from,
        address,
        jurisdiction,
        storage_location,
        recipients,
        privacy_url,
        home_url,
        language: language.unwrap_or_default(),
        home: home.unwrap_or_default(),
        logo,
        card,
        accent,
    });
    found.ok_or_else(|| report.into_vec())
}

/// A name of visible characters, without the braces of placeholders and the brackets of tags.
fn visible(key: &str, name: Located<String>, report: &mut Diagnostics) -> Option<String> {
    visible_up_to(MAX_NAME_CHARS, key, name, report)
}

fn visible_up_to(max_chars: usize, key: &str, name: Located<String>, report: &mut Diagnostics) -> Option<String> {
    let Located { value, line } = name;
    match check_visible(max_chars, key, &value) {
        Ok(()) => Some(value.trim().to_owned()),
        Err(message) => {
            report.add(line, message);
            None
        }
    }
}

/// Checks the name of a publisher.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    check_visible(MAX_NAME_CHARS, "name", name)
}

fn check_visible(max_chars: usize, key: &str, value: &str) -> Result<(), String> {
    let is_shown = |character| character == ' ' || !(is_invisible(character) || "{}<>".contains(character));
    let is_good = !value.trim().is_empty() && value.chars().count() <= max_chars && value.chars().all(is_shown);
    if is_good { Ok(()) } else { Err(format!("{key} must be 1 to {max_chars} visible characters, and none of {{}}<>")) }
}

fn contact(text: &Located<String>, report: &mut Diagnostics) -> Option<Contact> {
    let value = &text.value;
    let email = || Email::parse(value).map(|_| Contact::Email(value.clone()));
    let contact = if is_url(value) { Some(Contact::Url(value.clone())) } else { email() };
    found(contact, text, report, |text| format!("contact must be an e-mail address or an https:// URL, not {text:?}"))
}

/// A list of territories; empty without the field.
fn territories(key: &'static str, fields: &Fields, report: &mut Diagnostics) -> Vec<Territory> {
    let codes = fields.optional_texts(key, report).into_iter().flatten();
    let territory = |code: Located<String>| {
        found(code.value.parse().ok(), &code, report, |code| {
            format!("{key} must list codes of ISO 3166 such as \"DE\" or \"US-CA\", \"EU\" or \"EEA\", not {code:?}")
        })
    };
    codes.filter_map(territory).collect()
}

fn url(key: &'static str, fields: &Fields, report: &mut Diagnostics) -> Option<String> {
    let text = fields.optional_text(key, report)?;
    let url = Some(text.value.clone()).filter(|url| is_url(url));
    found(url, &text, report, |text| format!("{key} must be an https:// URL, not {text:?}"))
}

/// Whether a text is a URL that a link may lead to.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    text.len() <= MAX_URL_CHARS
        && rest.bytes().all(is_plain)
        && rest.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

/// Whether a text is the path of a picture on this site.
fn is_card(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains("..")
        && has_extension(path, "png")
        && path.bytes().all(is_plain)
}

/// Whether the name of a file has this extension, in lower case.
fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

/// A logo of the content folder.
fn logo(
    key: &'static str,
    fields: &Fields,
    read: impl Fn(&str) -> Result<String, String>,
    report: &mut Diagnostics,
) -> Option<Arc<[u8]>> {
    let Located { value, line } = fields.optional_text(key, report)?;
    let is_file_name = has_extension(&value, "svg")
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && !value.starts_with('.');
    if !is_file_name {
        report.add(line, format!("{key} must be the name of an SVG file beside {FILE}, such as logo.svg"));
        return None;
    }
    match read(&value).and_then(|text| svg::check(&text).map(|()| text)) {
        Ok(text) => Some(text.into_bytes().into()),
        Err(what) => {
            report.add(line, format!("{value}: {what}"));
            None
        }
    }
}

/// The accent, which must be readable on every background, as their text is on it.
fn accent(fields: &Fields, report: &mut Diagnostics) -> Option<Themed<Color>> {
    let backgrounds = Themed::<Color>::BACKGROUNDS;
    let mut color = |key, backgrounds: &[Color], end| {
        let text = fields.optional_text(key, report)?;
        let color =
            text.value.parse::<Color>().map_err(|error| report.add(text.line, format!("{key}: {error}"))).ok()?;
        let nearest = color.readable_on(backgrounds, end);
        if nearest != color {
            let worst = backgrounds.iter().map(|on| color.contrast(*on)).fold(f64::INFINITY, f64::min);
            let what =
                format!("{key}: the contrast of {color} is {worst:.2}, and must be {MIN_CONTRAST}: {nearest} has it");
            report.add(text.line, what);
        }
        Some(color)
    };
    let light = color("accent", &backgrounds.light, Color::BLACK);
    let dark = color("accent_dark", &backgrounds.dark, Color::WHITE);
    if light.is_some() != dark.is_some() {
        let line = fields.line(if light.is_some() { "accent" } else { "accent_dark" }, report);
        report.add(line, "accent and accent_dark belong together: one for each theme");
    }
    light.zip(dark).map(|(light, dark)| Themed { light, dark })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(name: &str) -> Result<String, String> {
        match name {
            "logo.svg" => Ok("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()),
            "bad.svg" => Ok("<svg><script/></svg>".to_owned()),
            _ => Err("the file cannot be read".to_owned()),
        }
    }

    fn parsed(text: &str) -> Result<Publisher, Vec<String>> {
        parse(Path::new("site.toml"), text, read).map_err(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_name_is_enough() -> Result<(), Vec<String>> {
        let publisher = parsed("name = \"Acme\"\n")?;
        assert_eq!((publisher.name.as_str(), &*publisher.legal_name), ("Acme", "Acme"));
        assert_eq!((publisher.home, publisher.logo, publisher.accent), (HomePage::Overview, None, None));
        Ok(())
    }

    #[test]
    fn every_field_is_read() -> Result<(), Vec<String>> {
        let text = "name = \"Acme\"\nlegal_name = \"Acme GmbH & Co. KG\"\ncontact = \"privacy@acme.example\"\n\
                    privacy_url = \"https://acme.example/privacy\"\nhome_url = \"https://acme.example\"\n\
                    address = \"1 High Street, Dublin\"\njurisdiction = [\"EU\", \"US-CA\"]\n\
                    storage_location = [\"IE\"]\nrecipients = [\"Hosting Ltd\"]\n\
                    home = \"preferences\"\nlogo = \"logo.svg\"\naccent = \"#0b5c56\"\naccent_dark = \"#7fd0c4\"\n";
        let publisher = parsed(text)?;
        assert_eq!(&*publisher.legal_name, "Acme GmbH & Co. KG");
        assert_eq!(publisher.contact.map(|contact| contact.href()).as_deref(), Some("mailto:privacy@acme.example"));
        assert_eq!(publisher.address.as_deref(), Some("1 High Street, Dublin"));
        assert_eq!(publisher.jurisdiction.iter().map(ToString::to_string).collect::<Vec<_>>(), ["EU", "US-CA"]);
        assert_eq!((publisher.storage_location.len(), &publisher.recipients[..]), (1, &["Hosting Ltd".to_owned()][..]));
        assert_eq!(publisher.home, HomePage::Preferences);
        assert!(publisher.logo.is_some_and(|logo| logo.light == logo.dark));
        assert!(publisher.accent.is_some());
        Ok(())
    }

    #[test]
    fn each_mistake_is_named_by_its_line() {
        for (text, expected) in [
            ("", "site.toml:1: name is missing"),
            ("name = \" \"", "site.toml:1: name must be 1 to 80 visible characters, and none of {}<>"),
            ("name = \"a{b}\"", "site.toml:1: name must be 1 to 80 visible characters, and none of {}<>"),
            (
                "name = \"a\"\ncontact = \"x\"",
                "site.toml:2: contact must be an e-mail address or an https:// URL, not \"x\"",
            ),
            (
                "name = \"a\"\nmail_from = \"Acme <a@b.example>\"",
                "site.toml:2: mail_from must be an e-mail address, not \"Acme <a@b.example>\"",
            ),
            (
                "name = \"a\"\nhome_url = \"http://a.example\"",
                "site.toml:2: home_url must be an https:// URL, not \"http://a.example\"",
            ),
            (
                "name = \"a\"\nprivacy_url = \"https://a\\\"b\"",
                "site.toml:2: privacy_url must be an https:// URL, not \"https://a\\\"b\"",
            ),
            (
                "name = \"a\"\njurisdiction = [\"Europe\"]",
                "site.toml:2: jurisdiction must list codes of ISO 3166 such as \"DE\" or \"US-CA\", \"EU\" or \"EEA\", not \"Europe\"",
            ),
            (
                "name = \"a\"\naddress = \"<b>\"",
                "site.toml:2: address must be 1 to 200 visible characters, and none of {}<>",
            ),
            (
                "name = \"a\"\nlanguage = \"DE\"",
                "site.toml:2: language must be a tag in lower case, such as de or pt-br, not \"DE\"",
            ),
            (
                "name = \"a\"\nhome = \"shop\"",
                "site.toml:2: home must be \"overview\" or \"policy\" or \"preferences\", not \"shop\"",
            ),
            (
                "name = \"a\"\nlogo = \"../x.svg\"",
                "site.toml:2: logo must be the name of an SVG file beside site.toml, such as logo.svg",
            ),
            ("name = \"a\"\nlogo = \"none.svg\"", "site.toml:2: none.svg: the file cannot be read"),
            (
                "name = \"a\"\ncard = \"//evil.example/x.png\"",
                "site.toml:2: card must be the path of a PNG file, such as /card.png, not \"//evil.example/x.png\"",
            ),
            (
                "name = \"a\"\naccent = \"#0b5c56\"",
                "site.toml:2: accent and accent_dark belong together: one for each theme",
            ),
            (
                "name = \"a\"\naccent = \"teal\"\naccent_dark = \"#7fd0c4\"",
                "site.toml:2: accent: a colour is # and six hexadecimal digits, such as #0b5c56",
            ),
            (
                "name = \"a\"\ncolour = \"x\"",
                "site.toml:2: there is no field \"colour\"; there are name, legal_name, contact, mail_from, address, jurisdiction, storage_location, recipients, privacy_url, home_url, language, home, logo, logo_dark, card, accent, accent_dark",
            ),
        ] {
            let found = parsed(text).err().unwrap_or_default();
            assert!(found.contains(&expected.to_owned()), "{text:?}: {found:?}");
        }
        let found = parsed("name = \"a\"\nlogo = \"bad.svg\"").err().unwrap_or_default();
        assert!(
            found.first().is_some_and(|found| found.starts_with("site.toml:2: bad.svg: a logo has no element")),
            "{found:?}"
        );
    }

    #[test]
    fn a_pale_accent_is_refused_with_the_nearest_that_is_not() {
        let found = parsed("name = \"a\"\naccent = \"#ff8000\"\naccent_dark = \"#7fd0c4\"").err().unwrap_or_default();
        assert_eq!(found.len(), 1, "{found:?}");
        let said = found.concat();
        assert!(said.starts_with("site.toml:2: accent: the contrast of #ff8000 is 2.31, and must be 4.5: #"), "{said}");
        let nearest =
            said.rsplit_once(": ").and_then(|(_, end)| end.split_once(' ')).map(|(color, _)| color).unwrap_or_default();
        let text = format!("name = \"a\"\naccent = \"{nearest}\"\naccent_dark = \"#7fd0c4\"");
        assert!(parsed(&text).is_ok(), "{nearest}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_by_line(text in "((name|logo|accent|home|contact) ?= ?|\"|#|a|\n|[^\"]){0,40}") {
            if let Err(found) = parsed(&text) {
                prop_assert!(!found.is_empty());
            }
        }
    }
}
