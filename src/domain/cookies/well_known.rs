//! Names of cookies that many sites have, and whose they usually are.

/// The start of a name, or a whole name, with the vendor or product that usually sets it.
const NAMES: [(&str, Match, &str); 22] = [
    ("_ga", Match::Start, "Google Analytics"),
    ("_gid", Match::Whole, "Google Analytics"),
    ("_gat", Match::Start, "Google Analytics"),
    ("__utm", Match::Start, "Google Analytics"),
    ("_gcl_", Match::Start, "Google Ads"),
    ("IDE", Match::Whole, "Google Ads"),
    ("_fbp", Match::Whole, "Meta Pixel"),
    ("_fbc", Match::Whole, "Meta Pixel"),
    ("_hj", Match::Start, "Hotjar"),
    ("_clck", Match::Whole, "Microsoft Clarity"),
    ("_clsk", Match::Whole, "Microsoft Clarity"),
    ("_uet", Match::Start, "Microsoft Advertising"),
    ("_pk_", Match::Start, "Matomo"),
    ("_ttp", Match::Whole, "TikTok Pixel"),
    ("_pin_unauth", Match::Whole, "Pinterest Tag"),
    ("ajs_", Match::Start, "Segment"),
    ("amplitude_id", Match::Start, "Amplitude"),
    ("hubspotutk", Match::Whole, "HubSpot"),
    ("__hs", Match::Start, "HubSpot"),
    ("PHPSESSID", Match::Whole, "PHP"),
    ("JSESSIONID", Match::Whole, "Java"),
    ("wordpress_", Match::Start, "WordPress"),
];

/// How much of a name is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Start,
    Whole,
}

/// The vendor or product that usually sets a cookie of that name. Anybody can choose the name, so
/// this is no proof.
pub fn vendor(name: &[u8]) -> Option<&'static str> {
    let matches = |(known, how, _): &&(&str, Match, &str)| match how {
        Match::Start => name.starts_with(known.as_bytes()),
        Match::Whole => name == known.as_bytes(),
    };
    NAMES.iter().find(matches).map(|(_, _, vendor)| *vendor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_name_has_a_vendor_and_another_one_has_none() {
        assert_eq!(vendor(b"_ga"), Some("Google Analytics"));
        assert_eq!(vendor(b"_ga_X1Y2"), Some("Google Analytics"));
        assert_eq!(vendor(b"PHPSESSID"), Some("PHP"));
        for unknown in [&b"IDEA"[..], b"phpsessid", b"", b"\xff", b"__Host-visit"] {
            assert_eq!(vendor(unknown), None, "{unknown:?}");
        }
    }
}
