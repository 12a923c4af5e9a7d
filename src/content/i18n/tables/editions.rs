//! Texts about editions and their comparison.

use std::fmt::Display;

use super::super::{keys::tables, template::Template};
use crate::content::{diagnostic::Diagnostics, i18n::plural::PluralMessage};

tables! {
    /// The editions of the policy.
    editions: EditionTexts {
        announced(version, day)[strong, time];
        read_or_compare[read, compare];
        compare_with(version);
        all;
        history;
        history_description;
        history_lead;
        compare_any;
        subscribe[link];
        hashes[link];
        feed;
        version(version);
        is_announced;
        is_in_force;
        is_replaced;
        in_force_from;
        replaced_on;
        published_on;
        hash(hash)[code];
        read_version(version);
        current;
        compare_title;
        compare_description;
        compare_lead;
        only_one;
        choose;
        from;
        to;
        choice(version, day);
        compare;
        changed(from, to);
        changed_description(from, to);
        dated(version, day)[link, time];
        same_text;
        same_sections;
        changed_sections{changed}(all);
        changed_inserts{changed}(all);
        no_list{cookies}(from, to);
        no_lists(from, to);
        same_cookies;
        changed_cookies;
        removed(text)[before, run, after];
        added(text)[before, run, after];
        legend[removed, added];
        text_title;
        text_introduction;
        section_new;
        section_gone(before);
        section_moved(before, now);
        section_only_moved(before, now);
        shown_practice;
        shown_cookies;
        shown_purposes;
        shown_controls;
        declared;
        declared_same;
        purpose(purpose);
        served(cookie, before, after);
        unchanged;
    }
}
