//! Razorpay's settlement files: the report "Settlement Recon", one row for each thing that was settled.
//!
//! Its columns are those of <https://razorpay.com/docs/api/settlements/fetch-recon>, but amounts are in rupees with decimals.

use std::{collections::HashMap, io::Read};

use csv::{ReaderBuilder, StringRecord};
use schemas::{
    reconciliation::{Difference, FindingKind},
    types::GatewayName,
};

use super::books::{Line, LineKind, subject};

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {why}")]
pub struct Unreadable {
    /// The file's name.
    pub file: String,
    /// Its line, from 1.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

/// A file that is none of these.
#[derive(Debug, thiserror::Error)]
pub enum NoStatement {
    /// It cannot be read at all.
    #[error("{0}")]
    Unreadable(#[from] csv::Error),
    /// It lacks a column.
    #[error("no column {0:?}; give Razorpay's report \"Settlement Recon\" as CSV")]
    NoColumn(&'static str),
}

/// A settlement file, read row by row.
pub struct Statement<R> {
    file: String,
    rows: csv::Reader<R>,
    columns: Columns,
    /// How often each entity stood in each settlement so far: the same line twice in one file is two lines, but the same
    /// file twice, or two files that overlap, are the same lines.
    seen: HashMap<(String, String), u32>,
    breaks_off: bool,
}

/// Where what matters stands.
struct Columns {
    entity: usize,
    kind: usize,
    amount: usize,
    debit: usize,
    credit: usize,
    fee: usize,
    tax: usize,
    currency: usize,
    settlement: usize,
    order: Option<usize>,
    payment: Option<usize>,
    settled: Option<usize>,
    dispute: Option<usize>,
}

impl<R: Read> Statement<R> {
    /// Reads the head of a file; `file` is how its lines are named.
    ///
    /// # Errors
    /// [`NoStatement`] for a file that lacks a column.
    pub fn open(file: &str, content: R) -> Result<Self, NoStatement> {
        let mut rows = ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(content);
        let columns = Columns::of(rows.headers()?)?;
        Ok(Self { file: file.to_owned(), rows, columns, seen: HashMap::new(), breaks_off: false })
    }

    fn understand(&mut self, row: &StringRecord, number: u64) -> Result<Line, Unreadable> {
        let line = self.columns.read(row).map_err(|why| self.unreadable(number, why))?;
        let settlement = row.get(self.columns.settlement).unwrap_or_default().to_owned();
        let nth = self.seen.entry((settlement.clone(), line.entity.clone())).or_default();
        *nth += 1;
        let id = format!("razorpay/{settlement}/{}/{nth}", line.entity);
        Ok(Line { id, source: format!("{}, line {number}", self.file), ..line })
    }

    fn unreadable(&self, line: u64, why: String) -> Unreadable {
        Unreadable { file: self.file.clone(), line, why }
    }
}

impl<R: Read> Iterator for Statement<R> {
    type Item = Result<Line, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.breaks_off {
            return None;
        }
        let mut row = StringRecord::new();
        let line = self.rows.position().line();
        match self.rows.read_record(&mut row) {
            Ok(false) => None,
            Ok(true) => {
                let line = row.position().map_or(line, csv::Position::line);
                Some(self.understand(&row, line))
            }
            Err(error) => {
                self.breaks_off = error.is_io_error(); // the rest cannot be read either
                Some(Err(self.unreadable(line, error.to_string())))
            }
        }
    }
}

impl Unreadable {
    /// The finding that tells of it.
    #[must_use]
    pub fn difference(&self) -> Difference {
        let kind = FindingKind::SettlementUnreadable;
        Difference {
            kind,
            subject: subject(GatewayName::Razorpay, &format!("{}:{}", self.file, self.line)),
            gateway: GatewayName::Razorpay,
            order_id: None,
            gateway_ref: String::new(),
            payment_ref: String::new(),
            expected: None,
            found: None,
            action: kind.action(),
            detail: self.to_string(),
        }
    }
}

impl Columns {
    fn of(head: &StringRecord) -> Result<Self, NoStatement> {
        let place = |name: &str| head.iter().position(|column| column.eq_ignore_ascii_case(name));
        let needed = |name: &'static str| place(name).ok_or(NoStatement::NoColumn(name));
        Ok(Self {
            entity: needed("entity_id")?,
            // The dashboard's file and the API name the same column differently.
            kind: place("transaction_entity").map_or_else(|| needed("type"), Ok)?,
            amount: needed("amount")?,
            debit: needed("debit")?,
            credit: needed("credit")?,
            fee: place("fee (exclusive tax)").map_or_else(|| needed("fee"), Ok)?,
            tax: needed("tax")?,
            currency: needed("currency")?,
            settlement: needed("settlement_id")?,
            order: place("order_id"),
            payment: place("payment_id"),
            settled: place("settled"),
            dispute: place("dispute_id"),
        })
    }

