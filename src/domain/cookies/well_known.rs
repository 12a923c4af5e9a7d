//! Names of cookies that many sites have, whose they usually are, and what for.

/// What a cookie of a well-known name is usually for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownUse {
    Analytics,
    Advertising,
    /// Connects the requests of one visit, such as of a signed-in user.
    Session,
}

/// The start of a name, or a whole name, with the vendor or product that usually sets it.
const NAMES: [(&str, Match, &str, KnownUse); 22] = [
    ("_ga", Match::Start, "Google Analytics", KnownUse::Analytics),
    ("_gid", Match::Whole, "Google Analytics", KnownUse::Analytics),
    ("_gat", Match::Start, "Google Analytics", KnownUse::Analytics),
    ("__utm", Match::Start, "Google Analytics", KnownUse::Analytics),
    ("_gcl_", Match::Start, "Google Ads", KnownUse::Advertising),
    ("IDE", Match::Whole, "Google Ads", KnownUse::Advertising),
    ("_fbp", Match::Whole, "Meta Pixel", KnownUse::Advertising),
    ("_fbc", Match::Whole, "Meta Pixel", KnownUse::Advertising),
    ("_hj", Match::Start, "Hotjar", KnownUse::Analytics),
    ("_clck", Match::Whole, "Microsoft Clarity", KnownUse::Analytics),
    ("_clsk", Match::Whole, "Microsoft Clarity", KnownUse::Analytics),
    ("_uet", Match::Start, "Microsoft Advertising", KnownUse::Advertising),
    ("_pk_", Match::Start, "Matomo", KnownUse::Analytics),
    ("_ttp", Match::Whole, "TikTok Pixel", KnownUse::Advertising),
    ("_pin_unauth", Match::Whole, "Pinterest Tag", KnownUse::Advertising),
    ("ajs_", Match::Start, "Segment", KnownUse::Analytics),
    ("amplitude_id", Match::Start, "Amplitude", KnownUse::Analytics),
    ("hubspotutk", Match::Whole, "HubSpot", KnownUse::Analytics),
    ("__hs", Match::Start, "HubSpot", KnownUse::Analytics),
    ("PHPSESSID", Match::Whole, "PHP", KnownUse::Session),
    ("JSESSIONID", Match::Whole, "Java", KnownUse::Session),
    ("wordpress_", Match::Start, "WordPress", KnownUse::Session),
];

/// How much of a name is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Start,
    Whole,
}

/// The vendor or product that usually sets a cookie of that name, and what for. Anybody can choose
/// the name, so this is no proof.
pub fn find(name: &[u8]) -> Option<(&'static str, KnownUse)> {
    let matches = |(known, how, ..): &&(&str, Match, &str, KnownUse)| match how {
        Match::Start => name.starts_with(known.as_bytes()),
        Match::Whole => name == known.as_bytes(),
    };
    NAMES.iter().find(matches).map(|(_, _, vendor, use_of)| (*vendor, *use_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_name_has_a_vendor_and_another_one_has_none() {
        assert_eq!(find(b"_ga"), Some(("Google Analytics", KnownUse::Analytics)));
        assert_eq!(find(b"_ga_X1Y2"), Some(("Google Analytics", KnownUse::Analytics)));
        assert_eq!(find(b"PHPSESSID"), Some(("PHP", KnownUse::Session)));
        for unknown in [&b"IDEA"[..], b"phpsessid", b"", b"\xff", b"__Host-visit"] {
            assert_eq!(find(unknown), None, "{unknown:?}");
        }
    }
}
