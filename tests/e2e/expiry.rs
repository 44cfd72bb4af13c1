//! Orders that nobody pays for. A shop of their own, with a window that a busy machine keeps.

use e2e::{Basket, Setup, catalog::PADS, eventually, gateways::Bank, run};
use schemas::types::OrderStatus as S;

use crate::late_payment;

#[test]
fn an_unpaid_order_expires_a_paid_one_does_not_and_a_late_payment_goes_back() {
    run(async {
        let shop = Setup::new("expiry").set("SPAREPARTS_ORDERS__PAYMENT_WINDOW_SECONDS", "5").start().await;
        let customer = shop.customer().await;
        let basket = |method| Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(method);

        let cash = customer.place(&basket("cod")).await;
        let unpaid = customer.place(&basket("stripe")).await;
        let late = customer.place(&basket("razorpay")).await;
        let prompt = late.payment_prompt().await;
        for order in [&unpaid, &late] {
            order.reaches(S::Expired).await;
            eventually("its stock is released", async || {
                let state = shop.store().reservation(&order.id, PADS).await;
                if state == "released" { Ok(()) } else { Err(state) }
            })
            .await;
        }

        shop.gateways().pay(&prompt, Bank::Approves).await;
        late_payment::assert_goes_back(&shop, &late).await;
        assert_eq!(late.status().await["status"], "expired");
        assert_eq!(cash.reaches(S::Packed).await["status"], "packed", "cash needs no window");
    });
}
