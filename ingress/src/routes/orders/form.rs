//! The body of `POST /orders`, and what is left of it once it is checked.

use std::collections::HashSet;

use schemas::{attempts::PaymentChoice, coupons::CouponCode, gstin::state_code, ids::ProductId, types::Address};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{
    cart::{MOST_ITEMS, MOST_UNITS},
    problem::FieldError,
    validate::{self, Faults},
    views::PaymentChoiceDoc,
};

/// What the client wants. No price, total, status or owner: those are the shop's to say, and naming one is an error.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderForm {
    /// 1 to 50, each product once; or else give `cart_version`.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<ItemForm>,
    /// What is in the cart, as of the version that the customer saw. The order spends it.
    #[serde(default)]
    #[schema(minimum = 1)]
    cart_version: Option<i64>,
    /// What the customer expects to pay, in paise: an order that comes to something else is refused. An order of the cart must
    /// have it.
    #[serde(default)]
    #[schema(minimum = 1)]
    expected_total_minor: Option<i64>,
    /// Where it goes.
    address: AddressForm,
    /// How the customer pays.
    #[schema(value_type = PaymentChoiceDoc)]
    payment_method: PaymentChoice,
    /// The buyer's GSTIN, for an invoice by which a registered buyer claims input tax credit; of the address' state.
    #[serde(default)]
    buyer_gstin: Option<String>,
    /// The code of a coupon, in whatever case.
    #[serde(default)]
    coupon: Option<String>,
}

/// One position.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemForm {
    /// The product.
    #[schema(value_type = String, format = Uuid)]
    product_id: ProductId,
    /// 1 to 1000.
    #[schema(minimum = 1, maximum = 1000)]
    quantity: i64,
}

/// Where the parcel goes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressForm {
    /// Who receives it.
    name: String,
    /// `+91` and ten digits.
    phone: String,
    /// House and street.
    line1: String,
    /// Area or landmark.
    #[serde(default)]
    line2: Option<String>,
    /// Town or city.
    city: String,
    /// The two-digit GST state code, for example `27`.
    state_code: String,
    /// Six digits.
    pincode: String,
}

/// A checked order: positions of distinct products in reasonable numbers, and an address in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// Product and units, as the client ordered them.
    pub items: Vec<(ProductId, u32)>,
    /// Where it goes.
    pub address: Address,
    /// How it is paid.
    pub payment_method: PaymentChoice,
    /// The buyer's GSTIN; empty for a buyer who is not registered. (Then it is no part of the digest, which so stays what
    /// it was before there were registered buyers.)
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buyer_gstin: String,
    /// The coupon to use. (No part of the digest where there is none, as above.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponCode>,
    /// The version of the customer's cart that has the positions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_version: Option<i64>,
    /// What the order must come to, in paise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_total_minor: Option<i64>,
}

impl OrderForm {
    /// Checks everything at once.
    ///
    /// # Errors
    /// All faults.
    pub fn parse(self) -> Result<Wish, Vec<FieldError>> {
        let mut faults = Faults::default();
        let items = self.parse_basket(&mut faults);
        let address = self.address.parse("address.", &mut faults);
        let buyer_gstin = parse_gstin(self.buyer_gstin.as_deref().unwrap_or_default(), &address, &mut faults);
        let coupon = parse_coupon(self.coupon.as_deref().unwrap_or_default(), &mut faults);
        let Self { payment_method, cart_version, expected_total_minor, .. } = self;
        faults.none_in(Wish { items, address, payment_method, buyer_gstin, coupon, cart_version, expected_total_minor })
    }

    /// Checks an order, which must say what it comes to if it is one of the cart.
    ///
    /// # Errors
    /// All faults.
    pub fn parse_order(self) -> Result<Wish, Vec<FieldError>> {
        let wish = self.parse()?;
        if wish.cart_version.is_some() && wish.expected_total_minor.is_none() {
            let expected = "must be given with cart_version: what the quote came to";
            return Err(vec![FieldError::new("expected_total_minor", expected)]);
        }
        Ok(wish)
    }

