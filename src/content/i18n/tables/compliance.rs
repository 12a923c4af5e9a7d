//! Texts of the compliance report and its rules.

use std::fmt::Display;

use super::super::{keys::tables, template::Template};
use crate::content::{diagnostic::Diagnostics, i18n::plural::PluralMessage};

tables! {
    /// The compliance report.
    compliance: ComplianceTexts {
        title;
        description;
        lead;
        none;
        made(moment, version, browser)[link];
        other_edition(version)[strong];
        examined;
        kept;
        broken;
        not_tried;
        is_kept;
        is_broken;
        is_not_tried;
        rules;
        rule;
        result;
        details;
        before_choice;
        choosing;
        after_choice;
        declared;
        own_rule;
        tried(what);
        nothing_found;
        seen;
        expected;
        browsers{count};
        pages{count};
        cookies{count};
        declarations{count};
        controls{count};
        screens{count};
        requests{count};
        fresh;
        scrolled;
        browsed;
        closed;
        accepted;
        refused;
        withdrawn;
        signal;
        no_declarations;
        no_notice;
        no_accept;
        no_reject;
        no_withdrawal;
        no_settings;
        nothing_optional;
        limits;
        limits_lead;
        limit_browser;
        limit_server;
        limit_time;
        limit_reach;
        limit_self;
        limit_law;
        repeat;
        repeat_here[code];
        repeat_elsewhere[code];
    }

    /// The rules: the demand of each, and how it is checked.
    compliance_rules: RuleTexts {
        undeclared;
        undeclared_how;
        lifetime;
        lifetime_how;
        one_purpose;
        one_purpose_how;
        misclassified;
        misclassified_how;
        before_choice;
        before_choice_how;
        ignored_refusal;
        ignored_refusal_how;
        implicit_consent;
        implicit_consent_how;
        no_notice;
        no_notice_how;
        no_reject;
        no_reject_how;
        unequal_buttons;
        unequal_buttons_how;
        forced_action;
        forced_action_how;
        after_close;
        after_close_how;
        preselected;
        preselected_how;
        no_withdrawal;
        no_withdrawal_how;
        withdrawal_harder;
        withdrawal_harder_how;
        not_deleted;
        not_deleted_how;
        inconsistent;
        inconsistent_how;
        storage;
        storage_how;
        third_parties;
        third_parties_how;
        beacon;
        beacon_how;
        identifying_beacon;
        identifying_beacon_how;
        signal;
        signal_how;
    }
}
