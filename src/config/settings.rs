//! The one description of each setting.
//!
//! [`RawConfig`](super::raw::RawConfig) takes defaults and ranges from here, and
//! [`help`](super::help()) the table of `--help`. The tests keep `docs/configuration.md`,
//! `harmony.example.toml` and the README's table in step.

use super::environment::variable;
use crate::config::rate_limits::{MAX_BURST, MAX_FORMS, MAX_SECONDS};

/// The longest timeout of a request, in seconds.
const MAX_TIMEOUT: u32 = 3_600;

/// One thing that an operator can set.
#[cfg_attr(not(test), expect(dead_code, reason = "the documents that the tests generate show all of it"))]
pub(super) struct Setting {
    /// The name in the file; [`Setting::variable`] is the one in the environment.
    pub key: &'static str,
    pub topic: Topic,
    /// The value unless one is set; empty if there is none.
    pub default: &'static str,
    /// What applies if the setting has neither a value nor a default.
    pub fallback: &'static str,
    /// A value to show where there is no default.
    pub example: &'static str,
    /// The smallest and the largest value of a number.
    pub range: Option<(u32, u32)>,
    /// The unit of a number, in the plural.
    pub unit: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Details for operators, in Markdown. Its links are relative to `docs/`.
    pub details: &'static str,
    /// Whether the value must never be shown.
    pub is_secret: bool,
    /// Whether the README shows it.
    pub matters_first: bool,
}

/// What a setting is about: a heading of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Site,
    Data,
    Files,
    Keys,
    Ledger,
    Mail,
    SignIn,
    RateLimits,
    Http,
    Telemetry,
}

#[cfg_attr(not(test), expect(dead_code, reason = "only the documents that the tests generate have headings"))]
impl Topic {
    /// Every topic, as the documents list them.
    pub const ALL: [Self; 10] = [
        Self::Site,
        Self::Data,
        Self::Files,
        Self::Keys,
        Self::Ledger,
        Self::Mail,
        Self::SignIn,
        Self::RateLimits,
        Self::Http,
        Self::Telemetry,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Site => "The site",
            Self::Data => "Data",
            Self::Files => "Files",
            Self::Keys => "Keys",
            Self::Ledger => "The ledger",
            Self::Mail => "Mail",
            Self::SignIn => "Signing in",
            Self::RateLimits => "Rate limits",
            Self::Http => "Connections and requests",
            Self::Telemetry => "Logs, metrics and traces",
        }
    }
}

impl Setting {
    const fn new(topic: Topic, key: &'static str, default: &'static str, summary: &'static str) -> Self {
        Self {
            key,
            topic,
            default,
            fallback: "none",
            example: "",
            range: None,
            unit: "",
            summary,
            details: "",
            is_secret: false,
            matters_first: false,
        }
    }

