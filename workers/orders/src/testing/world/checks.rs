//! What must hold when the world has come to rest.

use schemas::{
    documents::{CouponState, Order},
    refunds::RefundState,
    returns::ReturnState,
    types::{OrderLine, OrderStatus},
};

use super::{World, carrier::Parcel, desk::Redemption, stock::Reservation};

impl World {
    pub(super) fn delivered(&self) -> usize {
        self.orders.values().filter(|order| order.status == OrderStatus::Delivered).count()
    }

    pub(super) fn adds_up(&self) {
        self.stock.balances();
        assert!(self.desk.used() <= self.desk.limit);
        for order in self.orders.values() {
            assert!(order.status.is_terminal(), "{:?}", order.history);
            assert_eq!(order.deadline, None);
            self.the_coupon_is_used_or_free(order);
            returns_are_settled(order);
            self.goods_add_up(order);
            self.money_adds_up(order);
            self.cash_adds_up(order);
            self.papers_add_up(order);
            self.the_parcel_is_where_the_order_says(order);
        }
    }

    /// It is used by exactly those orders that stand and whose money is kept.
    fn the_coupon_is_used_or_free(&self, order: &Order) {
        let redemption = self.desk.redemptions.get(&order.order_id);
        let Some(coupon) = &order.coupon else { return assert_eq!(redemption, None) };
        let is_kept = order.payment.as_ref().is_none_or(|payment| payment.captured != payment.refunded);
        // All of an order for cash may have been credited and settled, and paid for in part by what was told later.
        let was_free = order.is_cash() && order.cash_due().minor == 0 && coupon.state == CouponState::GivenBack;
        let kept = is_kept && !order.is_cash_undone() && !was_free;
        let (state, there) = match order.status {
            OrderStatus::Delivered if kept => (CouponState::Used, Redemption::Used),
            OrderStatus::Rejected if redemption == Some(&Redemption::Refused) => {
                (CouponState::Refused, Redemption::Refused)
            }
            _ if redemption == Some(&Redemption::Refused) => (CouponState::GivenBack, Redemption::Refused),
            _ => (CouponState::GivenBack, Redemption::GivenBack),
        };
        assert_eq!((coupon.state, redemption), (state, Some(&there)), "{:?}", order.history);
    }

    fn goods_add_up(&self, order: &Order) {
        for line in &order.lines {
            let reservation = self.stock.reservations.get(&(order.order_id, line.sku.to_string()));
            if order.status == OrderStatus::Delivered {
                let kept = line.quantity - came_back(order, line);
                assert_eq!(reservation, Some(&Reservation::Sold(kept.into())));
            } else {
                let back = matches!(reservation, None | Some(Reservation::Free | Reservation::Refused));
                assert!(back, "{reservation:?} {:?}", order.history);
            }
        }
    }

    fn money_adds_up(&self, order: &Order) {
        let Some(payment) = self.gateway.payments.get(&order.order_id) else { return };
        if order.status == OrderStatus::Delivered {
            let made = order.refunds.iter().filter(|refund| refund.state == RefundState::Made);
            let given: i64 = made.map(|refund| refund.amount.minor).sum();
            assert_eq!((payment.captured, payment.refunded), (order.totals.grand_total.minor, given));
        } else {
            assert_eq!(payment.captured, payment.refunded, "{:?}", order.history);
        }
        let open = order.refunds.iter().find(|refund| refund.state == RefundState::Asked);
        assert_eq!(open, None, "{:?}", order.history);
        let known = order.payment.as_ref().map_or((0, 0), |known| (known.captured.minor, known.refunded.minor));
        assert_eq!(known, (payment.captured, payment.refunded), "{:?}", order.history);
    }

