//! Records, receipts and what they state, the outcomes that metrics count, and when a time stamp is
//! due.

pub mod choice;
pub mod outcome;
pub mod receipt;
pub mod record;
pub mod statement;
pub mod time_stamping;
