//! Every problem this API answers with, mapped to HTTP once.

use axum::http::StatusCode;

use super::Kind;

macro_rules! kinds {
    ($($name:ident = $status:ident $code:literal $title:literal;)+) => {
        $(#[doc = $title]
        pub const $name: Kind = Kind { status: StatusCode::$status, code: $code, title: $title };)+

        /// All of them.
        pub const ALL: &[Kind] = &[$($name),+];
    };
}

kinds! {
    BAD_REQUEST = BAD_REQUEST "bad_request" "The request cannot be understood";
    MALFORMED_JSON = BAD_REQUEST "malformed_json" "The body is not JSON";
    INVALID_PATH = BAD_REQUEST "invalid_path" "The path cannot be understood";
    INVALID_IDEMPOTENCY_KEY = BAD_REQUEST "invalid_idempotency_key" "The Idempotency-Key cannot be accepted";
    INVALID_CART_TOKEN = BAD_REQUEST "invalid_cart_token" "The Cart-Token cannot be accepted";
    INVALID_SIGNATURE = BAD_REQUEST "invalid_signature" "The webhook's signature does not hold";
    MALFORMED_EVENT = BAD_REQUEST "malformed_event" "The webhook's event cannot be understood";
    UNAUTHENTICATED = UNAUTHORIZED "unauthenticated" "A valid access token is needed";
    INVALID_CREDENTIALS = UNAUTHORIZED "invalid_credentials" "E-mail address or password is wrong";
    INVALID_CODE = UNAUTHORIZED "invalid_code" "The code is wrong, used or too old";
    INVALID_REFRESH_TOKEN = UNAUTHORIZED "invalid_refresh_token" "The refresh token is not good, or not any more";
    INVALID_ID_TOKEN = UNAUTHORIZED "invalid_id_token" "The id token is not good, or not any more";
    DOCS_PASSWORD = UNAUTHORIZED "docs_password" "The documentation is behind a password here";
    FORBIDDEN = FORBIDDEN "forbidden" "The account may not do this";
    GOOGLE_EMAIL_UNVERIFIED = FORBIDDEN "google_email_unverified" "Google has not verified the e-mail address";
    GOOGLE_NOT_CONFIGURED = NOT_FOUND "google_not_configured" "Google accounts are not taken here";
    NOT_BOUGHT = FORBIDDEN "not_bought" "The product was not delivered to the customer";
    NOT_FOUND = NOT_FOUND "not_found" "There is nothing here";
    PRODUCT_NOT_FOUND = NOT_FOUND "product_not_found" "There is no such product";
    REVIEW_NOT_FOUND = NOT_FOUND "review_not_found" "There is no such review";
    ORDER_NOT_FOUND = NOT_FOUND "order_not_found" "There is no such order";
    ACCOUNT_NOT_FOUND = NOT_FOUND "account_not_found" "There is no such account";
    CART_NOT_FOUND = NOT_FOUND "cart_not_found" "There is no such cart";
    CART_ITEM_NOT_FOUND = NOT_FOUND "cart_item_not_found" "The product is not in the cart";
    PAYMENT_NOT_FOUND = NOT_FOUND "payment_not_found" "There is no such payment";
    CUSTOMER_NOT_FOUND = NOT_FOUND "customer_not_found" "There is no such customer";
    COUPON_NOT_FOUND = NOT_FOUND "coupon_not_found" "There is no such coupon";
    FINDING_NOT_FOUND = NOT_FOUND "finding_not_found" "There is no such finding";
    IMPORT_NOT_FOUND = NOT_FOUND "import_not_found" "There is no such file";
    DEAD_LETTER_NOT_FOUND = NOT_FOUND "dead_letter_not_found" "There is no such dead letter";
    ADDRESS_NOT_FOUND = NOT_FOUND "address_not_found" "There is no such address";
    SESSION_NOT_FOUND = NOT_FOUND "session_not_found" "There is no such session";
    INVOICE_NOT_READY = NOT_FOUND "invoice_not_ready" "The order has no invoice yet";
    INVOICE_NOT_FOUND = NOT_FOUND "invoice_not_found" "The order has no such invoice";
    CREDIT_NOTE_NOT_FOUND = NOT_FOUND "credit_note_not_found" "The order has no such credit note";
    REFUND_NOT_FOUND = NOT_FOUND "refund_not_found" "The order has no such refund";
    RETURN_NOT_FOUND = NOT_FOUND "return_not_found" "The order has no such return";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method_not_allowed" "The method is not known here";
    EMAIL_TAKEN = CONFLICT "email_taken" "There is an account with this e-mail address";
    CART_CHANGED = CONFLICT "cart_changed" "The cart is not what the request says";
    CART_ORDERED = CONFLICT "cart_ordered" "The cart was ordered before";
    CART_FULL = CONFLICT "cart_full" "The cart holds as much as it may";
    TOTAL_CHANGED = CONFLICT "total_changed" "The order comes to another total than expected";
    GOOGLE_OTHER_ACCOUNT = CONFLICT "google_other_account" "Another Google account opens the account with this address";
    COUPON_CHANGED = CONFLICT "coupon_changed" "The coupon was changed meanwhile";
    PRODUCT_CHANGED = CONFLICT "product_changed" "The product was changed meanwhile";
    CATEGORIES_CHANGED = CONFLICT "categories_changed" "The categories were changed meanwhile";
    SLUG_TAKEN = CONFLICT "slug_taken" "Another product has this slug";
    SKU_TAKEN = CONFLICT "sku_taken" "Another product has this SKU";
    WISHLIST_FULL = CONFLICT "wishlist_full" "The list has as many products as it may";
    TOO_MANY_ADDRESSES = CONFLICT "too_many_addresses" "The account has as many addresses as it may";
    IS_ADMIN = CONFLICT "is_admin" "An admin's account is changed on the command line alone";
    FINDING_NOT_OPEN = CONFLICT "finding_not_open" "The finding is closed already";
    NOT_CANCELLABLE = CONFLICT "not_cancellable" "The order cannot be cancelled any more";
    NOT_PAYABLE = CONFLICT "not_payable" "The order does not wait for this payment";
    CASH_COSTS_MORE = CONFLICT "cash_costs_more" "The order cannot change between cash and a gateway";
    NOT_REFUNDABLE = CONFLICT "not_refundable" "The money cannot be given back";
    NOT_REPLACEABLE = CONFLICT "not_replaceable" "The invoice cannot be replaced";
    NOT_OWED = CONFLICT "not_owed" "The refund is not to be paid out";
    CASH_NOT_DUE = CONFLICT "cash_not_due" "The cash does not count for the order";
    NOT_RETURNABLE = CONFLICT "not_returnable" "The goods cannot be returned";
    RETURN_WINDOW_OVER = CONFLICT "return_window_over" "It is too late to return the goods";
    RETURN_NOT_OPEN = CONFLICT "return_not_open" "The return has gone another way already";
    IMPORT_HAS_BAD_ROWS = CONFLICT "import_has_bad_rows" "Some rows of the file cannot be carried out";
    IMPORT_NOT_STARTABLE = CONFLICT "import_not_startable" "The file cannot be carried out now";
    IMPORT_OVER = CONFLICT "import_over" "The file has come to its end";
    DEAD_LETTER_SETTLED = CONFLICT "dead_letter_settled" "The dead letter was settled before";
    DEAD_LETTER_WAITS = CONFLICT "dead_letter_waits" "The dead letter waits behind another";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body_too_large" "The body is too large";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" "The media type of the body is not taken here";
    VALIDATION_FAILED = UNPROCESSABLE_ENTITY "validation_failed" "Some fields cannot be accepted";
    INVALID_BODY = UNPROCESSABLE_ENTITY "invalid_body" "The body is JSON of the wrong shape";
    INVALID_QUERY = UNPROCESSABLE_ENTITY "invalid_query" "The query cannot be accepted";
    UNKNOWN_PRODUCT = UNPROCESSABLE_ENTITY "unknown_product" "A product is unknown or not sold any more";
    COUPON_REFUSED = UNPROCESSABLE_ENTITY "coupon_refused" "The coupon cannot be used for this order";
    NON_RETURNABLE = UNPROCESSABLE_ENTITY "non_returnable" "A part is not taken back";
    UNPRICEABLE = UNPROCESSABLE_ENTITY "unpriceable" "The order comes to more than can be charged";
    REPORT_TOO_LONG = UNPROCESSABLE_ENTITY "report_too_long" "The report is too long for one answer";
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY "idempotency_key_reused" "The Idempotency-Key belongs to another request";
    RATE_LIMITED = TOO_MANY_REQUESTS "rate_limited" "Too many requests; wait before the next";
    TOO_MANY_ATTEMPTS = TOO_MANY_REQUESTS "too_many_attempts" "Too many failed attempts; wait before the next";
    REQUEST_REFUSED = BAD_REQUEST "request_refused" "The request is refused";
    INTERNAL = INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side";
    STORE_UNAVAILABLE = SERVICE_UNAVAILABLE "store_unavailable" "A part of the shop does not answer";
    GOOGLE_UNAVAILABLE = SERVICE_UNAVAILABLE "google_unavailable" "Google does not answer";
    FATE_UNKNOWN = SERVICE_UNAVAILABLE "fate_unknown" "Whether the request was taken is not known";
    TIMED_OUT = SERVICE_UNAVAILABLE "timed_out" "The answer took too long";
    SEARCH_NOT_READY = SERVICE_UNAVAILABLE "search_not_ready" "The search index is being made";
    OVERLOADED = SERVICE_UNAVAILABLE "overloaded" "Too many requests at once";
}

/// The kind of an answer that no handler of ours gave, by its status.
#[must_use]
pub fn of_status(status: StatusCode) -> Kind {
    let plain = [BAD_REQUEST, UNAUTHENTICATED, NOT_FOUND, METHOD_NOT_ALLOWED, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE];
    match plain.into_iter().find(|kind| kind.status == status) {
        Some(kind) => kind,
        None if status.is_server_error() => Kind { status, ..INTERNAL },
        None => Kind { status, ..REQUEST_REFUSED },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_names_one_kind() {
        let codes: HashSet<_> = ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), ALL.len());
        assert!(ALL.iter().all(|kind| kind.status.as_u16() >= 400));
    }

    #[test]
    fn an_answer_of_the_framework_keeps_its_status() {
        for status in [400, 404, 405, 408, 413, 414, 415, 431, 500, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(of_status(status).status, status);
        }
    }
}
