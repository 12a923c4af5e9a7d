//! Texts about records, receipts and page views.

use std::fmt::Display;

use super::super::{keys::tables, template::Template};
use crate::content::{diagnostic::Diagnostics, i18n::plural::PluralMessage};

tables! {
    /// A record in words.
    record: RecordTexts {
        kind;
        decision;
        refusal;
        withdrawal;
        way;
        banner;
        preferences;
        banner_with(signal);
        preferences_with(signal);
        footer;
        footer_with(signal);
        service(origin);
        some_service;
        service_with(origin, signal);
        some_service_with(signal);
        policy;
        version(version);
        until;
        granted;
        refused;
        not_answered;
        granted_before(day);
        refused_before(day);
        granted_before_with(day, signal);
        refused_before_with(day, signal);
    }

    /// The history of choices.
    history: HistoryTexts {
        title;
        description;
        lead[link];
        unavailable;
        browser;
        browser_expired;
        browser_empty;
        account;
        account_lead;
        account_empty;
        sign_in[link];
        latest{count};
        this_browser;
        in_force;
        in_force_for(purposes);
        signal_counts(place, purposes);
        replaced;
        over;
        aside;
        receipt(moment)[unseen];
        back;
    }

    /// The page that verifies receipts.
    verify: VerifyTexts {
        title;
        genuine_title(title);
        false_title(title);
        description;
        lead;
        label;
        hint[link];
        button;
        says(moment);
        genuine;
        expired;
        missing;
        altered;
        foreign;
        unreadable;
    }

    /// The statistics.
    statistics: StatisticsTexts {
        title;
        description;
        lead(first, last);
        unavailable;
        empty(smallest)[link];
        period;
        weeks{number};
        by_page;
        by_country;
        by_device;
        by_visit;
        by_day;
        by_week;
        page;
        country;
        device;
        view;
        day;
        week;
        views;
        unknown_country;
        others;
        first_views;
        returning_views;
        chart_by_day{most}(first, last);
        chart_by_week{most}(first, last);
        most_a_day{most};
        most_a_week{most};
        reading;
        reading_weeks(next);
        reading_groups(smallest);
        reading_country;
        downloads[csv, json];
        performance;
        performance_lead(percent);
        no_performance(views);
        percentile;
        percentile_link(percent);
        lcp;
        inp;
        cls;
        fcp;
        ttfb;
        seconds(seconds);
        milliseconds(milliseconds);
        good;
        needs_improvement;
        poor;
        mostly(rating);
        share(ratings, percent);
        and_rating(before, last);
        reading_performance(smallest);
    }
}