    const fn number(self, unit: &'static str, min: u32, max: u32) -> Self {
        Self { range: Some((min, max)), unit, ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    const fn fallback(self, fallback: &'static str) -> Self {
        Self { fallback, ..self }
    }

    const fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }

    const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    const fn first(self) -> Self {
        Self { matters_first: true, ..self }
    }

    /// The setting of that key.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// The name in the environment.
    pub fn variable(&self) -> String {
        variable(self.key)
    }
}

/// Every setting, by topic.
pub(super) const SETTINGS: &[Setting] = {
    use Topic::{Data, Files, Http, Keys, Ledger, Mail, RateLimits, SignIn, Site, Telemetry};
    &[
        Setting::new(Site, "listen", "127.0.0.1:3000", "Address and port to listen on.").first(),
        Setting::new(Site, "origin", "", "Public origin of the site, such as `https://cookies.example`.")
            .fallback("`http://` and the listen address")
            .example("https://cookies.example")
            .details(
                "Canonical links, the feed, the sitemap and the data for partner services use it. Requests may name its \
                 host, and forms must come from it",
            )
            .first(),
        Setting::new(Site, "client_ip_header", "", "Behind a proxy: the header with the client's IP address.")
            .example("x-forwarded-for")
            .details("Such as `x-forwarded-for`; the last entry counts")
            .first(),
        Setting::new(Site, "country_header", "", "Behind a CDN: the header with the client's country.")
            .fallback("a table of addresses inside the program")
            .example("cf-ipcountry")
            .details("An ISO 3166-1 alpha-2 code, such as `DE`. The CDN must overwrite what clients send"),
        Setting::new(Site, "country_database", "", "File with the countries of IP addresses, in the MaxMind DB format.")
            .fallback("a table of addresses inside the program")
            .example("/var/lib/harmony/GeoLite2-Country.mmdb")
            .details(
                "It replaces the table inside the program ([more](operating.md#countries)). Not together with the header",
            ),
        Setting::new(Site, "hosts", "", "More hosts that requests may name, separated by commas.")
            .fallback("none; without an origin: the listen address, `localhost`, `127.0.0.1`, `[::1]`")
            .example("www.cookies.example, cookies.example:8443")
            .details(
                "Each with its port unless that is 443. A request for any other host gets a 421, except `/health` and \
                 `/ready`",
            ),
        Setting::new(Site, "hsts", "host", "Scope of `Strict-Transport-Security`: `host`, `subdomains` or `off`.")
            .details(
                "Sent for two years if the origin is https. `subdomains` covers all hosts below it, including those of \
                 other services",
            ),
        Setting::new(Site, "security_contact", "", "Where to report a vulnerability, for `security.txt`.")
            .example("mailto:security@cookies.example")
            .details("`mailto:`, `https:` or `tel:` URLs separated by commas"),
        Setting::new(Site, "security_expires", "", "The day from which those contacts are no longer served.")
            .example("2027-06-01")
            .details("`harmony check` warns 30 days before, and fails from that day on"),
        Setting::new(Data, "data_dir", "data", "Folder of the database and the keys; created if missing.").first(),
        Setting::new(Data, "database", "", "`sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/DATABASE`.")
            .fallback("`harmony.sqlite` in the data folder")
            .example("postgres://harmony@%2Frun%2Fpostgresql/harmony")
            .details(
                "PostgreSQL 13 or newer. For another machine add `?sslmode=verify-full`, or `disable` on a private \
                 network ([more](operating.md#the-database))",
            )
            .secret()
            .first(),
        Setting::new(Files, "content_dir", "content", "Folder of the policy and the inventory.").first(),
        Setting::new(Files, "static_dir", "target/site", "Folder of the built style, script and wasm.").first(),
        Setting::new(Keys, "cookie_key", "", "Key that authenticates the consent cookie: 128 hexadecimal digits.")
            .fallback("created at the first start, in the data folder")
            .details("It also derives the next token from a used remember or device token")
            .secret(),
        Setting::new(Keys, "ledger_key", "", "Key that signs records and receipts: 64 hexadecimal digits.")
            .fallback("created at the first start, in the data folder")
            .details("A different key starts a new chain")
            .secret(),
        Setting::new(Keys, "ledger_keys", "", "More public keys whose records are trusted, separated by commas.")
            .example("<64 hexadecimal digits>, <64 hexadecimal digits>")
            .details(
                "Those of other servers on the same database and of earlier ones, as `harmony ledger key` prints them",
            ),
        Setting::new(Keys, "token_key", "", "Key that signs tokens for partner services: 64 hexadecimal digits.")
            .fallback("created at the first start, in the data folder")
            .secret(),
        Setting::new(Ledger, "record_retention_days", "1826", "How long records are stored.")
            .number("days", 180, 36_525),
        Setting::new(Ledger, "timestamps", "", "Time-stamping authority (RFC 3161) for the ledger's head.")
            .example("https://tsa.example/tsr")
            .details(
                "It [attests the head](operating.md#time-stamps) once a day. An `http://` or `https://` URL without a \
                 password",
            ),
        Setting::new(Mail, "mail_server", "", "Mail server: `smtps://HOST`, or `smtp://HOST` for STARTTLS.")
            .fallback("none: the site sends no mail")
            .example("smtps://mail.example")
            .details(
                "With `:PORT` unless that is 465 or 587. `smtp+plaintext://`, port 25, is for this machine only. \
                 `site.toml` names the [sender](operating.md#mail)",
            ),
        Setting::new(Mail, "mail_user", "", "User name at the mail server.").example("harmony"),
        Setting::new(Mail, "mail_password", "", "Password at the mail server.")
            .example("<password>")
            .details("`HARMONY_MAIL_PASSWORD_FILE` names a file with it")
            .secret(),
        Setting::new(Mail, "mail_retry_seconds", "60", "How long to wait before a second attempt at a message.")
            .number("seconds", 1, 3_600)
            .details("Each further pause is twice as long, up to four hours"),
        Setting::new(SignIn, "identity_providers", "", "File that lists the identity providers (OpenID Connect).")
            .example("/etc/harmony/identity-providers.toml")
            .details("Users then also [sign in through them](operating.md#identity-providers)"),
        Setting::new(SignIn, "bound_sessions", "off", "Bind sessions to a key of the device: `on` or `off`.")
            .details("In browsers with [Device Bound Session Credentials](operating.md#bound-sessions)"),
        Setting::new(RateLimits, "account_attempts", "5", "Wrong passwords for one account before each further attempt waits.")
            .number("attempts", 1, MAX_BURST)
            .details("Browsers that signed in to it before have a separate count"),
        Setting::new(RateLimits, "account_attempt_seconds", "60", "How long each further attempt then waits.")
            .number("seconds", 1, MAX_SECONDS),
        Setting::new(RateLimits, "client_ip_attempts", "20", "Attempts from one network address likewise.")
            .number("attempts", 1, MAX_BURST)
            .details("Right passwords and passkeys count, too"),
        Setting::new(RateLimits, "client_ip_attempt_seconds", "10", "How long each further attempt from there waits.")
            .number("seconds", 1, MAX_SECONDS),
        Setting::new(RateLimits, "client_ip_forms", "300", "Forms per minute from one network address or account.")
            .number("forms", 1, MAX_FORMS)
            .details(
                "Scripts of partner services may send ten times as many requests. More get a 429 with `Retry-After`",
            ),
        Setting::new(Http, "max_connections", "4096", "Open connections; more get a 503.")
            .number("connections", 1, 1_000_000)
            .details("Fewer if the system's limit for the process is lower"),
        Setting::new(Http, "max_concurrent_requests", "256", "Concurrent requests; more get a 503 with `Retry-After`.")
            .number("requests", 1, 1_000_000)
            .details("Pages from the page cache do not count"),
        // The site's longest URL is a little shorter than the smallest limit.
        Setting::new(Http, "max_url_bytes", "2048", "Length of a request's URL; a longer one gets a 414.")
            .number("bytes", 2_048, 32_768),
        Setting::new(Http, "max_header_bytes", "32768", "Total size of a request's headers; more get a 431.")
            .number("bytes", 8_192, 1_048_576)
            .details("The page of the 431 offers to delete cookies. Static files are still served"),
        Setting::new(Http, "max_headers", "100", "Number of a request's headers; more get a 431.")
            .number("headers", 32, 1_000),
        Setting::new(Http, "header_read_timeout", "20", "How long headers may take, and a connection may stay idle.")
            .number("seconds", 1, MAX_TIMEOUT)
            .details("Then the connection is closed"),
        Setting::new(Http, "body_timeout", "10", "How long a form may take to arrive; then it gets a 408.")
            .number("seconds", 1, MAX_TIMEOUT)
            .details(
                "A form may have 16,384 bytes, one with a receipt 131,072, and an answer from a partner service 8,192; \
                 larger ones get a 413",
            ),
        Setting::new(Http, "request_timeout", "15", "How long a whole request may take; then it gets a 408.")
            .number("seconds", 1, MAX_TIMEOUT),
        Setting::new(Http, "write_timeout", "30", "How long a client may read nothing of its response.")
            .number("seconds", 1, MAX_TIMEOUT)
            .details("Then it is disconnected"),
        Setting::new(Http, "shutdown_timeout", "5", "How long open requests may take to finish at shutdown.")
            .number("seconds", 1, MAX_TIMEOUT),
        Setting::new(Telemetry, "log", "info", "Log level: `error`, `warn`, `info`, `debug` or `trace`.")
            .details("Or a filter by module, such as `info,harmony=debug`")
            .first(),
        Setting::new(Telemetry, "log_format", "text", "`text`, or `json` for one object per line."),
        Setting::new(Telemetry, "metrics_listen", "", "Address and port to expose metrics for Prometheus on.")
            .example("127.0.0.1:9464")
            .details("Without it there are no [metrics](operating.md#metrics)"),
        Setting::new(Telemetry, "otlp_endpoint", "", "OpenTelemetry collector for traces: `http://`, without TLS.")
            .example("http://127.0.0.1:4318")
            .details("Without it there are no [traces](operating.md#traces)"),
    ]
};
