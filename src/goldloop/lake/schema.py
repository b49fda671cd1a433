"""Every fact table of the lake, column by column, with units. The one place where the schema is declared.

Money is in minor units of the row's `currency`; times are wall clock in the store's own zone; days are the store's
business days (its zone and the hour its day starts). Personal data never stands here: a buyer is a keyed hash.
Statuses as they were seen over time are no table: they are read from what was said (`Lake.statements_of`).
"""

from __future__ import annotations

from goldloop.core.table import Column, Merge, Table, Type


def _c(name: str, type: Type, doc: str, unit: str = "", merge: Merge = "newest", derived: bool = False) -> Column:
    return Column(name, type, doc, unit, merge, derived)


_STORE = _c("store", "int", "Store id as published by apps.shops.")
_CURRENCY = _c("currency", "text", "ISO 4217 code of every money column of the row.", merge="known")
_TOLD_BY = _c(
    "told_by",
    "text",
    "Rank of the best source of the row: platform_without_line_id or erp; null: the platform's own file.",
    merge="best",
)

# Columns in which an order or a line stays with one source: amounts of two sources do not add up to one sale.
OF_ONE_SOURCE = frozenset({
    "counted_at", "moment_basis", "status", "status_raw", "currency", "goods_amount", "user_paid", "user_paid_first",
    "list_value", "unit_price", "postage", "platform_discount", "merchant_discount", "merchant_received", "ordered_amount",
    "deposit", "quantity", "kind", "refund_stated", "refund_basis",
})  # fmt: skip
# Stands in `exclusion` of a line that does not count because a better source tells the lines of its order.
BETTER_SOURCE = "told_by_better_source"

