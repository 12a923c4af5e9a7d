//! Whether a cookie may leave the server: the rule that the gate applies to every `Set-Cookie`.

use super::decision::EffectiveConsent;
use crate::domain::cookies::{
    declaration::Declaration,
    inventory::Inventory,
    purpose::{Optional, Purpose},
};

/// Why a cookie was withheld.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockReason {
    /// The inventory does not know it.
    #[error("it is not declared")]
    Undeclared,
    /// No decision in force grants its purpose.
    #[error("no decision in force grants {}", .0.into_str())]
    NotGranted(Optional),
}

/// The declaration with which a cookie of this name may leave.
///
/// # Errors
/// [`BlockReason`] if it may not: it is undeclared, or optional and not granted by the decision in force.
pub fn may_leave<'i>(
    inventory: &'i Inventory,
    in_force: Option<&EffectiveConsent>,
    name: &str,
) -> Result<&'i Declaration, BlockReason> {
    let declaration = inventory.find(name).ok_or(BlockReason::Undeclared)?;
    match declaration.purpose {
        Purpose::Essential(_) => Ok(declaration),
        Purpose::Optional(purpose) => in_force
            .and_then(|in_force| in_force.grant(purpose))
            .map(|_| declaration)
            .ok_or(BlockReason::NotGranted(purpose)),
    }
}