    fn parse_basket(&self, faults: &mut Faults) -> Vec<(ProductId, u32)> {
        match self.cart_version {
            None => parse_items(&self.items, faults),
            Some(_) if self.items.is_empty() => Vec::new(),
            Some(_) => {
                faults.add("cart_version", "give either items or cart_version");
                Vec::new()
            }
        }
    }
}

impl Wish {
    /// A digest of what is asked for: the same for two bodies that mean the same, however they are written.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }
}

fn parse_items(items: &[ItemForm], faults: &mut Faults) -> Vec<(ProductId, u32)> {
    if items.is_empty() || items.len() > MOST_ITEMS {
        faults.add("items", format!("must have 1 to {MOST_ITEMS} items"));
        return Vec::new();
    }
    let mut known = HashSet::new();
    let mut parsed = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if !known.insert(item.product_id) {
            faults.add(format!("items[{index}].product_id"), "is the product of an earlier item; add the quantities");
        }
        let quantity = faults.check(format!("items[{index}].quantity"), units(item.quantity));
        parsed.push((item.product_id, quantity));
    }
    parsed
}

/// So many of one product.
///
/// # Errors
/// What is expected.
pub fn units(quantity: i64) -> Result<u32, String> {
    let fits = |units: &u32| (1..=MOST_UNITS).contains(units);
    u32::try_from(quantity).ok().filter(fits).ok_or_else(|| format!("must be 1 to {MOST_UNITS}"))
}

impl AddressForm {
    /// The address in its one spelling; what is wrong with it is noted, each field under its name behind `within`.
    pub fn parse(&self, within: &str, faults: &mut Faults) -> Address {
        let mut check = |field: &str, outcome| faults.check(format!("{within}{field}"), outcome);
        Address {
            name: check("name", validate::line(&self.name, 1, 100)),
            phone: check("phone", validate::phone(&self.phone)),
            line1: check("line1", validate::line(&self.line1, 1, 200)),
            line2: check("line2", validate::line(self.line2.as_deref().unwrap_or_default(), 0, 200)),
            city: check("city", validate::line(&self.city, 1, 100)),
            state_code: check("state_code", validate::state_code(&self.state_code)),
            pincode: check("pincode", validate::pincode(&self.pincode)),
        }
    }
}

/// The place of supply of goods that move is where their movement ends (IGST Act, section 10(1)(a)): the address. Goods
/// that are billed to a registration in one state and delivered in another would be supplied where the registration is
/// (section 10(1)(b)) and taxed by its state. The shop does not sell so: who is registered elsewhere is told here, before
/// the wrong tax is on an invoice that gives no credit.
pub fn parse_gstin(text: &str, address: &Address, faults: &mut Faults) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let parsed = faults.check("buyer_gstin", validate::gstin(text));
    let elsewhere = !parsed.is_empty() && !address.state_code.is_empty() && state_code(&parsed) != address.state_code;
    if elsewhere {
        faults.add("buyer_gstin", "must be of the state that the address is in, which is the place of supply");
    }
    parsed
}