ORDERS = Table(
    "orders",
    "One parent order (主订单) of a store.",
    key=("store", "order_id"),
    month_of="placed_at",
    columns=(
        _STORE,
        _c("order_id", "text", "The platform's parent order number."),
        _TOLD_BY,
        _c("placed_at", "time", "When the order was placed (下单).", merge="known"),
        _c("paid_at", "time", "When it was paid in full (付清); null while unpaid.", merge="known"),
        _c(
            "counted_at",
            "time",
            "The moment at which the order counts, by the profile's rule; null: it does not count yet.",
            merge="known",
        ),
        _c("moment_basis", "text", "Basis of counted_at: paid, placed or inferred_day.", merge="known"),
        _c("shipped_at", "time", "When the first parcel left.", merge="known"),
        _c("finished_at", "time", "When the buyer confirmed or the order ended well.", merge="known"),
        _c("closed_at", "time", "When the order was cancelled or closed.", merge="known"),
        _c(
            "status",
            "text",
            "unpaid, paid, part_shipped, shipped, finished, closed_unpaid, closed_refunded, locked, unknown.",
        ),
        _c("status_raw", "text", "The platform's own status word."),
        _c("close_reason", "text", "Why it was closed, in the platform's words."),
        _c("flags", "text", "Marks such as deleted, locked, presale, joined by a blank."),
        _CURRENCY,
        _c(
            "goods_amount",
            "money",
            "Goods after the merchant's own discounts, without postage: the merchant view of the sale.",
            "minor",
        ),
        _c("user_paid", "money", "What the buyer paid, postage included.", "minor"),
        _c(
            "user_paid_first",
            "money",
            "user_paid as first seen (later exports can be net of refunds).",
            "minor",
            "first",
        ),
        _c("list_value", "money", "Goods at list price.", "minor"),
        _c("postage", "money", "Postage charged to the buyer.", "minor"),
        _c("platform_discount", "money", "Discounts borne by the platform.", "minor"),
        _c("merchant_discount", "money", "Discounts borne by the merchant.", "minor"),
        _c("merchant_received", "money", "What the merchant receives.", "minor"),
        _c("ordered_amount", "money", "Amount when placed, paid or not.", "minor"),
        _c("deposit", "money", "Pre-sale deposit.", "minor"),
        _c("presale", "bool", "A staged (pre-sale) order."),
        _c("quantity", "int", "Units as the order row states them.", "units"),
        _c("refund_stated", "money", "Refund of the whole order as its row states it.", "minor"),
        _c("refund_basis", "text", "known, inferred (status only) or unknown.", merge="newest"),
        _c("title", "text", "Goods named on the order row."),
        _c(
            "buyer_key",
            "text",
            "Keyed hash of a usable buyer identity; null when masked, ciphered or absent.",
            merge="known",
        ),
        _c("buyer_kind", "text", "What the key was made from: platform_id, email, phone.", merge="known"),
        _c("region", "text", "Province, state or country of delivery.", merge="known"),
        _c("channel", "text", "Where the order was placed.", merge="known"),
        _c("order_source", "text", "The platform's word for the order's source.", merge="known"),
        _c("seller_note", "text", "The merchant's own remark or flag (never the buyer's words)."),
        # derived when facts are finished
        _c("day", "date", "Business day on which the order counts.", derived=True),
        _c("placed_day", "date", "Business day on which it was placed.", derived=True),
        _c(
            "hour",
            "int",
            "Hour of counted_at, 0 to 23; null where only the day is known (inferred_day).",
            "hour",
            derived=True,
        ),
        _c("counts", "bool", "Paid in full, and not excluded as a whole.", derived=True),
        _c("exclusion", "text", "Rule that excludes the whole order; null otherwise.", derived=True),
        _c(
            "gmv_all",
            "money",
            "The amount that the store counts (see its setting) before exclusion rules; 0 when not paid.",
            "minor",
            derived=True,
        ),
        _c("gmv", "money", "gmv_all without excluded orders and lines.", "minor", derived=True),
        _c("line_count", "int", "Lines that tell this order.", "lines", derived=True),
        _c(
            "lines_aside",
            "int",
            "Lines loaded, but set aside because a better source tells the order.",
            "lines",
            derived=True,
        ),
        _c("units", "int", "Units sold, excluded lines left out.", "units", derived=True),
        _c("refunded", "money", "All refunds of this order, whenever they came.", "minor", derived=True),
        _c("refunded_basis", "text", "aftersale, stated, inferred or unknown.", derived=True),
        _c(
            "subsidy",
            "money",
            "Discounts borne by the platform that gmv leaves out; null where gmv holds them.",
            "minor",
            derived=True,
        ),
        _c("subsidy_refunded", "money", "What refunds of this order take back of subsidy.", "minor", derived=True),
    ),
)

ORDER_LINES = Table(
    "order_lines",
    "One line (子订单) of an order.",
    key=("store", "order_id", "line_key"),
    month_of="placed_at",
    columns=(
        _STORE,
        _c("order_id", "text", "The platform's parent order number."),
        _c("line_key", "text", "The line id, or the content of the profile's identity columns with a counter (#n)."),
        _c("line_id", "text", "The platform's own line number, where there is one."),
        _TOLD_BY,
        _c("placed_at", "time", "When the order was placed.", merge="known"),
        _c("status", "text", "Canonical status of the line, where the source has one."),
        _c("status_raw", "text", "The platform's own status word."),
        _c("kind", "text", "sale; or write_off, adjustment, gift, zero_price, cancelled: lines that are no sale."),
        _c("product_id", "text", "The platform's product (item) id.", merge="known"),
        _c("sku", "text", "Merchant code (商家编码).", merge="known"),
        _c("title", "text", "Title as exported."),
        _c("variant", "text", "Variant words (颜色, 尺码)."),
        _c("quantity", "int", "Units; negative for write-offs.", "units"),
        _c("unit_price", "price", "List price of one unit, before rounding.", "major"),
        _CURRENCY,
        _c("list_value", "money", "quantity x unit_price, rounded half up.", "minor"),
        _c("goods_amount", "money", "Line amount after the merchant's discounts, as the source states it.", "minor"),
        _c("user_paid", "money", "What the buyer paid for the line.", "minor"),
        _c("merchant_received", "money", "What the merchant receives for the line.", "minor"),
        _c("platform_discount", "money", "Discounts borne by the platform.", "minor"),
        _c("merchant_discount", "money", "Discounts borne by the merchant.", "minor"),
        _c("refund_stated", "money", "Refund of the line as its row states it.", "minor"),
        _c("refund_basis", "text", "known, inferred (status only) or unknown."),
        _c(
            "carrier",
            "text",
            "Where the sale was shown: product card, live, short video, image-text (流量体裁).",
            merge="known",
        ),
        _c("seller", "text", "Own store or the creator (达人) who sold it.", merge="known"),
        _c("traffic_kind", "text", "natural or paid, in the platform's words.", merge="known"),
        # derived
        _c("day", "date", "Business day on which the order counts.", derived=True),
        _c("counts", "bool", "A sale line of an order that counts, not excluded.", derived=True),
        _c("exclusion", "text", "Rule that excludes the line, or told_by_better_source; null otherwise.", derived=True),
        _c("gmv_all", "money", "The line's part of the order's gmv_all.", "minor", derived=True),
        _c("gmv", "money", "gmv_all, 0 when excluded.", "minor", derived=True),
        _c("refunded", "money", "The line's part of the order's refunds.", "minor", derived=True),
        _c(
            "subsidy",
            "money",
            "The line's part of the order's subsidy, also where a rule excludes the line.",
            "minor",
            derived=True,
        ),
    ),
)

