//! How a tool shows what a projection says otherwise than the record: a table for people, line by line as it is found, so
//! that it takes no memory whatever there is to show.

use std::fmt::Display;

/// The table. Prints the first differences and counts the rest.
#[derive(Debug)]
pub struct Diff {
    what: &'static str,
    most: usize,
    looked_at: u64,
    shown: usize,
    differ: u64,
}

impl Diff {
    /// A table of things that are called so, in the plural; no more than `most` lines of it are printed.
    #[must_use]
    pub fn new(what: &'static str, most: usize) -> Self {
        Self { what, most, looked_at: 0, shown: 0, differ: 0 }
    }

    /// So many more were looked at.
    pub fn looked_at(&mut self, count: usize) {
        self.looked_at += count as u64;
    }

    /// One of them differs, in these fields: each with what the record says and what the projection says.
    pub fn differs<R: Display, P: Display>(&mut self, id: &str, fields: &[(&str, R, P)]) {
        self.differ += 1;
        for (field, record, projection) in fields {
            if self.shown == 0 {
                print(&line("id", "", "the record", "the projection"));
            }
            self.shown += 1;
            if self.shown <= self.most {
                print(&line(id, field, &record.to_string(), &projection.to_string()));
            }
        }
    }

    /// How many were looked at.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.looked_at
    }

    /// How many differ.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.differ
    }

    /// Prints the totals.
    pub fn end(&self) {
        if self.shown > self.most {
            print(&format!("... and {} lines more (--show)", self.shown - self.most));
        }
        print(&format!("{} {} looked at, {} differ", self.looked_at, self.what, self.differ));
    }
}

fn line(id: &str, field: &str, record: &str, projection: &str) -> String {
    format!("{id:<38} {field:<12} {record:<28} {projection}").trim_end().to_owned()
}

#[allow(clippy::print_stdout, reason = "for the tool's user")]
fn print(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_some_are_shown() {
        let mut diff = Diff::new("parts", 1);
        diff.looked_at(3);
        diff.differs("a", &[("available", 1, 2), ("sold", 3, 4)]);
        diff.differs("b", &[("available", 1, 2)]);
        diff.end();
        assert_eq!((diff.count(), diff.shown), (2, 3));
        assert_eq!(line("a", "sold", "3", "4").split_whitespace().collect::<Vec<_>>(), ["a", "sold", "3", "4"]);
    }
}
