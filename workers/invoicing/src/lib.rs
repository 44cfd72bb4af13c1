//! invoicing