REFUNDS = Table(
    "refunds",
    "One refund or cancellation, from an after-sale list or a cancellation row.",
    key=("store", "refund_id"),
    month_of="refunded_at",
    columns=(
        _STORE,
        _c("refund_id", "text", "After-sale number, or the cancellation's own key."),
        _c("order_id", "text", "Order it belongs to; null when the source does not say."),
        _c("line_id", "text", "Line it belongs to; null for the whole order."),
        _c("status", "text", "done, open, closed or unknown."),
        _c("status_raw", "text", "The platform's own status word."),
        _c(
            "kind",
            "text",
            "before_shipping, refund_only, return_refund, exchange, price_difference, cancellation, unknown.",
        ),
        _c("reason", "text", "Reason in the platform's words."),
        _c("requested_at", "time", "When it was asked for.", merge="known"),
        _c("refunded_at", "time", "When it was settled; null: no known day.", merge="known"),
        _CURRENCY,
        _c("amount", "money", "Refund of goods (positive).", "minor"),
        _c("postage", "money", "Refunded postage, apart from amount.", "minor"),
        _c("amount_platform", "money", "Part that goes back to the platform.", "minor"),
        _c("amount_basis", "text", "known, inferred or unknown."),
        _c("quantity", "int", "Units returned.", "units"),
        _c("product_id", "text", "Product, where named."),
        _c("sku", "text", "Merchant code, where named."),
        _c("title", "text", "Title, where named."),
        _c("buyer_key", "text", "Keyed hash of the buyer, where named.", merge="known"),
        _c("region", "text", "Region, where named.", merge="known"),
        _c("day", "date", "Business day of refunded_at; null when unknown or not done.", derived=True),
    ),
)

