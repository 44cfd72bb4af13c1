//! What reconciliation made of what the gateways settled.

/// The settlements of a run, and what was reported about them before and after mistakes were planted.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// How many lines were compared before anything was planted.
    pub compared: usize,
    /// How many differences between payments were mended then: the books had moved apart, and agree now.
    pub healed: usize,
    /// What was reported then of settlements, and what stayed open otherwise.
    pub unprovoked: Vec<Discrepancy>,
    /// What was done to the gateways' settlements.
    pub planted: Vec<Discrepancy>,
    /// What was reported in the end, after comparing twice.
    pub reported: Vec<Discrepancy>,
}

/// One difference between a settlement and the books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discrepancy {
    /// What is wrong, as reconciliation calls it.
    pub kind: String,
    /// With what: the gateway and its name for the capture or the refund.
    pub subject: String,
    /// What should be there, in paise; what went back is negative.
    pub expected: Option<i64>,
    /// What is there.
    pub found: Option<i64>,
    /// Whether it is still so.
    pub open: bool,
}
