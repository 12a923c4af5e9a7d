//! Texts of account pages and forms.

use std::fmt::Display;

use super::super::{keys::tables, template::Template};
use crate::content::{diagnostic::Diagnostics, i18n::plural::PluralMessage};

tables! {
    /// The account page.
    account: AccountTexts {
        title;
        description;
        lead(email, day)[strong];
        disabled;
        choices;
        sign_out;
        unavailable;
        copied;
        copied_when(moment)[time, link];
        copied_when_no_password(moment)[time, link];
        sessions;
        sessions_lead;
        this_browser;
        session_since(moment)[time];
        last_used(moment)[time];
        last_used_ago(ago)[time];
        session_bound;
        session_kept;
        session_until_closed;
        name_browser(moment)[unseen];
        rename(name)[unseen];
        browser_name;
        browser_name_hint;
        save_name;
        end(name, moment)[unseen];
        end_others;
        look[link];
        pages;
        security;
        security_description;
        attention;
        attention_lead[link];
        attention_lead_no_password[link];
        attention_ends(duration);
        sign_in;
        activity;
        activity_lead{days};
        data;
        data_description;
        export;
        export_what;
        history;
        history_what;
        password;
        password_what;
        remove_password_what;
        keep_password;
        keep_password_no_mail;
        no_passwords;
        passkeys;
        passkeys_lead;
        passkey_name;
        passkey_name_hint;
        passkey_unnamed;
        passkey_created(moment)[time];
        passkey_used(moment)[time];
        passkey_unused;
        add_passkey;
        remove_passkey(name, moment)[unseen];
        last_passkey;
        identities;
        identities_lead;
        identity_linked(moment)[time];
        link_identity(name);
        unlink_identity(name, moment)[unseen];
        last_identity;
        email;
        email_confirmed(day);
        email_unconfirmed;
        email_no_mail;
        confirm_email;
        delete;
        delete_what;
    }

    /// The audit log and its devices.
    activity: ActivityTexts {
        on_phone;
        on_tablet;
        on_computer;
        on_computer_or_tablet;
        on_device;
        on_this;
        on_named(name);
        signed_up(on);
        signed_in(on);
        signed_in_from_new(on);
        failed{times}(on);
        signed_out(on);
        ended(on);
        others_ended(on);
        replayed(on);
        password_changed(on);
        password_removed(on);
        link_made;
        link_used(on);
        reset_requested(on);
        passkey_added(on);
        passkey_removed(on);
        passkey_cloned(on);
        identity_linked(on);
        identity_unlinked(on);
        provider_signed_out;
        email_confirmed(on);
        mail_given_up;
        all_ended;
        disabled;
        enabled;
    }

    /// The account forms.
    forms: FormTexts {
        wrong_title(title);
        problems;
        email;
        password;
        new_password;
        password_hint{longest}(shortest);
        remember;
        remember_hint(cookie, lifetime)[code];
        sign_in;
        sign_in_description;
        sign_in_lead;
        was_signed_out;
        was_signed_out_why;
        no_account[link];
        forgotten;
        forgotten_link[link];
        no_passwords;
        ask_for_reset;
        ask_for_reset_description;
        ask_for_reset_lead(length);
        ask_for_reset_button;
        confirm;
        confirm_description;
        confirm_sign_up_lead;
        confirm_email_lead;
        confirm_button;
        sign_out_browser;
        sign_out_browser_lead;
        sign_out_browser_button;
        sign_up_mail;
        sign_up;
        sign_up_description;
        sign_up_lead;
        sign_up_button;
        sign_up_keeps;
        has_account[link];
        choose;
        choose_description;
        choose_for(email);
        choose_lead;
        choose_button;
        change;
        change_description;
        change_lead;
        change_current;
        change_button;
        set_password;
        set_password_description;
        remove_password;
        remove_password_description;
        remove_password_lead;
        remove_password_button;
        remove_passkey;
        remove_passkey_description;
        remove_passkey_lead;
        remove_passkey_none;
        remove_passkey_which;
        remove_passkey_option(name, moment);
        remove_passkey_button;
        confirmed;
        sign_in_again;
        sign_in_again_why;
        add_passkey;
        add_passkey_description;
        add_passkey_lead;
        add_passkey_button;
        passkey_button;
        sign_in_with(name);
        passkey_again;
        passkey_needs_script;
        passkey_failed;
        passkey_exists;
        passkey_unsupported;
        delete;
        delete_description;
        delete_lead;
        delete_sessions;
        delete_data;
        delete_records[link];
        delete_browsers;
        delete_export[link];
        delete_confirm;
        delete_button;
        back;
    }

    /// Subscriptions to messages about new versions.
    subscriptions: SubscriptionTexts {
        title;
        description;
        lead;
        keeps(length);
        button;
        off;
        confirm_lead;
        end;
        end_description;
        end_lead;
        end_button;
        ended;
    }

    /// Messages to users and subscribers.
    mail: MailTexts {
        confirm_subject;
        confirm_text(email, length);
        confirm_link;
        exists_subject;
        exists_text(email);
        exists_link;
        reset_subject;
        reset_text(length);
        reset_link;
        browser_subject;
        browser_text(on, moment, length);
        browser_link;
        changed_subject;
        changed_text(moment);
        changed_link;
        removed_subject;
        removed_text(moment);
        methods_subject;
        methods_text(moment, what);
        methods_link;
        deleted_subject;
        deleted_text(moment);
        deleted_link;
        subscribe_subject;
        subscribe_text(email, length);
        subscribe_link;
        policy_subject(version, day);
        policy_text(version, day);
        policy_stop;
        footer;
    }

    /// Errors of account forms.
    problems: ProblemTexts {
        no_email;
        email_taken;
        no_password;
        not_recognised;
        wrong_password;
        short{shortest};
        long{longest};
        common;
        no_passkey;
        passkey_expired;
        passkey_rejected;
        too_many_passkeys{most};
        choose_passkey;
        last_method;
        sign_in_again;
    }
}
