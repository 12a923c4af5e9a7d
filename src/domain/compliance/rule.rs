//! The rules: a closed list, each with whoever described it first.

use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};

/// One rule. Each is named by what breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A cookie was set that is not declared.
    Undeclared,
    /// A cookie lives longer or shorter than it is declared to.
    Lifetime,
    /// A cookie is declared with several purposes, or with none.
    OnePurpose,
    /// A cookie that is known to measure or to advertise is declared essential.
    Misclassified,
    /// An optional cookie was set before a choice.
    BeforeChoice,
    /// An optional cookie was set after a refusal.
    IgnoredRefusal,
    /// Scrolling or reading on was taken for a yes.
    ImplicitConsent,
    /// There are optional cookies, and nobody asked.
    NoNotice,
    /// The notice can be accepted but not refused.
    NoReject,
    /// The buttons for yes and for no differ in size or colour.
    UnequalButtons,
    /// The page cannot be read without an answer.
    ForcedAction,
    /// Putting the notice away was taken for a yes.
    AfterClose,
    /// Something optional is ticked before anybody ticked it.
    Preselected,
    /// A page leads to no withdrawal.
    NoWithdrawal,
    /// Withdrawing takes more steps than accepting.
    WithdrawalHarder,
    /// A cookie outlives its withdrawal.
    NotDeleted,
    /// The settings say something else than was chosen.
    Inconsistent,
    /// Something optional is kept beside cookies without a yes.
    Storage,
    /// Somebody else was asked for something without a yes.
    ThirdParties,
    /// Global Privacy Control was not taken for a no.
    Signal,
}

impl Rule {
    /// The study that described it, or nothing for a rule of this site's own.
    pub const fn source(self) -> Option<Source> {
        match self {
            Self::Undeclared
            | Self::Lifetime
            | Self::OnePurpose
            | Self::Misclassified
            | Self::BeforeChoice
            | Self::IgnoredRefusal
            | Self::ImplicitConsent => Some(Source::Bollinger2022),
            Self::NoNotice | Self::NoReject | Self::UnequalButtons | Self::ForcedAction | Self::AfterClose => {
                Some(Source::Bouhoula2024)
            }
            Self::Preselected => Some(Source::Matte2020),
            Self::NoWithdrawal | Self::WithdrawalHarder | Self::NotDeleted | Self::Inconsistent => {
                Some(Source::Kancherla2025)
            }
            Self::Storage | Self::ThirdParties | Self::Signal => None,
        }
    }
}

/// A study of how sites ask for consent and what they do with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Cookies against what is declared of them, and against the choice.
    Bollinger2022,
    /// What is stored before, beside and against the choice.
    Matte2020,
    /// Notices, and what they make of those who read them.
    Bouhoula2024,
    /// Withdrawals.
    Kancherla2025,
}

/// Where a study is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Who wrote it.
    pub authors: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Where and when it was published.
    pub published: &'static str,
    /// Its page.
    pub address: &'static str,
}

impl Source {
    /// Where it is found.
    pub const fn citation(self) -> Citation {
        match self {
            Self::Bollinger2022 => Citation {
                authors: "Bollinger, Kubíček, Cotrini, Basin",
                title: "Automating Cookie Consent and GDPR Violation Detection",
                published: "USENIX Security 2022",
                address: "https://www.usenix.org/conference/usenixsecurity22/presentation/bollinger",
            },
            Self::Matte2020 => Citation {
                authors: "Matte, Bielova, Santos",
                title: "Do Cookie Banners Respect my Choice?",
                published: "IEEE Symposium on Security and Privacy 2020",
                address: "https://doi.org/10.1109/SP40000.2020.00076",
            },
            Self::Bouhoula2024 => Citation {
                authors: "Bouhoula, Kubíček, Zac, Cotrini, Basin",
                title: "Automated Large-Scale Analysis of Cookie Notice Compliance",
                published: "USENIX Security 2024",
                address: "https://www.usenix.org/conference/usenixsecurity24/presentation/bouhoula",
            },
            Self::Kancherla2025 => Citation {
                authors: "Kancherla, Bielova, Santos, Bichhawat",
                title: "Johnny Can’t Revoke Consent Either: Measuring Compliance of Consent Revocation on the Web",
                published: "PoPETs 2025",
                address: "https://doi.org/10.56553/popets-2025-0133",
            },
        }
    }
}