    /// What the order says is what is booked; no more was received than was due, and no more goes back than was received.
    fn cash_adds_up(&self, order: &Order) {
        let (received, owed, paid_out) = (order.cash_received(), order.cash_owed(), order.cash_paid_out());
        assert_eq!(self.gateway.cash_of(order.order_id), (received.minor, paid_out.minor), "{:?}", order.cash);
        let set_off: i64 = order.refunds.iter().filter_map(|refund| refund.set_off).map(|set_off| set_off.minor).sum();
        assert!(received.minor + set_off <= order.totals.grand_total.minor, "{:?}", order.cash);
        assert!(owed.minor + paid_out.minor <= received.minor, "{:?}", order.refunds);
        assert!(order.is_cash() || order.cash.iter().all(|instalment| !instalment.counts()), "{:?}", order.cash);
        if order.status == OrderStatus::Delivered {
            assert!(order.cash_kept().minor <= order.cash_due().minor || !order.is_cash(), "{:?}", order.refunds);
        } else {
            assert_eq!(received, paid_out, "{:?}", order.history);
        }
    }

    fn papers_add_up(&self, order: &Order) {
        assert!(!order.awaits_replacement(), "{:?}", order.replacements);
        let invoice = self.papers.invoices.get(&order.order_id);
        assert_eq!(invoice, order.invoice.as_ref().map(|known| &known.number));
        let notes = self.papers.credit_notes.get(&order.order_id).map_or(&[][..], Vec::as_slice);
        assert!(notes.iter().all(|note| Some(&note.of_invoice) == invoice), "a credit note cites its invoice");
        let credited: i64 = notes.iter().map(|note| note.total.minor).sum();
        if order.status == OrderStatus::Delivered {
            let given = order.payment.as_ref().map_or(0, |payment| payment.refunded.minor) + credited_of_cash(order);
            assert_eq!((invoice.is_some(), credited), (true, given), "what went back is credited");
            assert_eq!((&order.credit_note, order.to_credit.as_slice()), (&None, &[][..]));
        } else {
            let last = notes.last().map(|note| &note.number);
            assert_eq!(last, order.credit_note.as_ref().map(|known| &known.number));
            assert_eq!(credited, invoice.map_or(0, |_| order.totals.grand_total.minor), "the sale is taken back");
        }
    }

    fn the_parcel_is_where_the_order_says(&self, order: &Order) {
        let parcel = self.carrier.parcels.get(&order.order_id);
        if order.status == OrderStatus::Delivered {
            assert_eq!(parcel, Some(&Parcel::Delivered));
        } else {
            assert!(matches!(parcel, None | Some(Parcel::Stays)), "{parcel:?} {:?}", order.history);
        }
    }
}

fn came_back(order: &Order, line: &OrderLine) -> i32 {
    let lines = order.returns.iter().flat_map(|of| &of.lines).filter(|back| back.sku == line.sku);
    lines.map(schemas::returns::ReturnLine::received).sum()
}

/// What is credited of an order for cash, whether it was paid for or not.
fn credited_of_cash(order: &Order) -> i64 {
    let refunds = order.refunds.iter().filter(|refund| order.is_cash() && refund.state != RefundState::Refused);
    refunds.map(|refund| refund.amount.minor).sum()
}

/// No return waits for anybody but for the shop's people, who may not have come by, or for cash to be handed out.
fn returns_are_settled(order: &Order) {
    for of in &order.returns {
        let refund = order.refunds.iter().find(|refund| refund.refund_id == of.return_id).map(|refund| refund.state);
        let settled = match of.state {
            ReturnState::Approved => false, // its goods came, or it lapsed
            ReturnState::Received => refund == Some(RefundState::Owed),
            ReturnState::Refunded => refund == Some(RefundState::Made),
            ReturnState::NotRefunded => match refund {
                None | Some(RefundState::Refused | RefundState::SetOff) => true,
                // Nobody had paid for it when it came, as far as was known.
                Some(RefundState::Owed) => order.is_cash(),
                Some(RefundState::Asked | RefundState::Made) => false,
            },
            ReturnState::Requested | ReturnState::Refused | ReturnState::Withdrawn | ReturnState::Lapsed => {
                refund.is_none()
            }
        };
        assert!(settled, "{of:?} {refund:?}");
    }
}
