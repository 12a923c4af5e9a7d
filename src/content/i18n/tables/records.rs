//! Texts about records, receipts and page views.

use std::fmt::Display;

use super::super::{keys::tables, template::Template};
use crate::content::{diagnostic::Diagnostics, i18n::plural::PluralMessage};

tables! {
    /// A record in words.
    record: RecordTexts {
        kind;
        decision;
        decision_all;
        refusal;
        withdrawal;
        withdrawal_all;
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
        browser_rejected(day);
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
        export[link];
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
        file;
        file_hint[link];
        paste;
        hint;
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
        map;
        map_caption(most);
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
        performance_bars;
        no_performance(views);
        percentile;
        percentile_link(percent);
        lcp;
        lcp_means;
        inp;
        inp_means;
        cls;
        cls_means;
        fcp;
        fcp_means;
        ttfb;
        ttfb_means;
        server;
        server_time;
        server_means;
        by_navigation;
        navigate;
        reload;
        back_forward;
        prerender;
        by_cache;
        cache_hit;
        cache_miss;
        percent(percent);
        seconds(seconds);
        milliseconds(milliseconds);
        good;
        needs_improvement;
        poor;
        mostly(rating);
        share(ratings, percent);
        and_rating(before, last);
        reading_performance(smallest);
        choices;
        choices_lead;
        no_choices(smallest);
        answer;
        version;
        service;
        decisions;
        by_version;
        by_service;
        this_site;
        allowed;
        rejected;
        withdrawn;
        unanswered;
        reading_choices;
        reading_more[link];
    }

    /// What we count and measure.
    measurement: MeasurementTexts {
        title;
        description;
        lead(version)[link];
        back[link];
        facts;
        asked_for;
        when;
        when_text;
        country_name;
        no_country;
        country_table;
        country_header;
        performance_name;
        performance(metrics);
        no_performance;
        cookie_name;
        stored_name;
        stored(weeks);
        oldest_name;
        no_count;
        unavailable;
        published_name;
        published(smallest, weeks)[link];
        shared_name;
        shared;
        objecting;
        objecting_text[link];
        criteria;
        criteria_lead[link];
        criterion;
        here;
        only_purpose;
        only_purpose_here;
        only_publisher;
        only_publisher_here;
        no_tracking;
        no_tracking_here;
        anonymous;
        anonymous_here(smallest);
        not_combined;
        not_combined_here;
        address;
        address_here;
        told;
        told_here;
        cookie_months;
        cookie_months_here(lifetime);
        data_months;
        data_months_here(weeks);
    }
}
