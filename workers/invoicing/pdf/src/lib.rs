//! invoice-pdf
