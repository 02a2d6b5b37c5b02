"""Words that column names are made of: what they mean, and how people say them in the other language. Data only."""

from __future__ import annotations

__all__ = [
    "AMOUNT_WORDS",
    "DATE_WORDS",
    "ID_WORDS",
    "LOST_VALUES",
    "MANAGER_WORDS",
    "PERSON_WORDS",
    "REGION_WORDS",
    "TEAM_WORDS",
    "TRANSLATIONS",
    "WON_VALUES",
]

PERSON_WORDS = (
    "sales_agent",
    "sales_rep",
    "salesperson",
    "salesman",
    "rep",
    "agent",
    "seller",
    "owner",
    "account_manager",
    "销售员",
    "销售代表",
    "业务员",
    "销售人员",
    "负责人",
    "销售",
)
MANAGER_WORDS = ("manager", "supervisor", "sales_manager", "team_lead", "经理", "主管", "上级")
TEAM_WORDS = ("team", "sales_team", "group", "团队", "小组", "部门")
REGION_WORDS = ("region", "regional_office", "territory", "area", "office", "区域", "大区", "地区")
AMOUNT_WORDS = (
    "amount",
    "value",
    "revenue",
    "sales",
    "total",
    "price",
    "cost",
    "profit",
    "margin",
    "quantity",
    "qty",
    "units",
    "fee",
    "paid",
    "金额",
    "销售额",
    "成本",
    "数量",
    "利润",
    "价格",
    "单价",
    "回款",
)
# The date that makes a row count, best first.
DATE_WORDS = (
    "close",
    "closed",
    "order",
    "sold",
    "sale",
    "signed",
    "paid",
    "invoice",
    "成交",
    "下单",
    "签约",
    "日期",
    "date",
)
ID_WORDS = ("id", "code", "no", "number", "nr", "key", "编号", "单号", "编码", "号")
WON_VALUES = frozenset(
    {"won", "closed won", "closed-won", "win", "success", "signed", "赢单", "成交", "已成交", "已签约"}
)
LOST_VALUES = frozenset(
    {"lost", "closed lost", "closed-lost", "lose", "loss", "failed", "丢单", "输单", "未成交", "已流失"}
)

# column name -> (English words, Chinese words); the first Chinese or English one becomes the label of that language.
TRANSLATIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "account": (("account", "customer", "client"), ("客户",)),
    "customer": (("customer", "client"), ("客户",)),
    "company": (("company",), ("公司",)),
    "product": (("product", "item"), ("产品", "商品")),
    "series": (("series", "product line"), ("系列", "产品线")),
    "category": (("category",), ("类别", "品类")),
    "sector": (("sector", "industry"), ("行业",)),
    "industry": (("industry",), ("行业",)),
    "region": (("region",), ("区域", "大区", "地区")),
    "regional_office": (("regional office", "region", "office"), ("区域", "大区")),
    "city": (("city",), ("城市",)),
    "province": (("province",), ("省份",)),
    "country": (("country",), ("国家",)),
    "channel": (("channel",), ("渠道",)),
    "team": (("team",), ("团队",)),
    "manager": (("manager",), ("经理", "主管")),
    "sales_agent": (("sales agent", "rep", "sales rep", "salesperson"), ("销售员", "销售代表", "业务员")),
    "sales_rep": (("sales rep", "rep", "salesperson"), ("销售员", "销售代表", "业务员")),
    "rep": (("rep", "sales rep", "salesperson"), ("销售员", "销售代表", "业务员")),
    "salesperson": (("salesperson", "rep", "sales rep"), ("销售员", "销售代表", "业务员")),
    "owner": (("owner", "rep"), ("负责人",)),
    "stage": (("stage",), ("阶段",)),
    "deal_stage": (("deal stage", "stage"), ("阶段", "商机阶段")),
    "status": (("status",), ("状态",)),
    "customer_type": (("customer type", "segment"), ("客户类型",)),
    "客户": (("customer", "client"), ("客户",)),
    "客户名称": (("customer", "client"), ("客户", "客户名称")),
    "产品": (("product", "item"), ("产品", "商品")),
    "产品名称": (("product", "item"), ("产品", "产品名称")),
    "区域": (("region",), ("区域", "大区", "地区")),
    "大区": (("region",), ("大区", "区域", "地区")),
    "城市": (("city",), ("城市",)),
    "省份": (("province",), ("省份",)),
    "行业": (("industry", "sector"), ("行业",)),
    "渠道": (("channel",), ("渠道",)),
    "团队": (("team",), ("团队", "小组")),
    "部门": (("department",), ("部门",)),
    "阶段": (("stage",), ("阶段",)),
    "状态": (("status",), ("状态",)),
    "金额": (("amount",), ("金额",)),
    "销售额": (("sales", "revenue"), ("销售额", "业绩", "营收")),
    "销售金额": (("sales amount", "sales", "revenue"), ("销售金额", "销售额", "业绩")),
    "数量": (("quantity", "units"), ("数量", "销量")),
    "成本": (("cost",), ("成本",)),
    "单价": (("price",), ("单价",)),
    "日期": (("date",), ("日期",)),
    "下单日期": (("order date",), ("下单日期",)),
    "成交日期": (("close date",), ("成交日期",)),
    "签约日期": (("signing date",), ("签约日期",)),
    "销售员": (("rep", "sales rep", "salesperson"), ("销售员", "业务员", "销售代表")),
    "业务员": (("rep", "sales rep", "salesperson"), ("业务员", "销售员", "销售代表")),
    "销售代表": (("rep", "sales rep", "salesperson"), ("销售代表", "销售员", "业务员")),
    "负责人": (("owner", "rep"), ("负责人",)),
    "经理": (("manager",), ("经理", "主管")),
    "订单号": (("order number", "order id"), ("订单号",)),
    "订单编号": (("order number", "order id"), ("订单编号",)),
}