STORE_DAY = Table(
    "store_day",
    "The platform's own row for the whole shop and one period (a day, as a rule): the root of visitors and conversion.",
    key=("store", "first_day", "last_day", "report"),
    month_of="first_day",
    columns=(
        _STORE,
        _c("first_day", "date", "First business day of the row."),
        _c("last_day", "date", "Last business day of the row (equal to first_day for a day)."),
        _c("report", "text", "Report it comes from, e.g. sycm_shop_day."),
        _CURRENCY,
        _c("visitors", "int", "De-duplicated visitors of the shop in exactly this period.", "persons"),
        _c("page_views", "int", "Page views.", "views"),
        _c("bounce_rate", "rate", "Visits of one page / visits (跳失率)."),
        _c("stay_seconds", "float", "Mean time on the shop's pages.", "seconds"),
        _c("new_visitors", "int", "Visitors the platform calls new.", "persons"),
        _c("old_visitors", "int", "Visitors the platform calls returning.", "persons"),
        _c("favourites", "int", "People who favourited.", "persons"),
        _c("cart_adders", "int", "People who added to cart.", "persons"),
        _c("cart_units", "int", "Units added to cart.", "units"),
        _c("enquirers", "int", "People who asked customer service.", "persons"),
        _c("searched_visitors", "int", "Visitors from search.", "persons"),
        _c("ordered_buyers", "int", "People who placed an order.", "persons"),
        _c("ordered_amount", "money", "Amount placed.", "minor"),
        _c("gmv", "money", "Amount paid, the platform's own figure.", "minor"),
        _c("buyers", "int", "People who paid.", "persons"),
        _c("orders", "int", "Paid parent orders.", "orders"),
        _c("units", "int", "Units paid.", "units"),
        _c("new_buyers", "int", "Buyers without a payment in the 365 days before.", "persons"),
        _c("repeat_buyers", "int", "Buyers with one.", "persons"),
        _c("repeat_gmv", "money", "Amount of repeat buyers.", "minor"),
        _c("refunds", "money", "Refunds settled in the period.", "minor"),
    ),
)

TRAFFIC = Table(
    "traffic",
    "Visits of one scope and period as a report states them; rows of different scopes never add up.",
    key=("store", "unit", "scope_kind", "scope_id", "first_day", "last_day", "report"),
    month_of="first_day",
    columns=(
        _STORE,
        _c("unit", "text", "visitors or sessions."),
        _c("scope_kind", "text", "store, store_products, source, product, sku, keyword, live_room."),
        _c("scope_id", "text", "Id of the scope: the source path, the product id ..."),
        _c("first_day", "date", "First business day."),
        _c("last_day", "date", "Last business day."),
        _c("report", "text", "Report it comes from."),
        _CURRENCY,
        _c("title", "text", "Name of the scope."),
        _c("source_group", "text", "free, paid, event, content, private, off_site, unmapped (for sources)."),
        _c("level", "int", "Depth of a source in its report; 1 is the top.", "level"),
        _c("is_parent", "bool", "A subtotal of deeper rows."),
        _c(
            "carrier",
            "text",
            "Traffic carrier (流量载体); null for the whole shop, of which carriers show the same visits again.",
        ),
        _c("visitors", "int", "De-duplicated visitors or sessions of exactly this scope and period.", "persons"),
        _c("page_views", "int", "Page views.", "views"),
        _c("new_visitors", "int", "New visitors.", "persons"),
        _c("stay_seconds", "float", "Mean stay.", "seconds"),
        _c("bounce_rate", "rate", "Bounce rate."),
        _c("favourites", "int", "People who favourited.", "persons"),
        _c("cart_adders", "int", "People who added to cart.", "persons"),
        _c("cart_units", "int", "Units added to cart.", "units"),
        _c("ordered_buyers", "int", "People who placed an order.", "persons"),
        _c("ordered_units", "int", "Units placed.", "units"),
        _c("ordered_amount", "money", "Amount placed.", "minor"),
        _c("buyers", "int", "People who paid.", "persons"),
        _c("new_buyers", "int", "New among them.", "persons"),
        _c("repeat_buyers", "int", "Repeat among them.", "persons"),
        _c("repeat_gmv", "money", "Amount of repeat buyers.", "minor"),
        _c("units", "int", "Units paid.", "units"),
        _c("gmv", "money", "Amount the platform attributes to this scope.", "minor"),
        _c("refunds", "money", "Refunds settled in the period.", "minor"),
    ),
)

VISITS = Table(
    "visits",
    "One visit with a visitor key (optional; makes visitors of any scope and period exact).",
    key=("store", "visitor_key", "visited_at"),
    month_of="visited_at",
    columns=(
        _STORE,
        _c("visitor_key", "text", "Keyed hash of the visitor."),
        _c("visited_at", "time", "When the visit began."),
        _c("source", "text", "Where it came from."),
        _c("source_group", "text", "free, paid, event, content, private, off_site, unmapped."),
        _c("product_id", "text", "First product looked at."),
        _c("page_views", "int", "Pages of the visit.", "views"),
        _c("day", "date", "Business day.", derived=True),
    ),
)

