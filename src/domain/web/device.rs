//! The kind of device, as far as the `User-Agent` header tells.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// The longest `User-Agent` that is parsed, in bytes; those of browsers are far shorter.
const MAX_USER_AGENT_BYTES: usize = 512;

/// The kind of device, deliberately coarse. The database stores these names.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum Device {
    Phone,
    Tablet,
    /// A larger device with a keyboard.
    Computer,
    /// Computer or tablet: an iPad sends exactly the `User-Agent` of a Mac.
    ComputerOrTablet,
    /// Another device (television, console), a program, or unknown.
    #[default]
    Other,
}

impl Device {
    /// Classifies a `User-Agent` header. The header itself is not stored.
    ///
    /// Other devices name themselves, often beside Android or Linux, so they are matched first.
    /// "Mobi" is the one token that browsers agree on for a phone (MDN, "Browser detection using
    /// the user agent"); Android without it means a tablet.
    pub fn from_user_agent(user_agent: &str) -> Self {
        let agent = user_agent.get(..MAX_USER_AGENT_BYTES).unwrap_or(user_agent);
        let lower = agent.to_ascii_lowercase();
        let names = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
        if names(&NO_BROWSERS) || is_bot(&lower) || names(&SCREENS) || is_television(agent) {
            Self::Other
        } else if names(&["ipad", "kindle fire"]) || is_model(agent, "KF") {
            Self::Tablet
        } else if names(&["opera mini", "mobi", "iphone", "midp", "symbian", "blackberry", "windows phone"]) {
            Self::Phone
        } else if names(&["android", "playbook", "silk/"]) || lower.replace("tablet pc", "").contains("tablet") {
            Self::Tablet
        } else if lower.contains("macintosh") {
            Self::ComputerOrTablet
        } else if names(&["windows", "x11", "linux x86_64", "linux i686", "cros"]) {
            Self::Computer
        } else {
            Self::Other
        }
    }
}

/// Tokens of programs that are not browsers; well-behaved ones include a URL about themselves.
const NO_BROWSERS: [&str; 6] = ["http://", "https://", "crawl", "spider", "slurp", "facebookexternalhit"];

/// Tokens of televisions, set-top boxes, consoles, glasses, watches, e-readers and cars.
const SCREENS: [&str; 29] = [
    "appletv",
    "bravia",
    "crkey",
    "espial",
    "googletv",
    "google tv",
    "hbbtv",
    "kindle/",
    "large screen",
    "mibox",
    "mitv",
    "netcast",
    "nintendo",
    "oculusbrowser",
    "playstation",
    "qtcarbrowser",
    "roku",
    "smarttv",
    "smart-tv",
    "smart tv",
    "tesla",
    "tvos",
    "viera",
    "vidaa",
    "watch",
    "web0s",
    "webos.tv",
    "xbox",
    "automotive",
];

/// Whether the agent calls itself a bot. Cubot is a maker of phones.
fn is_bot(lower: &str) -> bool {
    lower.match_indices("bot").any(|(at, _)| !lower.get(..at).is_some_and(|before| before.ends_with("cu")))
}

/// Whether "TV" is a word of the agent, or the model is an Amazon Fire TV (AFTT, AFTKA, …).
fn is_television(agent: &str) -> bool {
    let ends_there = |at: usize| !agent.as_bytes().get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
    agent.match_indices("TV").any(|(at, _)| ends_there(at)) || is_model(agent, "AFT")
}