    /// A row in our words; its id and source are the file's to say.
    fn read(&self, row: &StringRecord) -> Result<Line, String> {
        let text = |column: usize| row.get(column).unwrap_or_default();
        let optional = |column: Option<usize>| column.map(text).unwrap_or_default().to_owned();
        let money = |name: &str, column| paise(text(column)).map_err(|why| format!("{name} {:?} {why}", text(column)));
        let mut entity = text(self.entity).to_owned();
        if entity.is_empty() || text(self.settlement).is_empty() {
            return Err("entity_id or settlement_id is empty".to_owned());
        }
        let amount = money("amount", self.amount)?;
        let net_minor = minus(money("credit", self.credit)?, money("debit", self.debit)?)?;
        let fee = money("fee", self.fee)?;
        let kind = self.kind_of(row)?;
        if kind == LineKind::Dispute {
            entity = optional(self.dispute);
        }
        let flows_out = kind == LineKind::Refund || (kind == LineKind::Dispute && net_minor < 0);
        let gross_minor = if flows_out { -amount } else { amount };
        let payment_ref =
            if text(self.kind).eq_ignore_ascii_case("payment") { entity.clone() } else { optional(self.payment) };
        let tax = money("tax", self.tax)?;
        let fee_minor = fee_with_tax(gross_minor, fee, tax, net_minor);
        Ok(Line {
            id: String::new(),
            gateway: GatewayName::Razorpay,
            kind,
            entity,
            gateway_ref: optional(self.order),
            payment_ref,
            gross_minor,
            fee_minor,
            tax_minor: tax.clamp(fee_minor.min(0), fee_minor.max(0)),
            net_minor,
            currency: text(self.currency).to_uppercase(),
            source: String::new(),
            told: false,
        })
    }

    fn kind_of(&self, row: &StringRecord) -> Result<LineKind, String> {
        let settled = self.settled.and_then(|column| row.get(column)).unwrap_or("true");
        if settled.eq_ignore_ascii_case("false") || settled == "0" {
            return Ok(LineKind::Other);
        }
        match row.get(self.kind).unwrap_or_default().to_ascii_lowercase().as_str() {
            "payment" => Ok(LineKind::Capture),
            "refund" => Ok(LineKind::Refund),
            "adjustment" if !self.dispute.and_then(|column| row.get(column)).unwrap_or_default().is_empty() => {
                Ok(LineKind::Dispute)
            }
            "" => Err("type is empty".to_owned()),
            _ => Ok(LineKind::Other),
        }
    }
}

/// Some reports state the fee with its tax, some without: the one that fits, else as documented with it.
fn fee_with_tax(gross: i64, fee: i64, tax: i64, net: i64) -> i64 {
    let with = fee.saturating_add(tax);
    if gross.saturating_sub(with) == net { with } else { fee }
}

fn minus(a: i64, b: i64) -> Result<i64, String> {
    a.checked_sub(b).ok_or_else(|| "credit less debit is too large".to_owned())
}

/// Decimal rupees as paise, exactly: never through a floating-point number.
fn paise(text: &str) -> Result<i64, &'static str> {
    if text.is_empty() {
        return Ok(0);
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let kept = fraction.trim_end_matches('0');
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return Err("is no amount in rupees");
    }
    if kept.len() > 2 {
        return Err("has parts of a paisa");
    }
    let too_large = "is too large";
    let minor: i64 = format!("{whole}{kept:0<2}").parse().map_err(|_| too_large)?;
    Ok(if negative { -minor } else { minor })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::reconciliation::decimal;

    use super::*;

    const HEAD: &str = "entity_id,type,debit,credit,amount,currency,fee,tax,on_hold,settled,created_at,settled_at,\
                        settlement_id,description,payment_id,settlement_utr,order_id,order_receipt,method";

    fn rows(body: &str) -> Vec<Result<Line, Unreadable>> {
        Statement::open("may.csv", format!("{HEAD}\n{body}").as_bytes()).unwrap().collect()
    }

