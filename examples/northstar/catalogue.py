"""What the demo company sells, to whom and where: products, customer types, industries, cities, the organisation."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CHANNELS",
    "CITIES",
    "INDUSTRIES",
    "PRODUCTS",
    "REGIONS",
    "STORY",
    "TEAMS",
    "TYPES",
    "CustomerType",
    "Product",
]


@dataclass(frozen=True, slots=True)
class Product:
    """`price` and `cost` are whole yuan a piece; `weight` is how often it is bought, `growth` the monthly change of
    that."""

    id: str
    name: str
    line: str
    price: int
    cost: int
    weight: float
    growth: float
    launched: int = 0  # months after the first month


PRODUCTS: tuple[Product, ...] = (
    Product("P01", "Sentio S1", "Sensors", 680, 390, 10, -0.01),
    Product("P02", "Sentio S2", "Sensors", 1280, 730, 9, 0.0),
    Product("P03", "Sentio Pro", "Sensors", 2480, 1310, 6, 0.012),
    Product("P04", "Gatera 100", "Gateways", 2980, 1820, 7, -0.012),
    Product("P05", "Gatera 300", "Gateways", 5600, 3300, 6, 0.0),
    Product("P06", "Gatera Max", "Gateways", 11800, 6700, 3, 0.008),
    Product("P07", "Visora Basic", "Software", 4800, 1250, 6, -0.006),
    Product("P08", "Visora Pro", "Software", 12800, 3100, 4, 0.004),
    Product("P09", "Visora Cloud", "Software", 9600, 2100, 0.7, 0.18, launched=8),  # takes off
    Product("P10", "Carely Standard", "Service plans", 3600, 2150, 5, 0.0),
    Product("P11", "Carely Plus", "Service plans", 7200, 4000, 3, 0.006),
    Product("P12", "Carely Onsite", "Service plans", 15800, 9900, 1.2, 0.0),
)


@dataclass(frozen=True, slots=True)
class CustomerType:
    """How customers of a type buy: `orders` a month, `pieces` scales quantities, `terms` days to pay, `renews` the
    chance that an agreement of `agreement` months is renewed, `wins` the factor on the chance to win a deal."""

    name: str
    share: float  # of new customers
    base_share: float  # of the customers there from the start
    orders: float
    pieces: float
    terms: int
    agreement: int
    renews: float
    wins: float
    attention: float


TYPES: tuple[CustomerType, ...] = (
    CustomerType("Key account", 0.06, 0.13, 1.0, 2.6, 60, 12, 0.93, 0.8, 3.0),
    CustomerType("Mid-market", 0.30, 0.37, 0.55, 1.35, 45, 12, 0.84, 1.0, 1.5),
    CustomerType("Small business", 0.64, 0.50, 0.33, 0.8, 30, 6, 0.72, 1.1, 1.0),
)

CHANNELS = (("Direct", 0.58), ("Partner", 0.27), ("Online", 0.15))

INDUSTRIES = (
    ("Machinery", 22),
    ("Electronics", 20),
    ("Automotive", 14),
    ("Pharma", 10),
    ("Food and beverage", 12),
    ("Energy", 9),
    ("Logistics", 8),
    ("Textiles", 5),
)

REGIONS = ("East", "North", "South", "West")
TEAMS: tuple[tuple[str, str, str, float], ...] = (  # team, region, manager's id, share of the people
    ("Falcon", "East", "M01", 1.2),
    ("Crane", "East", "M02", 1.1),
    ("Dolphin", "East", "M03", 1.0),
    ("Wolf", "North", "M04", 1.0),
    ("Mustang", "North", "M05", 0.9),
    ("Tiger", "South", "M06", 1.1),
    ("Panther", "South", "M07", 1.0),
    ("Orca", "South", "M08", 0.9),
    ("Panda", "West", "M09", 1.0),
    ("Yak", "West", "M10", 0.8),
)

CITIES: dict[str, tuple[tuple[str, str, float], ...]] = {  # region -> city, province, weight
    "East": (
        ("Shanghai", "Shanghai Municipality", 10),
        ("Hangzhou", "Zhejiang", 7),
        ("Suzhou", "Jiangsu", 6),
        ("Nanjing", "Jiangsu", 5),
        ("Ningbo", "Zhejiang", 4),
        ("Hefei", "Anhui", 2),
    ),
    "North": (
        ("Beijing", "Beijing Municipality", 10),
        ("Tianjin", "Tianjin Municipality", 5),
        ("Qingdao", "Shandong", 4),
        ("Shenyang", "Liaoning", 3),
    ),
    "South": (
        ("Shenzhen", "Guangdong", 9),
        ("Guangzhou", "Guangdong", 8),
        ("Xiamen", "Fujian", 4),
        ("Changsha", "Hunan", 3),
    ),
    "West": (
        ("Chengdu", "Sichuan", 8),
        ("Chongqing", "Chongqing Municipality", 6),
        ("Xi'an", "Shaanxi", 5),
        ("Wuhan", "Hubei", 5),
    ),
}


@dataclass(frozen=True, slots=True)
class Story:
    """What there is to find in the data. Months count from the first month of the data."""

    weak_region: str = "South"  # sells, wins and collects less
    weak_from: int = 22
    cheap_team: str = "Mustang"  # gives ever higher discounts
    cheap_from: int = 20
    streak_rep: int = 3  # position among the people: loses every deal
    streak_from: int = 24


STORY = Story()
