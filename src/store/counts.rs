//! Counts that wait in memory for the next transaction. Nobody waits for a count, so they need no
//! transaction of their own for each.

use std::collections::BTreeMap;

use super::{StoreError, Tx, engine::Engine};
use crate::domain::{
    analytics::{
        PageView,
        page_load::PageLoadCell,
        performance::{MeasuredView, PerformanceCell},
    },
    cookies::inventory::finding::CountedFinding,
};

/// The maximum number of different counts that wait. More are dropped, so that the transaction
/// that writes them delays nobody for long.
const MAX_WAITING: usize = 16_384;

/// How often each thing was counted since the last transaction.
#[derive(Debug, Default)]
pub(super) struct Counts {
    // In an order that all servers share: two transactions that lock rows in two orders end in a
    // deadlock.
    views: BTreeMap<PageView, i64>,
    performance: BTreeMap<PerformanceCell, i64>,
    loads: BTreeMap<PageLoadCell, i64>,
    findings: BTreeMap<CountedFinding, i64>,
}

impl Counts {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn is_full(&self) -> bool {
        self.len() >= MAX_WAITING
    }

    fn len(&self) -> usize {
        self.views.len() + self.performance.len() + self.loads.len() + self.findings.len()
    }

    pub fn add_page_view(&mut self, view: PageView) {
        *self.views.entry(view).or_default() += 1;
    }

    pub fn add_page_performance(&mut self, view: &MeasuredView) {
        for cell in view.cells() {
            *self.performance.entry(cell).or_default() += 1;
        }
        *self.loads.entry(PageLoadCell { day: view.day, load: view.load }).or_default() += 1;
    }

    pub fn add_finding(&mut self, finding: CountedFinding) {
        *self.findings.entry(finding).or_default() += 1;
    }

    /// Adds all to those of the database.
    pub fn write(&self, engine: &mut impl Engine) -> Result<(), StoreError> {
        for (view, views) in &self.views {
            Tx::new(engine.connection()?).add_page_views(view, *views)?;
        }
        for (cell, values) in &self.performance {
            Tx::new(engine.connection()?).add_page_performance(cell, *values)?;
        }
        for (cell, loads) in &self.loads {
            Tx::new(engine.connection()?).add_page_loads(*cell, *loads)?;
        }
        // Dropped ones last, in an order of their own: their rows come before those of other names.
        let mut dropped = BTreeMap::new();
        for (found, findings) in &self.findings {
            if !Tx::new(engine.connection()?).add_finding(found, *findings)? {
                *dropped.entry((found.day, found.service.as_str())).or_default() += findings;
            }
        }
        for ((day, service), findings) in dropped {
            Tx::new(engine.connection()?).add_dropped_findings(day, service, findings)?;
        }
        Ok(())
    }
}
