"""Words by which columns of unknown files are guessed, in Chinese and English; what a word means is a guess, not a rule.

A header is compared without case, blanks, `_`, `-` and what stands in brackets, so that "Order ID", "order_id" and
"支付金额(元)" are met by "orderid" and "支付金额".
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a fact table that may be guessed: its type (see core.table) and the headers that mean it."""

    table: str
    name: str
    type: str
    words: tuple[str, ...]


def _f(table: str, name: str, type: str, words: str) -> Field:
    return Field(table, name, type, tuple(words.split()))


_TIMES = "日期 统计日期 数据日期 统计时间 时间 day date reportdate"

ORDERS = (
    _f("orders", "order_id", "text", "订单编号 订单号 订单id 主订单编号 主订单号 父订单号 交易编号 交易单号 交易号 平台单号 线上订单号 原始单号 单号 orderid orderno ordernumber order ordername ordercode salesorder"),
    _f("orders", "placed_at", "time", "下单时间 下单日期 订单创建时间 订单提交时间 创建时间 拍下时间 订单时间 订单日期 交易时间 成交时间 订单成交时间 createdat createdtime ordertime orderdate orderedat placedat purchasedate datecreated 日期 date"),
    _f("orders", "paid_at", "time", "付款时间 付款日期 支付时间 支付日期 订单付款时间 支付完成时间 买家付款时间 付款确认时间 paidat paidtime paymenttime paymentdate datepaid"),
    _f("orders", "shipped_at", "time", "发货时间 发货日期 订单发货时间 shippedat shippedtime shipdate fulfilledat"),
    _f("orders", "finished_at", "time", "完成时间 订单完成时间 交易完成时间 确认收货时间 签收时间 finishedat completedat deliveredat deliveredtime"),
    _f("orders", "closed_at", "time", "关闭时间 取消时间 cancelledat canceledat cancelledtime closedat"),
    _f("orders", "status", "text", "订单状态 交易状态 状态 orderstatus status financialstatus"),
    _f("orders", "close_reason", "text", "关闭原因 订单关闭原因 取消原因 cancelreason closereason"),
    _f("orders", "goods_amount", "money", "商品金额 货款 应付货款 买家应付货款 商品总价 商品总额 订单应付金额 订单金额 销售金额 成交金额 subtotal goodsamount itemstotal orderamount amount 金额"),
    _f("orders", "user_paid", "money", "实付金额 实付 实收 实收金额 买家实付 买家实付金额 买家实际支付金额 用户实付金额 支付金额 付款金额 实际支付金额 total totalamount amountpaid paidamount userpaid totalpaid grandtotal"),
    _f("orders", "postage", "money", "运费 邮费 快递费 买家应付邮费 运费金额 shipping shippingfee shippingprice postage freight deliveryfee"),
    _f("orders", "platform_discount", "money", "平台优惠 平台优惠折扣 平台补贴 平台承担优惠 platformdiscount"),
    _f("orders", "merchant_discount", "money", "店铺优惠 店铺优惠折扣 商家优惠 优惠金额 优惠 折扣 折扣金额 discount discountamount merchantdiscount sellerdiscount"),
    _f("orders", "merchant_received", "money", "商家实收 商家实收金额 结算金额 打款商家金额 settlementamount merchantreceived"),
    _f("orders", "refund_stated", "money", "退款金额 已退金额 退款 refundedamount refundamount refund refunded"),
    _f("orders", "buyer_key", "text", "买家会员名 买家昵称 买家 买家id 买家账号 下单帐号 下单账号 会员名 会员号 会员id 会员 客户 客户id 客户编号 用户id 用户名 buyer buyerid buyernick customerid customer customeremail email userid username memberid"),
    _f("orders", "region", "text", "省 省份 收货省份 收货省 地区 收货地址 收件地址 国家 province state region country shippingprovince shippingcountry shipstate"),
    _f("orders", "channel", "text", "销售渠道 渠道 订单渠道 平台 channel saleschannel"),
    _f("orders", "order_source", "text", "订单来源 来源 ordersource source"),
    _f("orders", "seller_note", "text", "商家备注 卖家备注 客服备注 订单备注 sellernote merchantnote"),
    _f("order_lines", "line_id", "text", "子订单编号 子订单号 子单号 明细编号 orderitemid lineid lineitemid itemlineid"),
    _f("order_lines", "product_id", "text", "商品id 宝贝id 货品id 商品编号 productid itemid asin spuid"),
    _f("order_lines", "sku", "text", "商家编码 sku skuid sku编码 商品编码 货号 款号 规格编码 货品编号 外部系统编号 sellersku itemsku lineitemsku productcode stockcode"),
    _f("order_lines", "title", "text", "商品名称 商品标题 宝贝标题 货品名称 商品 标题 品名 产品名称 productname producttitle itemname lineitemname title product description item"),
    _f("order_lines", "variant", "text", "商品规格 规格 商品属性 规格名称 颜色尺码 variant variation options"),
    _f("order_lines", "quantity", "int", "数量 商品数量 购买数量 订购数量 件数 销售数量 宝贝数量 宝贝总数量 实发数量 quantity qty units lineitemquantity quantityordered"),
    _f("order_lines", "unit_price", "price", "单价 商品单价 成交单价 商品价格 价格 售价 销售单价 unitprice price itemprice lineitemprice"),
)  # fmt: skip