ADS = Table(
    "ads",
    "One advertising subject and period; its cost stands here once.",
    key=("store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id"),
    month_of="first_day",
    columns=(
        _STORE,
        _c("first_day", "date", "First day of the row."),
        _c("last_day", "date", "Last day of the row."),
        _c("tool", "text", "Advertising tool or scene (关键词推广, 人群推广, 全站推广 ...)."),
        _c("campaign_id", "text", "Plan id; empty when the report has none."),
        _c("subject_kind", "text", "product, shop, live_room, keyword, audience, plan ..."),
        _c("subject_id", "text", "Id of the subject; empty when the report has none."),
        _c("campaign", "text", "Plan name."),
        _c("subject", "text", "Subject name."),
        _CURRENCY,
        _c("cost", "money", "Cash spent (现金消耗), gifts apart.", "minor"),
        _c("gift_cost", "money", "Spent from gifts.", "minor"),
        _c("impressions", "int", "Shown.", "views"),
        _c("clicks", "int", "Clicked.", "clicks"),
        _c("cart_units", "int", "Units added to cart.", "units"),
        _c("visits", "int", "Visits brought.", "visits"),
        _c("whole_store", "bool", "A whole-store plan (全站推/全域) that also claims natural orders."),
    ),
)

AD_SALES = Table(
    "ad_sales",
    "Sales that a platform attributes to an advertising subject within one window (转化周期).",
    key=("store", "first_day", "last_day", "tool", "campaign_id", "subject_kind", "subject_id", "window"),
    month_of="first_day",
    columns=(
        _STORE,
        _c("first_day", "date", "First day of the row."),
        _c("last_day", "date", "Last day of the row."),
        _c("tool", "text", "Advertising tool or scene."),
        _c("campaign_id", "text", "Plan id; empty when the report has none."),
        _c("subject_kind", "text", "As in ads."),
        _c("subject_id", "text", "As in ads."),
        _c("window", "text", "Attribution window: 1d, 3d, 7d, 15d, 30d; platform when the report names none."),
        _CURRENCY,
        _c("gmv", "money", "Attributed sales.", "minor"),
        _c("direct_gmv", "money", "Of the advertised product itself.", "minor"),
        _c("orders", "int", "Attributed orders.", "orders"),
        _c("buyers", "int", "Attributed buyers.", "persons"),
        _c("new_buyers", "int", "New among them.", "persons"),
        _c("net_gmv", "money", "Attributed sales net of refunds.", "minor"),
    ),
)

PRODUCTS = Table(
    "products",
    "One product or SKU as the newest product file states it.",
    key=("store", "item_kind", "item_id"),
    month_of=None,
    columns=(
        _STORE,
        _c("item_kind", "text", "product (platform id or handle) or sku (merchant code)."),
        _c("item_id", "text", "The id."),
        _c("product_id", "text", "Parent product of a SKU.", merge="known"),
        _c("title", "text", "Title."),
        _c("status", "text", "Listed, draft, archived ..."),
        _c("currency", "text", "ISO 4217.", merge="known"),
        _c("price", "price", "List price.", "major"),
        _c("compare_price", "price", "Crossed-out price.", "major"),
        _c("cost", "price", "Unit cost.", "major"),
        _c("category", "text", "Category.", merge="known"),
        _c("brand", "text", "Brand or vendor.", merge="known"),
    ),
)

PRODUCT_ATTRIBUTES = Table(
    "product_attributes",
    "Every column of the product file, with the day from which it holds.",
    key=("store", "item_kind", "item_id", "attribute", "valid_from"),
    month_of=None,
    columns=(
        _STORE,
        _c("item_kind", "text", "product or sku."),
        _c("item_id", "text", "The id."),
        _c("attribute", "text", "Column name of the product file."),
        _c("valid_from", "date", "First day on which the value holds (1970-01-01: always)."),
        _c("value", "text", "The value."),
    ),
)