fn parse_coupon(text: &str, faults: &mut Faults) -> Option<CouponCode> {
    if text.trim().is_empty() {
        return None;
    }
    faults.check("coupon", validate::coupon_code(text).map(Some))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn body() -> Value {
        json!({
            "items": [{"product_id": "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f", "quantity": 2}],
            "address": {"name": "Asha", "phone": "98765 43210", "line1": "12 MG Road", "city": "Pune",
                        "state_code": "27", "pincode": "411001"},
            "payment_method": "cod",
        })
    }

    fn parse(body: &Value) -> Result<Wish, Vec<FieldError>> {
        serde_json::from_value::<OrderForm>(body.clone()).unwrap().parse()
    }

    fn faulty_fields(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut body = body();
        change(&mut body);
        parse(&body).unwrap_err().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_good_order_is_kept_in_one_spelling() {
        let wish = parse(&body()).unwrap();
        assert_eq!(wish.address.phone, "+919876543210");
        let mut other_spelling = body();
        other_spelling["address"]["phone"] = json!("+919876543210");
        other_spelling["address"]["line2"] = json!("  ");
        assert_eq!(parse(&other_spelling).unwrap().digest(), wish.digest());
        let mut other = body();
        other["items"][0]["quantity"] = json!(3);
        assert_ne!(parse(&other).unwrap().digest(), wish.digest());
    }

    #[test]
    fn quantities_are_one_to_a_thousand() {
        for bad in [0, -1, 1_001, i64::MAX, i64::MIN] {
            assert_eq!(faulty_fields(|body| body["items"][0]["quantity"] = json!(bad)), ["items[0].quantity"]);
        }
    }

    #[test]
    fn a_product_stands_once_and_an_order_has_one_to_fifty_items() {
        let twice = |body: &mut Value| {
            let item = body["items"][0].clone();
            body["items"].as_array_mut().unwrap().push(item);
        };
        assert_eq!(faulty_fields(twice), ["items[1].product_id"]);
        assert_eq!(faulty_fields(|body| body["items"] = json!([])), ["items"]);
        let many: Vec<_> = (0..51).map(|_| json!({"product_id": ProductId::generate(), "quantity": 1})).collect();
        assert_eq!(faulty_fields(|body| body["items"] = json!(many)), ["items"]);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let fields = faulty_fields(|body| {
            body["items"][0]["quantity"] = json!(0);
            body["address"]["pincode"] = json!("0");
            body["address"]["state_code"] = json!("99");
            body["address"]["line1"] = json!("4242 4242 4242 4242");
        });
        assert_eq!(fields, ["items[0].quantity", "address.line1", "address.state_code", "address.pincode"]);
    }

    #[test]
    fn a_registered_buyer_is_of_the_state_the_parcel_goes_to() {
        let with = |gstin: &str| {
            let mut body = body();
            body["buyer_gstin"] = json!(gstin);
            body
        };
        let consumer = parse(&body()).unwrap();
        assert_eq!(consumer.buyer_gstin, "");
        assert_eq!(parse(&with(" ")).unwrap().digest(), consumer.digest());
        let company = parse(&with(" 27aapfu0939f1zv")).unwrap();
        assert_eq!(company.buyer_gstin, "27AAPFU0939F1ZV");
        assert_ne!(company.digest(), consumer.digest());
        for refused in ["27AAPFU0939F1ZW", "29AAGCB7383J1Z4", "27AAPFU0939F1Z"] {
            let fields = parse(&with(refused)).unwrap_err();
            assert_eq!(fields.len(), 1, "{refused}: {fields:?}");
            assert_eq!(fields[0].field, "buyer_gstin");
        }
    }

    #[test]
    fn a_coupon_has_one_spelling_and_none_leaves_the_digest_as_it_was() {
        let with = |coupon: &str| {
            let mut body = body();
            body["coupon"] = json!(coupon);
            parse(&body)
        };
        let plain = parse(&body()).unwrap();
        let as_ever = "9bcd394f5e8ec7ce295760fa2b9efe42f18c9062f3249aa2df74d90f517759ee";
        assert_eq!(plain.digest(), as_ever);
        assert_eq!(with("  ").unwrap().digest(), plain.digest());
        let coupon = with(" diwali-25").unwrap();
        assert_eq!(coupon.coupon.as_ref().unwrap().as_str(), "DIWALI-25");
        assert_eq!(coupon.digest(), with("DIWALI-25").unwrap().digest());
        assert_ne!(coupon.digest(), plain.digest());
        for bad in ["ab", "a b c", "4242424242424242", "4242-4242-4242-4242"] {
            assert_eq!(with(bad).unwrap_err()[0].field, "coupon", "{bad}");
        }
    }

    #[test]
    fn what_is_the_shops_to_say_is_refused() {
        for (place, field) in [("", "total"), ("", "status"), ("", "user_id"), ("/items/0", "price"), ("/address", "x")]
        {
            let mut body = body();
            body.pointer_mut(place).unwrap()[field] = json!(1);
            assert!(serde_json::from_value::<OrderForm>(body).is_err(), "{place}/{field}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_and_texts_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..128), text in ".*") {
            let _ = serde_json::from_slice::<OrderForm>(&bytes);
            let mut body = body();
            body["address"]["name"] = json!(text);
            body["address"]["phone"] = json!(text);
            let _ = parse(&body);
        }
    }
}