REFUNDS = (
    _f("refunds", "refund_id", "text", "退款编号 退款单号 售后单号 售后编号 售后服务单号 refundid refundno returnid aftersaleid rmaid"),
    _f("refunds", "order_id", "text", "订单编号 订单号 订单id 主订单编号 orderid orderno ordernumber order"),
    _f("refunds", "line_id", "text", "子订单编号 商品单号 orderitemid lineid"),
    _f("refunds", "status", "text", "退款状态 售后状态 状态 refundstatus status"),
    _f("refunds", "kind", "text", "售后类型 退款类型 refundtype returntype type"),
    _f("refunds", "reason", "text", "退款原因 买家退款原因 售后原因 reason refundreason"),
    _f("refunds", "requested_at", "time", "退款申请时间 售后申请时间 申请时间 requestedat createdat refundcreated"),
    _f("refunds", "refunded_at", "time", "退款完结时间 退款成功时间 退款时间 完结时间 售后完成时间 refundedat refunddate completedat processedat"),
    _f("refunds", "amount", "money", "退款金额 退款总额 退商品金额 实退金额 退给买家金额 refundamount refundedamount amount refund"),
    _f("refunds", "quantity", "int", "退货数量 数量 quantity qty"),
    _f("refunds", "product_id", "text", "商品id 宝贝id productid itemid"),
    _f("refunds", "sku", "text", "商家编码 sku skuid 商品编码 货号"),
    _f("refunds", "title", "text", "商品名称 商品标题 宝贝标题 productname title"),
)  # fmt: skip

_MEASURES = (
    ("page_views", "int", "浏览量 pv 页面浏览量 商品浏览量 pageviews views"),
    ("favourites", "int", "收藏人数 商品收藏人数 favourites favorites"),
    ("cart_adders", "int", "加购人数 商品加购人数 加购客户数 addtocartusers"),
    ("cart_units", "int", "加购件数 商品加购件数 加购商品件数 addtocarts addtocart"),
    ("ordered_buyers", "int", "下单买家数 下单人数 下单客户数"),
    ("ordered_amount", "money", "下单金额"),
    (
        "gmv",
        "money",
        "支付金额 成交金额 销售额 销售金额 营业额 交易额 gmv sales totalsales revenue netsales grosssales",
    ),
    ("buyers", "int", "支付买家数 成交人数 成交客户数 成交买家数 买家数 支付人数 buyers customers purchasers"),
    ("units", "int", "支付件数 成交件数 成交商品件数 销量 件数 销售件数 units unitssold unitsordered quantity"),
    ("new_buyers", "int", "支付新买家数 新买家数 新客数 newbuyers newcustomers"),
    ("repeat_buyers", "int", "支付老买家数 老买家数 老客数 repeatbuyers returningcustomers"),
    ("repeat_gmv", "money", "老买家支付金额 老客成交金额"),
    ("refunds", "money", "退款金额 成功退款金额 成功退货退款金额 refunds returns refundamount"),
    ("bounce_rate", "rate", "跳失率 跳出率 bouncerate"),
    ("stay_seconds", "float", "平均停留时长 停留时长"),
)

