//! Dates and lifetimes as people say them.

use std::time::Duration;

use time::macros::format_description;

use crate::model::{
    Timestamp,
    activity::{Activity, Event},
    declaration::Lifetime,
    insight::Device,
    signal::Signal,
};

/// A day, as `22 November 2026`.
pub(super) fn day(day: time::Date) -> String {
    day.format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_else(|_| day.to_string())
}

/// A day, as `22 Nov`.
pub(super) fn short_day(day: time::Date) -> String {
    day.format(format_description!("[day padding:none] [month repr:short]")).unwrap_or_else(|_| day.to_string())
}

/// A moment, as `22 November 2026 at 14:05 UTC`.
pub(super) fn moment(at: Timestamp) -> String {
    let clock = time::OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let time = clock.format(format_description!("[hour]:[minute]")).unwrap_or_default();
    format!("{} at {time} UTC", day(at.day()))
}

/// How long a cookie lives.
pub(super) fn lifetime(lifetime: Lifetime) -> String {
    match lifetime {
        Lifetime::Session => "Session: until the visit ends".into(),
        Lifetime::Persistent(length) => format!("Persistent: {}", duration(length)),
    }
}

/// A length of time in the largest unit that it is a whole number of.
pub(super) fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    let (unit, name) = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit))
        .unwrap_or((1, "second"));
    let number = seconds / unit;
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

/// How long to wait, rounded up.
pub(super) fn wait(seconds: u64) -> String {
    let (number, name) = if seconds < 120 { (seconds, "second") } else { (seconds.div_ceil(60), "minute") };
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

/// A kind of device.
pub(super) const fn device(device: Device) -> &'static str {
    match device {
        Device::Phone => "Phone",
        Device::Tablet => "Tablet",
        Device::Computer => "Computer",
    }
}

/// What a signal is called.
pub(super) const fn signal(signal: Signal) -> &'static str {
    match signal {
        Signal::DoNotTrack => "Do Not Track",
        Signal::GlobalPrivacyControl => "Global Privacy Control",
    }
}

/// What happened to an account, as a plain sentence.
pub(super) fn activity(activity: &Activity) -> String {
    let on = activity.device.map_or("a device", |device| match device {
        Device::Phone => "a phone",
        Device::Tablet => "a tablet",
        Device::Computer => "a computer",
    });
    match activity.event {
        Event::SignedUp => format!("You created this account, on {on}."),
        Event::SignedIn => format!("You signed in, on {on} that had signed in before."),
        Event::SignedInFromNew => {
            format!("Somebody signed in from a new browser, on {on}. If that was not you, change your password.")
        }
        Event::Failed if activity.times > 1 => {
            format!("A wrong password was tried {} times on that day, last on {on}.", activity.times)
        }
        Event::Failed => format!("A wrong password was tried, on {on}."),
        Event::SignedOut => format!("You signed out, on {on}."),
        Event::Ended => format!("You signed out one other browser, on {on}."),
        Event::OthersEnded => format!("You signed out all other browsers, on {on}."),
        Event::Replayed => {
            format!(
                "A “keep me signed in” cookie that had already been used came back, so its browser, on {on}, was signed out."
            )
        }
        Event::PasswordChanged => format!("You changed your password, on {on}."),
        Event::LinkMade => "The operator made a one-time sign-in link for you.".into(),
        Event::LinkUsed => format!("The sign-in link was used to choose a new password, on {on}."),
        Event::AllEnded => "The operator signed out all your browsers.".into(),
        Event::Disabled => "The operator disabled this account.".into(),
        Event::Enabled => "The operator enabled this account again.".into(),
    }
}

/// What to call a cookie.
pub(super) fn cookie(name: &str) -> &str {
    if name.is_empty() { "a cookie without a name" } else { name }
}

/// Names in a row: `a`, `a and b`, `a, b and c`.
pub(super) fn row(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(day(date!(2026 - 11 - 02)), "2 November 2026");
        assert_eq!(moment(Timestamp(1_795_356_300)), "22 November 2026 at 14:05 UTC");
        for (seconds, said) in [
            (86_400, "1 day"),
            (180 * 86_400, "180 days"),
            (5_400, "90 minutes"),
            (7_200, "2 hours"),
            (61, "61 seconds"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), said);
        }
        assert_eq!(row(&["a", "b", "c"]), "a, b and c");
    }
}
