//! The ledger: records, receipts, and the kinds of decision that metrics count.

pub mod outcome;
pub mod receipt;
pub mod record;
pub mod time_stamping;