CUSTOMERS = Table(
    "customers",
    "One buyer key, without personal data.",
    key=("store", "buyer_key"),
    month_of=None,
    columns=(
        _STORE,
        _c("buyer_key", "text", "Keyed hash of the identity."),
        _c("region", "text", "Province, state or country.", merge="known"),
        _c("joined_at", "time", "When the person joined the programme.", merge="known"),
        _c("level", "text", "Member level."),
        _c("orders", "int", "Orders as the platform counts them.", "orders"),
        _CURRENCY,
        _c("spent", "money", "Spent as the platform counts it.", "minor"),
    ),
)

IDENTITIES = Table(
    "identities",
    "Another identity of a buyer, or evidence of who she is, as one row of an export states both; hashes only.",
    key=("store", "buyer_key", "identity_key"),
    month_of=None,
    columns=(
        _STORE,
        _c("buyer_key", "text", "Keyed hash of the identity by which the row's order or customer is kept."),
        _c("identity_key", "text", "Keyed hash of the other one: equal hashes are equal identities, in any store."),
        _c(
            "kind", "text", "email, phone, platform_id: keys; name, address, receiver_phone of a parcel: evidence only."
        ),
        _c("buyer_kind", "text", "What buyer_key was made from: platform_id, email, phone.", merge="known"),
    ),
)

TOUCHES = Table(
    "touches",
    "A coupon or message reaching a buyer, or used by her, as a file of the sender or the platform states it.",
    key=("store", "campaign_id", "buyer_key", "kind", "touch_key"),
    month_of="day",
    columns=(
        _STORE,
        _c(
            "campaign_id", "text", "Number or name of the campaign or wave; `events` tells its days, where a file does."
        ),
        _c("buyer_key", "text", "Keyed hash of the identity of whom it reached."),
        _c("kind", "text", "sent, claimed, used or stopped; other words stand as they are and are not counted."),
        _c("touch_key", "text", "What tells several of one kind apart, such as the coupon; empty when there is one."),
        _c("coupon", "text", "Number of the coupon or message."),
        _c("day", "date", "Day of it; null where the file names none.", merge="known"),
    ),
)

PAYMENTS = Table(
    "payments",
    "One payment of an order (deposit, tail, whole).",
    key=("store", "payment_id"),
    month_of="paid_at",
    columns=(
        _STORE,
        _c("payment_id", "text", "Payment number."),
        _c("order_id", "text", "Order it pays."),
        _c("paid_at", "time", "When it was paid.", merge="known"),
        _c("stage", "text", "deposit, tail or whole."),
        _c("method", "text", "Means of payment."),
        _CURRENCY,
        _c("amount", "money", "Amount.", "minor"),
    ),
)

SHIPMENTS = Table(
    "shipments",
    "One parcel.",
    key=("store", "shipment_id", "order_id"),
    month_of="shipped_at",
    columns=(
        _STORE,
        _c("shipment_id", "text", "Tracking number."),
        _c("order_id", "text", "An order in the parcel."),
        _c("carrier", "text", "Parcel company."),
        _c("shipped_at", "time", "When it left.", merge="known"),
        _c("delivered_at", "time", "When it arrived.", merge="known"),
        _c("warehouse", "text", "Warehouse."),
        _CURRENCY,
        _c("freight", "money", "Freight paid by the merchant.", "minor"),
    ),
)

SETTLEMENTS = Table(
    "settlements",
    "One amount component of a settlement or ledger.",
    key=("store", "settlement_id", "row_key", "component"),
    month_of="settled_at",
    columns=(
        _STORE,
        _c("settlement_id", "text", "Settlement or ledger number."),
        _c("row_key", "text", "Row inside it."),
        _c("component", "text", "Kind of amount."),
        _c("order_id", "text", "Order it belongs to."),
        _c("settled_at", "time", "When it was booked.", merge="known"),
        _CURRENCY,
        _c("amount", "money", "Signed amount: income positive.", "minor"),
    ),
)

