//! The handlers: one file each.

pub mod admin {
    //! For the shop's operators.
    pub mod audit;
    pub mod cash;
    pub mod categories;
    pub mod coupons {
        //! Coupons.
        mod form;
        pub mod list;
        pub mod put;
        pub mod show;
        mod view;
    }
    pub mod customers;
    pub mod dead_letters {
        //! What the workers put aside.
        pub mod discard;
        pub mod list;
        pub mod replay;
        pub mod show;
    }
    pub mod disputes {
        //! What customers dispute at their banks.
        pub mod list;
        pub mod of_order;
        mod view;
    }
    pub mod exports;
    pub mod imports;
    pub mod invoices;
    pub mod ledger {
        //! The money ledger.
        pub mod balances;
        pub mod order;
    }
    pub mod me;
    pub mod products;
    pub mod reconciliation {
        //! What reconciliation found.
        pub mod list;
        pub mod resolve;
        mod view;
    }
    pub mod refunds;
    pub mod returns;
    pub mod reviews;
    pub mod reports {
        //! What the shop reports to others.
        pub mod gstr1;
    }
    pub mod staff;
    pub mod stuck;
    pub mod tax_slabs;
}
pub mod auth {
    //! Accounts, sessions and their tokens.
    pub mod google;
    pub mod login;
    pub mod logout;
    pub mod otp;
    pub mod password;
    pub mod refresh;
    pub mod register;
    pub mod session;
}
pub mod cart {
    //! Carts.
    pub mod coupon;
    pub mod items;
    pub mod merge;
    pub mod show;
    mod view;
}
pub mod catalog {
    //! What is sold, in sum.
    pub mod categories;
    pub mod vehicles;
}
pub mod orders {
    //! Orders.
    mod basket;
    pub mod cancel;
    pub mod coupon;
    pub mod credit_notes;
    pub mod events;
    pub mod form;
    pub mod invoice;
    pub mod list;
    pub mod own;
    pub mod payments;
    pub mod place;
    mod price;
    pub mod quote;
    pub mod returns;
    pub mod show;
    pub mod status;
    mod waiting;
}
pub mod products {
    //! The catalog.
    pub mod list;
    pub mod related;
    pub mod reviews;
    pub mod show;
    pub mod suggest;
    mod wanted;
}
pub mod users {
    //! What customers see and change of their own accounts.
    pub mod addresses;
    pub mod email;
    pub mod me;
    pub mod password;
    pub mod phone;
    pub mod sessions;
    pub mod wishlist;
}
pub mod webhooks {
    //! What gateways and carriers post.
    pub mod carrier;
    mod intake;
    pub mod razorpay;
    pub mod stripe;
}
