//! Texts about partner services.

use std::fmt::Display;

use super::super::{keys::tables, template::Template};
use crate::content::diagnostic::Diagnostics;

tables! {
    /// The partner services.
    services: ServiceTexts {
        title;
        description;
        lead[link];
        none;
        links(version)[link];
        links_since(version, since)[link, first];
        incorporates(version)[link];
        incorporates_since(version, since)[link, first];
        will_link(version, day)[link];
        will_incorporate(version, day)[link];
        asks(origins);
        developers;
        developers_lead;
        key[link];
        applies;
        applies_to[link];
        not_kept;
        changed;
        failed;
    }

    /// The page that asks to save answers given at a partner service.
    connect: ConnectTexts {
        title;
        description;
        lead(service);
        save;
        back(service);
    }
}
