//! The rules of the compliance report, each with the study that describes it.

use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};

/// A rule, named for its violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The site sets an undeclared cookie.
    Undeclared,
    /// The lifetime of a cookie differs from its declaration.
    Lifetime,
    /// A cookie has several declared purposes, or none.
    OnePurpose,
    /// A known analytics or advertising cookie is declared essential.
    Misclassified,
    /// An optional cookie is set before an answer.
    BeforeChoice,
    /// An optional cookie is set after a refusal.
    IgnoredRefusal,
    /// The site takes scrolling or navigating for a yes.
    ImplicitConsent,
    /// There are optional cookies, but no notice.
    NoNotice,
    /// The notice offers to accept but not to refuse.
    NoReject,
    /// The buttons for yes and for no differ in size or colour.
    UnequalButtons,
    /// The page cannot be read without an answer.
    ForcedAction,
    /// The site takes closing the notice for a yes.
    AfterClose,
    /// An optional purpose is preselected.
    Preselected,
    /// A page has no link to withdrawal.
    NoWithdrawal,
    /// Withdrawing takes more steps than accepting.
    WithdrawalHarder,
    /// A cookie outlives its withdrawal.
    NotDeleted,
    /// The settings do not show the visitor's answers.
    Inconsistent,
    /// Other browser storage is used without a yes.
    Storage,
    /// The page sends requests to third parties without a yes.
    ThirdParties,
    /// A page sends a beacon without a yes.
    Beacon,
    /// A beacon contains the value of a cookie.
    IdentifyingBeacon,
    /// The site ignores Global Privacy Control.
    Signal,
}

/// When a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum RuleGroup {
    BeforeChoice,
    Choosing,
    AfterChoice,
    Declared,
}

impl Rule {
    /// When the rule applies.
    pub const fn group(self) -> RuleGroup {
        match self {
            Self::BeforeChoice
            | Self::ImplicitConsent
            | Self::NoNotice
            | Self::ForcedAction
            | Self::AfterClose
            | Self::Storage
            | Self::ThirdParties
            | Self::Beacon
            | Self::Signal => RuleGroup::BeforeChoice,
            Self::NoReject | Self::UnequalButtons | Self::Preselected => RuleGroup::Choosing,
            Self::IgnoredRefusal
            | Self::NoWithdrawal
            | Self::WithdrawalHarder
            | Self::NotDeleted
            | Self::Inconsistent
            | Self::IdentifyingBeacon => RuleGroup::AfterChoice,
            Self::Undeclared | Self::Lifetime | Self::OnePurpose | Self::Misclassified => RuleGroup::Declared,
        }
    }

    /// The study that describes the rule; `None` for Harmony's own rules.
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
            Self::Storage | Self::ThirdParties | Self::Beacon | Self::IdentifyingBeacon | Self::Signal => None,
        }
    }
}

/// A study of consent notices and their effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Compares cookies with declarations and answers.
    Bollinger2022,
    /// Examines storage before an answer and against it.
    Matte2020,
    /// Examines the design of notices.
    Bouhoula2024,
    Kancherla2025,
}

/// The citation of a study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Citation {
    pub authors: &'static str,
    pub title: &'static str,
    /// The venue and year.
    pub published: &'static str,
    pub address: &'static str,
}

impl Source {
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