    #[test]
    fn captures_and_refunds_are_read_to_the_paisa() {
        let body = "pay_1,payment,0,971.00,1000.00,INR,29,4.42,0,1,x,y,setl_1,,,utr,order_1,,card\n\
                    rfnd_1,refund,2425.5,0,2425.50,INR,0,0,0,1,x,y,setl_1,,pay_2,utr,order_2,,card\n\
                    adj_1,adjustment,10,0,10,INR,0,0,0,1,x,y,setl_1,,,utr,,,\n";
        let lines: Vec<Line> = rows(body).into_iter().map(Result::unwrap).collect();
        let brief: Vec<_> =
            lines.iter().map(|line| (line.kind, line.gross_minor, line.fee_minor, line.net_minor)).collect();
        assert_eq!(
            brief,
            [
                (LineKind::Capture, 100_000, 2_900, 97_100),
                (LineKind::Refund, -242_550, 0, -242_550),
                (LineKind::Other, 1_000, 0, -1_000)
            ]
        );
        assert_eq!((lines[0].gateway_ref.as_str(), lines[0].payment_ref.as_str()), ("order_1", "pay_1"));
        assert_eq!((lines[1].gateway_ref.as_str(), lines[1].payment_ref.as_str()), ("order_2", "pay_2"));
        assert_eq!((lines[1].id.as_str(), lines[1].source.as_str()), ("razorpay/setl_1/rfnd_1/1", "may.csv, line 3"));
    }

    #[test]
    fn money_moved_for_a_dispute_is_read_with_its_direction() {
        let head = format!("{HEAD},dispute_id");
        let body = "adj_1,adjustment,10.00,0,10.00,INR,0,0,0,1,x,y,setl_1,,pay_1,utr,order_1,,,disp_1\n\
                    adj_2,adjustment,0,10.00,10.00,INR,0,0,0,1,x,y,setl_1,,pay_1,utr,order_1,,,disp_1\n";
        let file = format!("{head}\n{body}");
        let lines: Vec<Line> = Statement::open("may.csv", file.as_bytes()).unwrap().map(Result::unwrap).collect();
        let brief: Vec<_> = lines.iter().map(|line| (line.kind, line.entity.as_str(), line.gross_minor)).collect();
        assert_eq!(brief, [(LineKind::Dispute, "disp_1", -1_000), (LineKind::Dispute, "disp_1", 1_000)]);
        assert_ne!(lines[0].id, lines[1].id);
    }

    #[test]
    fn a_fee_without_its_tax_is_understood_as_well() {
        let body = "pay_1,payment,0,971.00,1000.00,INR,24.58,4.42,0,1,x,y,setl_1,,,utr,order_1,,card\n";
        let line = rows(body)[0].clone().unwrap();
        assert_eq!((line.fee_minor, line.tax_minor), (2_900, 442));
    }

    #[test]
    fn the_same_line_twice_in_a_file_is_two_lines_and_the_same_file_twice_is_not() {
        let body = "pay_1,payment,0,98,100,INR,2,0,0,1,x,y,setl_1,,,u,order_1,,card\n".repeat(2);
        let ids = |rows: Vec<Result<Line, Unreadable>>| rows.into_iter().map(|row| row.unwrap().id).collect::<Vec<_>>();
        assert_eq!(ids(rows(&body)), ["razorpay/setl_1/pay_1/1", "razorpay/setl_1/pay_1/2"]);
        assert_eq!(ids(rows(&body)), ids(rows(&body)));
    }

    #[test]
    fn a_row_that_cannot_be_read_names_its_line_and_the_next_is_read() {
        let body = "pay_1,payment,0,98,1e2,INR,2,0,0,1,x,y,setl_1,,,u,order_1,,card\n\
                    pay_2,payment\n\
                    pay_3,payment,0,98,100.005,INR,2,0,0,1,x,y,setl_1,,,u,order_1,,card\n\
                    pay_4,payment,0,98,100,INR,2,0,0,1,x,y,setl_1,,,u,order_1,,card\n";
        let read: Vec<String> = rows(body)
            .into_iter()
            .map(|row| row.map_or_else(|unreadable| unreadable.to_string(), |line| line.entity))
            .collect();
        assert_eq!(
            read,
            [
                "may.csv, line 2: amount \"1e2\" is no amount in rupees",
                "may.csv, line 3: entity_id or settlement_id is empty",
                "may.csv, line 4: amount \"100.005\" has parts of a paisa",
                "pay_4"
            ]
        );
        assert_eq!(rows(body)[0].as_ref().unwrap_err().difference().subject, "razorpay/may.csv:2");
    }

    #[test]
    fn a_file_of_another_kind_is_refused_by_its_columns() {
        let refused = Statement::open("x.csv", "date,amount\n1,2\n".as_bytes()).err().unwrap().to_string();
        assert!(refused.starts_with("no column \"entity_id\""), "{refused}");
    }

    proptest! {
        #[test]
        fn rupees_are_read_as_they_are_written(minor in any::<i64>()) {
            prop_assume!(minor != i64::MIN);
            prop_assert_eq!(paise(&decimal(minor)), Ok(minor));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".*", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = paise(&text);
            let file = [HEAD.as_bytes(), b"\n", &bytes].concat();
            if let Ok(statement) = Statement::open("x.csv", file.as_slice()) {
                prop_assert!(statement.take(1_000).count() <= 300);
            }
        }
    }
}
