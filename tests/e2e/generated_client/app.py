"""A customer's app that has nothing but the generated client: it orders a part of the shop at this address, and prints
what it was told as one line of JSON."""

import json
import sys
import time
import uuid

from shop import AuthenticatedClient, Client
from shop.api.auth import post_auth_register
from shop.api.cart import post_cart_items
from shop.api.catalog import get_products, get_products_slug
from shop.api.orders import get_orders_id, get_orders_id_status, post_checkout_quote, post_orders
from shop.models import (
    Accepted,
    AddForm,
    AddressForm,
    Cart,
    GetProductsSort,
    Order,
    OrderForm,
    OrderStatus,
    PaymentChoice,
    Problem,
    ProductDetail,
    ProductList,
    Quote,
    Registration,
    Session,
    StatusBody,
)

PATIENCE_SECONDS = 60


def expect(kind, answer):
    """The answer, which must be of this kind."""
    if not isinstance(answer, kind):
        sys.exit(f"{kind.__name__} was expected: {answer}")
    return answer


def found(anyone, words):
    """What a search finds first, as soon as the index has it."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        page = expect(ProductList, get_products.sync(client=anyone, q=words, sort=GetProductsSort.RELEVANCE))
        if page.items:
            return page.items[0]
        time.sleep(0.2)
    sys.exit(f"nothing is found by {words}")


def packed(customer, order_id):
    """The order's status once it is packed."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        wish = {"client": customer, "wait_for": OrderStatus.PACKED, "timeout": 20}
        told = expect(StatusBody, get_orders_id_status.sync(order_id, **wish))
        if told.status in (OrderStatus.PACKED, OrderStatus.SHIPPED, OrderStatus.DELIVERED):
            return told
    sys.exit(f"order {order_id} is not packed")


def log_in(shop, anyone):
    """A customer whom nobody has seen before."""
    account = Registration(email=f"{uuid.uuid4()}@example.in", password="correct horse battery", name="Asha Rao")
    session = expect(Session, post_auth_register.sync(client=anyone, body=account))
    return AuthenticatedClient(base_url=shop, token=session.access_token, raise_on_unexpected_status=True)


def main(shop, words):
    anyone = Client(base_url=shop, raise_on_unexpected_status=True)
    customer = log_in(shop, anyone)
    product = expect(ProductDetail, get_products_slug.sync(found(anyone, words).slug, client=anyone))
    wanted = AddForm(product_id=product.product_id, quantity=2)
    cart = expect(Cart, post_cart_items.sync(client=customer, body=wanted, idempotency_key=str(uuid.uuid4())))

    address = AddressForm(
        name="Asha Rao", phone="+919812345678", line1="14 MG Road", city="Pune", state_code="27", pincode="411001"
    )
    form = OrderForm(address=address, payment_method=PaymentChoice.COD, cart_version=cart.version)
    quote = expect(Quote, post_checkout_quote.sync(client=customer, body=form))
    form.expected_total_minor = quote.totals.grand_total.minor

    key = str(uuid.uuid4())
    placed = [expect(Accepted, post_orders.sync(client=customer, body=form, idempotency_key=key)) for _ in range(2)]
    order_id = str(placed[0].order_id)
    status = packed(customer, order_id)
    order = expect(Order, get_orders_id.sync(order_id, client=customer))
    unknown = expect(Problem, get_products_slug.sync("no-such-part", client=anyone))

    told = {
        "order_ids": sorted({str(accepted.order_id) for accepted in placed}),
        "status": status.status.value,
        "payment_method": order.payment_method.value,
        "lines": [[line.sku, line.quantity] for line in order.lines],
        "history": [move.status.value for move in order.history],
        "quoted": quote.totals.grand_total.minor,
        "total": order.totals.grand_total.minor,
        "unknown": [unknown.status, unknown.code],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