STORE_DAY = (
    _f("store_day", "first_day", "date", _TIMES),
    _f(
        "store_day",
        "visitors",
        "int",
        "访客数 访客 uv 店铺访客数 独立访客 visitors uniquevisitors users onlinestorevisitors",
    ),
    _f("store_day", "new_visitors", "int", "新访客数 新访客 newvisitors newusers"),
    _f("store_day", "old_visitors", "int", "老访客数 老访客 returningvisitors"),
    _f("store_day", "enquirers", "int", "咨询人数 询单人数"),
    _f(
        "store_day",
        "orders",
        "int",
        "支付订单数 支付父订单数 成交订单数 成交单量 订单数 订单量 单量 orders ordercount numberoforders",
    ),
    *(_f("store_day", *measure) for measure in _MEASURES),
)

TRAFFIC = (
    _f("traffic", "scope_id", "text", "商品id 宝贝id 商品编号 sku skuid productid itemid asin"),
    _f("traffic", "first_day", "date", _TIMES),
    _f("traffic", "title", "text", "商品名称 商品标题 宝贝标题 sku名称 productname producttitle title"),
    _f("traffic", "visitors", "int", "商品访客数 访客数 uv visitors uniquevisitors"),
    *(_f("traffic", *measure) for measure in _MEASURES),
)

ADS = (
    _f("ads", "cost", "money", "花费 消耗 整体消耗 总花费 推广花费 成交花费 现金消耗 cost spend amountspent adspend"),
    _f("ads", "first_day", "date", _TIMES),
    _f("ads", "impressions", "int", "展现量 曝光量 展示次数 整体展示次数 impressions impr"),
    _f("ads", "clicks", "int", "点击量 点击次数 点击数 整体点击次数 clicks linkclicks"),
    _f("ads", "campaign_id", "text", "计划id 推广计划id 广告计划id campaignid"),
    _f("ads", "campaign", "text", "计划名字 计划名称 推广计划 推广名称 计划 campaign campaignname"),
    _f("ads", "subject_id", "text", "主体id 商品id 宝贝id productid itemid"),
    _f("ads", "subject", "text", "主体名称 商品名称 宝贝名称 productname"),
    _f("ad_sales", "gmv", "money", "总成交金额 成交金额 交易额 整体成交金额 销售额 purchasesconversionvalue convvalue conversionvalue revenue sales"),
    _f("ad_sales", "orders", "int", "总成交笔数 成交笔数 整体成交订单数 成交订单数 purchases conversions orders"),
)  # fmt: skip

PRODUCTS = (
    _f("products", "item_id", "text", "商品id 宝贝id 商品编号 货品编号 商品编码 商家编码 货号 款号 sku skuid productid itemid handle asin productcode"),
    _f("products", "title", "text", "商品名称 商品标题 宝贝标题 货品名称 品名 标题 产品名称 productname producttitle title name"),
    _f("products", "status", "text", "商品状态 上架状态 状态 status"),
    _f("products", "price", "price", "价格 售价 销售价 一口价 单价 price saleprice listprice"),
    _f("products", "compare_price", "price", "划线价 吊牌价 市场价 原价 compareatprice rrp msrp"),
    _f("products", "cost", "price", "成本 成本价 进价 采购价 cost costprice unitcost costperitem"),
    _f("products", "category", "text", "类目 分类 商品分类 商品类目 品类 产品分类 一级类目 category type producttype"),
    _f("products", "brand", "text", "品牌 品牌名称 brand vendor"),
)  # fmt: skip