STOCK = Table(
    "stock",
    "Stock of a SKU in a warehouse at the end of a day.",
    key=("store", "sku", "warehouse", "day"),
    month_of="day",
    columns=(
        _STORE,
        _c("sku", "text", "Merchant code."),
        _c("warehouse", "text", "Warehouse; empty when there is one."),
        _c("day", "date", "Day."),
        _c("on_hand", "int", "Units on hand.", "units"),
        _c("reserved", "int", "Units promised.", "units"),
        _c("inbound", "int", "Units on their way.", "units"),
    ),
)

COSTS = Table(
    "costs",
    "A cost of a store that no other file carries (labour, freight, fees, event fees, cost of goods).",
    key=("store", "kind", "cost_id", "first_day", "last_day"),
    month_of="first_day",
    columns=(
        _STORE,
        _c(
            "kind",
            "text",
            "labour, cogs, commission, event_fee, platform_fee, freight, packaging, rebate, coupon (what coupons cost beside the price), other.",
        ),
        _c("cost_id", "text", "Its number or name; empty when there is one."),
        _c("first_day", "date", "First day it covers."),
        _c("last_day", "date", "Last day it covers."),
        _CURRENCY,
        _c("amount", "money", "Amount.", "minor"),
        _c("hours", "float", "Hours of labour.", "hours"),
        _c("note", "text", "What it is."),
    ),
)

REVIEWS = Table(
    "reviews",
    "One review of a product.",
    key=("store", "review_id"),
    month_of="reviewed_at",
    columns=(
        _STORE,
        _c("review_id", "text", "Review number."),
        _c("order_id", "text", "Order."),
        _c("product_id", "text", "Product."),
        _c("reviewed_at", "time", "When.", merge="known"),
        _c("stars", "int", "1 to 5.", "stars"),
    ),
)

MARKET = Table(
    "market",
    "A number about a market, category or competitor.",
    key=("store", "subject_kind", "subject_id", "measure", "first_day", "last_day"),
    month_of="first_day",
    columns=(
        _STORE,
        _c("subject_kind", "text", "market, category, competitor, keyword."),
        _c("subject_id", "text", "Its id or name."),
        _c("measure", "text", "What is measured."),
        _c("first_day", "date", "First day."),
        _c("last_day", "date", "Last day."),
        _c("value", "float", "The value (an index when is_index)."),
        _c("is_index", "bool", "A platform index, not the quantity itself."),
    ),
)

EVENTS = Table(
    "events",
    "A phase of an event (大促) of a store.",
    key=("store", "event", "phase", "first_at"),
    month_of=None,
    columns=(
        _STORE,
        _c("event", "text", "Its name, e.g. 618."),
        _c(
            "phase",
            "text",
            "warm_up (蓄水), presale (预售), tail (尾款), sale (现货), encore (返场); coupon (发券): days of a campaign, no event days.",
        ),
        _c("first_at", "time", "Opening moment."),
        _c("last_at", "time", "Closing moment."),
    ),
)

FX = Table(
    "fx",
    "A dated exchange rate, imported or typed.",
    key=("store", "day", "currency", "into"),
    month_of=None,
    columns=(
        _c("store", "int", "0: holds for every store."),
        _c("day", "date", "Day of the rate."),
        _c("currency", "text", "From, ISO 4217."),
        _c("into", "text", "To, ISO 4217."),
        _c("rate", "price", "Units of `into` for one unit of `currency`."),
        _c("source", "text", "Where the rate comes from."),
    ),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        STORE_DAY, ORDERS, ORDER_LINES, PAYMENTS, SHIPMENTS, REFUNDS, SETTLEMENTS, TRAFFIC, VISITS,
        ADS, AD_SALES, PRODUCTS, PRODUCT_ATTRIBUTES, CUSTOMERS, IDENTITIES, TOUCHES, STOCK, COSTS, REVIEWS, MARKET, EVENTS, FX,
    )
}  # fmt: skip

# Those that a file can be about; the others come out of what files say besides.
FILLED = {name: table for name, table in TABLES.items() if name != IDENTITIES.name}