/// Whether the Android model starts with the prefix and goes on with capitals and digits.
fn is_model(agent: &str, prefix: &str) -> bool {
    let models = agent.split(';').skip(1).filter_map(|part| part.trim_start().strip_prefix(prefix));
    let names = models.map(|rest| rest.split([' ', ')', '/']).next().unwrap_or_default());
    names.into_iter().any(|name| {
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        !name.is_empty() && name.len() <= 6 && name.bytes().all(is_name)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Device::*, *};

    /// What real browsers and programs send, by kind.
    const AGENTS: [(Device, &str); 69] = [
        // Computers.
        (
            Computer,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        (
            Computer,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
        ),
        (Computer, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"),
        (
            Computer,
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; SLCC2; .NET CLR 2.0.50727; Media Center PC 6.0; Tablet PC 2.0; rv:11.0) like Gecko",
        ),
        (Computer, "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; Tablet PC 2.0)"),
        (
            Computer,
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        (
            Computer,
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
        ),
        (Computer, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        (Computer, "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"),
        (
            Computer,
            "Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15",
        ),
        (Computer, "Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        (
            Computer,
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        (Computer, "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18"),
        // A Mac or an iPad.
        (
            ComputerOrTablet,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
        ),
        (
            ComputerOrTablet,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        (ComputerOrTablet, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0"),
        (
            ComputerOrTablet,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Version/18.0 Safari/605.1.15",
        ),
        (
            ComputerOrTablet,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/143.0 Safari/605.1.15",
        ),
        // Phones.
        (
            Phone,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        ),
        (
            Phone,
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
        ),
        (
            Phone,
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
        ),
        (Phone, "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0"),
        (
            Phone,
            "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
        ),
        (
            Phone,
            "Mozilla/5.0 (Linux; Android 6.0.1; STV100-3 Build/MMB29M) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.110 Mobile Safari/537.36",
        ),
        (
            Phone,
            "Mozilla/5.0 (Linux; Android 4.4.4; SD4930UR Build/KTU84P) AppleWebKit/537.36 (KHTML, like Gecko) Silk/3.67 like Chrome/39.0.2171.93 Mobile Safari/537.36",
        ),
        (Phone, "Opera/9.80 (Android; Opera Mini/36.2.2254/191.283; U; en) Presto/2.12.423 Version/12.16"),
        (
            Phone,
            "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; SymbOS; Opera Mobi/23.348; U; en) Presto/2.5.25 Version/10.54",
        ),
        (Phone, "Opera/9.80 (J2ME/MIDP; Opera Mini/4.2.13221/191.283; U; en) Presto/2.8.119 Version/11.10"),
        (Phone, "Opera/9.80 (MAUI Runtime; Opera Mini/4.4.33576/191.283; U; en) Presto/2.12.423 Version/12.16"),
        (Phone, "Opera/9.80 (SpreadTrum; Opera Mini/4.4.33961/191.283; U; en) Presto/2.12.423 Version/12.16"),
        (Phone, "Opera/9.80 (iPhone; Opera Mini/14.0.0/191.283; U; en) Presto/2.12.423 Version/12.16"),
        (Phone, "Opera/9.80 (BlackBerry; Opera Mini/4.5.33868/191.283; U; en) Presto/2.12.423 Version/12.16"),
        (
            Phone,
            "Mozilla/5.0 (Linux; U; Android 13; SM-A145F; en-us) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 OPR/80.0.2254.71399",
        ),
        (Phone, "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5"),
        (Phone, "UCWEB/2.0 (Java; U; MIDP-2.0; en-US; nokia5130c-2) U2/1.0.0 UCBrowser/9.5.0.449 U2/1.0.0 Mobile"),
        (Phone, "Nokia6230i/2.0 (03.25) Profile/MIDP-2.0 Configuration/CLDC-1.1"),
        (
            Phone,
            "Mozilla/5.0 (BlackBerry; U; BlackBerry 9900; en) AppleWebKit/534.11+ (KHTML, like Gecko) Version/7.1.0.346 Mobile Safari/534.11+",
        ),
        (
            Phone,
            "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15254",
        ),
        // Tablets.
        (
            Tablet,
            "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
        ),
        (
            Tablet,
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
        (
            Tablet,
            "Mozilla/5.0 (Linux; Android 13; SM-X900) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36",
        ),
        (Tablet, "Mozilla/5.0 (Android 15; Tablet; rv:143.0) Gecko/143.0 Firefox/143.0"),
        (
            Tablet,
            "Mozilla/5.0 (Linux; U; Android 2.3.4; en-us; Kindle Fire Build/GINGERBREAD) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
        ),
        (
            Tablet,
            "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/140.3.1 like Chrome/140.0.7339.51 Safari/537.36",
        ),
        (
            Tablet,
            "Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/108.4.6 like Chrome/108.0.5359.160 Mobile Safari/537.36",
        ),
        (
            Tablet,
            "Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10_6_3; en-us; Silk/1.0.13.81_10003810) AppleWebKit/533.16 (KHTML, like Gecko) Version/5.0 Safari/533.16 Silk-Accelerated=true",
        ),
        (
            Tablet,
            "Mozilla/5.0 (PlayBook; U; RIM Tablet OS 2.1.0; en-US) AppleWebKit/536.2+ (KHTML, like Gecko) Version/7.2.1.0 Safari/536.2+",
        ),
        // Televisions, consoles, headsets and e-readers.
        (
            Other,
            "Mozilla/5.0 (Linux; Android 9; AFTKA) AppleWebKit/537.36 (KHTML, like Gecko) Silk/140.3.1 like Chrome/140.0.7339.51 Safari/537.36",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; Android 5.1.1; AFTT Build/LVY48F) AppleWebKit/537.36 (KHTML, like Gecko) Silk/70.4.2 like Chrome/70.0.3538.80 Safari/537.36",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; Android 11; SHIELD Android TV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; Android 12.0; Build/STTL.240508.005) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 CrKey/1.56.500000 DeviceType/AndroidTV",
        ),
        (
            Other,
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.211 Safari/537.36 WebAppManager",
        ),
        (
            Other,
            "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; U; Android 9; en-us; MiTV-MOOQ0 Build/PI) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/78.0 Mobile Safari/537.36",
        ),
        (Other, "HbbTV/1.4.1 (; LGE; 43UJ635V; WEBOS3; 05.40.75; ) Mozilla/5.0 (X11; Linux x86_64)"),
        (
            Other,
            "Mozilla/5.0 (PlayStation; PlayStation 5/8.20) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15",
        ),
        (
            Other,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edge/44.18363.8131",
        ),
        (
            Other,
            "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; Android 10; Quest 2) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/25.0.0.20 Chrome/106.0.5249.126 Mobile VR Safari/537.36",
        ),
        (
            Other,
            "Mozilla/5.0 (Linux; U; en-US) AppleWebKit/528.5+ (KHTML, like Gecko, Safari/528.5+) Version/4.0 Kindle/3.0 (screen 600x800; rotate)",
        ),
        // Programs, and headers that name no device.
        (
            Other,
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        ),
        (
            Other,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
        ),
        (Other, "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"),
        (Other, "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)"),
        (Other, "curl/8.16.0"),
        (Other, "Lynx/2.9.2 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.8.9"),
        (Other, "Mozilla/5.0"),
        (Other, ""),
    ];

    #[test]
    fn the_kind_of_device_is_what_can_be_known_of_it() {
        for (device, user_agent) in AGENTS {
            assert_eq!(Device::from_user_agent(user_agent), device, "{user_agent}");
        }
    }

    #[test]
    fn every_kind_is_found_by_its_own_name_and_nothing_else_is() {
        for &device in Device::VARIANTS {
            assert_eq!(device.into_str().parse(), Ok(device));
        }
        assert_eq!("Computer".parse::<Device>().ok(), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_and_no_more_is_looked_at_than_a_browser_says(agent in ".*", more in "\\PC*") {
            let _ = Device::from_user_agent(&agent);
            let long = "x".repeat(MAX_USER_AGENT_BYTES);
            prop_assert_eq!(Device::from_user_agent(&format!("{long}{more}iPad")), Other);
        }
    }
}
