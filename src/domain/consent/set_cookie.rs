//! Whether the server may set a cookie: the rule that the gate applies to every `Set-Cookie`.

use super::decision::EffectiveConsent;
use crate::domain::cookies::{
    declaration::Declaration,
    inventory::Inventory,
    purpose::{Optional, Purpose},
};

/// Why the gate blocked a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockReason {
    /// The inventory has no declaration.
    #[error("it is not declared")]
    Undeclared,
    /// No valid decision grants its purpose.
    #[error("no decision in force grants {0}")]
    NotGranted(Optional),
}

/// The declaration that a `Set-Cookie` of this name must follow.
///
/// # Errors
/// [`BlockReason`] if the cookie is undeclared, or optional and not granted.
pub fn may_leave<'i>(
    inventory: &'i Inventory,
    effective: Option<&EffectiveConsent>,
    name: &str,
) -> Result<&'i Declaration, BlockReason> {
    let declaration = inventory.find(name).ok_or(BlockReason::Undeclared)?;
    match declaration.purpose {
        Purpose::Essential(_) => Ok(declaration),
        Purpose::Optional(purpose) => effective
            .and_then(|effective| effective.grant(purpose))
            .map(|_| declaration)
            .ok_or(BlockReason::NotGranted(purpose)),
    }
}
