//! Every table and key of the i18n files; submodules have those of accounts, records and more.

mod account;
mod compliance;
mod editions;
mod records;
mod services;

use std::{fmt::Display, sync::Arc};

use toml::de::DeTable;

use super::{
    keys::{File, strings, tables},
    template::Template,
};
use crate::{
    content::{diagnostic::Diagnostics, i18n::plural::PluralMessage},
    domain::i18n::locale::Locale,
};

impl Messages {
    /// Parses a file, then the one with what it lacks; with diagnostics in the report.
    pub(super) fn from_toml(
        [root, shipped]: [&DeTable<'_>; 2],
        (locale, publisher): (Locale, &str),
        report: &mut Diagnostics,
    ) -> Self {
        let file = File { locale, publisher, root, shipped };
        file.reject_unknown(Self::TABLES, report);
        Self::parse(&file, report)
    }

    pub fn locale(&self) -> Locale {
        self.locale
    }
}

strings! {
    account::{account: AccountTexts, activity: ActivityTexts, forms: FormTexts, subscriptions: SubscriptionTexts, mail: MailTexts, problems: ProblemTexts}
    records::{record: RecordTexts, history: HistoryTexts, verify: VerifyTexts, statistics: StatisticsTexts, measurement: MeasurementTexts}
    editions::{editions: EditionTexts}
    services::{services: ServiceTexts, connect: ConnectTexts}
    compliance::{compliance: ComplianceTexts, compliance_rules: RuleTexts}

    /// The frame of every page.
    frame: Frame {
        tab(title);
        told(said, title);
        skip;
        navigation;
        policy;
        statistics;
        preferences;
        menu_preferences[long];
        menu_policy[long];
        account;
        sign_in;
        services;
        verify;
        transparency;
        json;
        withdraw;
        promise;
        cookies;
        proof;
        contact;
        privacy;
        home(publisher);
    }

    /// The names of purposes within a sentence.
    purposes: Purposes {
        authentication;
        security;
        consent;
        authentication_title;
        security_title;
        consent_title;
    }

    /// Common words of sentences.
    words: Words {
        comma(before, next);
        and(before, last);
        unnamed_cookie;
        session;
        phone;
        tablet;
        computer;
        computer_or_tablet;
        other_device;
        phones;
        tablets;
        computers;
        computers_or_tablets;
        other_devices;
        open_again(purposes);
    }

    /// The banner.
    banner: BannerTexts {
        title;
        explains(questions);
        several{count};
        explains_alone(description);
        accept_all;
        reject_all;
        accept_one(purpose);
        reject_one(purpose);
        choose;
    }

    /// Answers, and reasons for re-consent.
    questions: Questions {
        yes;
        no;
        over(length);
        changed;
        is_new;
        added(cookie, lifetime, description);
        removed(cookie);
        renamed(before, after);
        lifetime(cookie, before, after);
        set_by(cookie, before, after);
        attributes(cookie, before, after);
        allowed;
        rejected;
    }

    /// The start page.
    home: HomeTexts {
        title;
        description;
        heading;
        lead;
        signed_in(email)[strong];
        in_browser;
        no_cookie;
        ours(count);
        elsewhere(count);
        ours_alone(ours);
        elsewhere_alone(others);
        both(ours, others);
        sets(cookies);
        your_choice;
        preferences;
        policy;
    }

    /// What the visitor chose, in a sentence.
    choice: ChoiceTexts {
        none;
        expired;
        overridden;
        allowed(purposes, day);
        allowed_and(before, purposes, day);
        sentence(clause);
        rejected(purposes);
        rejected_all(day);
        of_account;
        off(purposes);
        asks_again(day);
        asks_again_for(purposes, day);
        asks_again_and(before, purposes, day);
    }

    /// Texts about privacy signals.
    signal: SignalTexts {
        sends(signal)[strong];
        refuses;
        agrees;
        yields;
        aside(purposes);
        home_refuses(signal);
        home_refuses_aside(signal, purposes);
        home_agrees(chosen, signal);
        home_yields(chosen, signal);
        home_yields_aside(chosen, signal, purposes);
    }

    /// The preferences page.
    preferences: PreferencesTexts {
        title;
        description;
        chosen_with_banner(day, version)[time, link];
        chosen_here(day, version)[time, link];
        chosen_at_foot(day, version)[time, link];
        chosen_at_service(day, version)[time, link];
        chosen_elsewhere(day, version)[time, link];
        history;
        receipt;
        choices;
        save;
        follows_member;
        follows_guest;
        follows;
        unsaved;
        unreachable;
        unreadable;
        not_done;
        saving;
        cookies;
        none_carried;
        none_but_new;
        carried;
        more_stored{count};
        cookie_of_page;
        forgets_choice;
        forgets_here;
        set_again;
        signs_out;
        unknown;
        delete_cookie(cookie)[unseen];
        turn_off(cookie)[unseen];
        delete_all;
        about;
        essential;
        essential_lead;
        allow_all;
        reject_all;
        declared;
        in_browser;
        foreign;
        foreign_title;
        foreign_lead;
        usually_analytics(vendor);
        usually_advertising(vendor);
        usually_session(vendor);
    }

    /// The page that asks whether to delete every cookie.
    delete_all: DeleteAllTexts {
        title;
        description;
        lead;
        none;
        list;
        records[link];
        signs_out;
        button;
        cancel;
    }

    /// The form for the appearance.
    appearance: AppearanceTexts {
        title;
        theme;
        theme_system;
        theme_light;
        theme_dark;
        size;
        size_normal;
        size_large;
        size_larger;
        remember;
        needs_signal;
        needs_choice;
        needs_cookie;
        save;
    }

    /// Tables of cookies.
    cookies: CookieTexts {
        cookie;
        lifetime;
        used_for;
        delete;
        always_on;
        optional;
        more;
        count{count};
        kept(cookies, length);
        all(facts);
        facts(whom, attributes);
        in_browser;
        held;
        not_held;
        local_storage;
        session_storage;
        indexed_db;
        until_tab_closed;
        until_deleted;
        set_by(whom);
        third_party;
        entry(name, service);
        stored_entry(name, kind, service);
        declared_by(service, purpose, length);
        ours{count};
        services{count};
        theirs(count, services);
        of_services;
        of_services_lead;
        of_service(service);
    }

    /// The frame of an edition of the policy.
    policy: PolicyTexts {
        description;
        titled(title, version);
        in_force(version, day)[time];
        dated(version, day)[time];
        foot(title, version, day, page, pages);
        coming;
        past;
        read_current;
        contents;
        link_to_section(number);
        changes;
        editions;
        edition(version, day)[link];
        practice_title;
        practice(cookie)[code];
        table_title;
        table;
        table_caption;
        table_of_edition;
        table_of_edition_caption;
        purposes_title;
        purposes;
        off_until_yes;
        no_cookie;
        controls_title;
        controls[link];
        controls_signal;
        controls_time(length);
        browsers;
        safari_mobile;
        in_short;
        essential;
        optional;
        longest;
        all_set_by;
        listed;
        manage;
        further_changes(count);
    }

    /// Flash messages.
    notices: NoticeTexts {
        accepted;
        rejected;
        answered;
        question_changed;
        answered_elsewhere;
        saved;
        withdrawn(purposes);
        appearance_saved;
        appearance_not_saved;
        deleted;
        deleted_and_set;
        choice_forgotten;
        choice_of_account;
        not_deleted;
        all_deleted;
        signed_up;
        signed_in;
        overruled(purposes);
        signed_out;
        keeps_choice;
        session_ended;
        others_ended;
        name_saved;
        password_changed;
        password_removed;
        account_deleted;
        sign_up_mail_sent;
        reset_mail_sent;
        confirmation_sent;
        email_confirmed;
        browser_signed_out;
        passkey_added;
        passkey_removed;
        provider_failed;
        provider_declined;
        sign_in_expired;
        address_taken;
        identity_taken;
        sign_in_again;
        identity_linked;
        identity_unlinked;
        last_way_in;
        subscription_mail_sent;
        mail_missing;
        subscribed;
        unsubscribed;
        change;
        gone(cookies);
        still_there(cookies);
        still_sent(cookies);
        still_sent_more{count}(cookies);
        set_with_page(cookies);
        session_over[link];
        receipt[link];
        blocked;
        blocked_why;
        blocked_sign_in;
        blocked_sign_up;
        blocked_sign_in_why;
        nothing_chosen;
    }

    /// Error pages: a title and a sentence each.
    refusals: RefusalTexts {
        form_title;
        form;
        cookie_name_title;
        cookie_name;
        malformed_title;
        malformed;
        foreign_title;
        foreign;
        no_origin_title;
        no_origin;
        misdirected_title;
        misdirected;
        signed_out_title;
        signed_out;
        too_many_attempts_title;
        too_many_attempts;
        busy_title;
        busy;
        overloaded_title;
        overloaded;
        unavailable_title;
        unavailable;
        key_not_shown;
        link_over_title;
        link_over;
        one_time_link_over;
        not_found_title;
        not_found;
        no_comparison_title;
        no_comparison;
        method_title;
        method;
        timeout_title;
        timeout;
        too_large_title;
        too_large;
        address_too_long_title;
        address_too_long;
        not_a_form;
        headers_too_large_title;
        headers_too_large;
        inner_title;
        inner;
        again_in_seconds{seconds};
        again_in_minutes{minutes};
        reference(reference)[code];
        status(status);
        to_previous;
        to_account;
        to_sign_in;
        to_preferences;
        to_start;
        to_policy;
    }

    /// Language notes, and formats of dates and durations.
    languages: Tongue {
        own_name;
        switch;
        translation[link];
        of_older_text[link];
        untranslated;
        moment(day, time);
        days{number};
        hours{number};
        minutes{number};
        seconds{number};
        just_now;
        minutes_ago{number};
        hours_ago{number};
    }
}
