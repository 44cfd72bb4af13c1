//! What the ingress answers from. Other daemons write these; only [`OrderRequests`], [`TaxSlabs`] and
//! [`Categories`] are its own.

mod categories;
mod changes;
mod concerns;
mod counter;
mod coupons;
mod disputes;
mod findings;
mod grouped;
mod invoices;
mod ledger;
mod orders;
mod products;
mod references;
mod refunds;
mod requests;
mod returns;
mod reviews;
mod shown;
mod snapshot;
mod statuses;
mod stock;
mod stuck;
mod tax_slabs;

pub use categories::{Categories, Category, CategoryTree, Planting};
pub use changes::{ChangeAsked, ProductChanges};
pub use concerns::settled;
pub use counter::Counter;
pub use coupons::Coupons;
pub use disputes::{Disputes, Which as WhichDisputes};
pub use findings::{Findings, Place as FindingPlace, Resolution, Wanted as WantedFindings};
pub use invoices::{CreditNotes, Invoices};
pub use ledger::Ledger;
pub use orders::{OrderDocument, Orders};
pub use products::{Leads, ProductDocument, ProductFilter, Products, Taken};
pub use references::References;
pub use refunds::Refunds;
pub use requests::{Acceptance, OrderRequest, OrderRequests, request_id};
pub use returns::Returns;
pub use reviews::{ReviewPlace, Reviews};
pub use snapshot::Snapshot;
pub use statuses::{StatusCache, Statuses};
pub use stock::StockLevels;
pub use stuck::{Overdue, Stuck};
pub use tax_slabs::{HsnSlabs, TaxSlabs};