STOCK = (
    _f("stock", "on_hand", "int", "可用库存 库存 库存数量 库存数 现有库存 实际库存 在库数量 在库 可售库存 onhand quantityonhand stock instock stockonhand available availablestock inventory"),
    _f("stock", "sku", "text", "商家编码 sku skuid sku编码 商品编码 货号 款号 规格编码 货品编号 sellersku itemsku productcode stockcode merchantsku"),
    _f("stock", "warehouse", "text", "仓库 仓库名称 仓库编码 库房 仓 warehouse warehousename location fulfillmentcenter"),
    _f("stock", "day", "date", f"库存日期 盘点日期 快照日期 {_TIMES} snapshotdate stockdate asof"),
    _f("stock", "reserved", "int", "占用库存 锁定库存 预占库存 待发数量 reserved allocated committed"),
    _f("stock", "inbound", "int", "在途数量 在途库存 在途 采购在途 inbound incoming onorder intransit"),
)  # fmt: skip

# kind of file -> its fields; the first one is what a file of that kind cannot be without
KINDS: dict[str, tuple[Field, ...]] = {
    "refunds": REFUNDS,
    "orders": ORDERS,
    "ads": ADS,
    "store_day": STORE_DAY,
    "traffic": TRAFFIC,
    "stock": STOCK,
    "products": PRODUCTS,
}

STORE_NAMES = tuple("店铺 店铺名称 店铺名 商店 网店 门店 store storename shop shopname".split())
CURRENCIES = tuple("币种 货币 币别 currency currencycode".split())
TOTAL = re.compile(r"(合计|总计|汇总|小计|全部|(grand )?totals?|sum)\s*([:：].*)?", re.IGNORECASE)

# the first part of a status word that is found in a cell decides, so the order matters
STATUS_PARTS = (
    ("partially_refunded", "paid"), ("partially refunded", "paid"), ("partially_paid", "unpaid"), ("partially paid", "unpaid"),
    ("unfulfilled", "paid"), ("unshipped", "paid"), ("not shipped", "paid"), ("undelivered", "shipped"), ("未完成", "unknown"),
    ("部分发货", "part_shipped"), ("partially shipped", "part_shipped"), ("partial", "part_shipped"),
    ("待付款", "unpaid"), ("待支付", "unpaid"), ("未付款", "unpaid"), ("等待买家付款", "unpaid"), ("等待付款", "unpaid"),
    ("unpaid", "unpaid"), ("pending", "unpaid"), ("awaiting payment", "unpaid"),
    ("退款成功", "closed_refunded"), ("已退款", "closed_refunded"), ("refunded", "closed_refunded"),
    ("待发货", "paid"), ("未发货", "paid"), ("备货", "paid"), ("等待出库", "paid"), ("等待卖家发货", "paid"),
    ("待收货", "shipped"), ("已发货", "shipped"), ("等待确认收货", "shipped"), ("等待买家确认", "shipped"), ("配送中", "shipped"),
    ("完成", "finished"), ("成功", "finished"), ("已签收", "finished"), ("已收货", "finished"), ("已评价", "finished"),
    ("关闭", "closed_unpaid"), ("取消", "closed_unpaid"), ("作废", "closed_unpaid"),
    ("cancel", "closed_unpaid"), ("closed", "closed_unpaid"), ("void", "closed_unpaid"), ("expired", "closed_unpaid"),
    ("complete", "finished"), ("finished", "finished"), ("delivered", "finished"), ("received", "finished"),
    ("shipped", "shipped"), ("fulfilled", "shipped"), ("in transit", "shipped"),
    ("已付款", "paid"), ("已支付", "paid"), ("paid", "paid"), ("processing", "paid"), ("锁定", "locked"), ("暂停", "locked"),
)  # fmt: skip

# headers whose values are not shown in a profile, because they may name a person
PERSONAL = tuple(
    "姓名 收件人 收货人 联系人 手机 电话 地址 身份证 邮箱 微信 旺旺 会员 买家 客户 用户 帐号 账号 昵称 邮编 "
    "email phone mobile address street zip postal buyer customer recipient receiver username nick firstname lastname fullname billingname shippingname".split()
)
