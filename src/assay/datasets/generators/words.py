"""The vocabulary of the small world: people, things and names in English and Chinese. Small on purpose, so that a small model can learn it."""

from assay.datasets.generators.families import Noun, Person, Word

PEOPLE = tuple(
    Person(en, zh, woman)
    for en, zh, woman in (
        ("Anna", "小丽", True), ("Ben", "小明", False), ("Clara", "小红", True), ("David", "小刚", False),
        ("Emma", "小芳", True), ("Felix", "小军", False), ("Grace", "小梅", True), ("Hugo", "小强", False),
        ("Iris", "小兰", True), ("Jack", "小伟", False), ("Kate", "小云", True), ("Leo", "小龙", False),
        ("Maria", "小雪", True), ("Noah", "小宇", False), ("Olga", "小燕", True), ("Paul", "小勇", False),
        ("Rosa", "小玲", True), ("Sam", "小杰", False), ("Tina", "小娟", True), ("Tom", "小峰", False),
    )
)  # fmt: skip
WOMEN = tuple(person for person in PEOPLE if person.woman)
MEN = tuple(person for person in PEOPLE if not person.woman)

NOUNS = tuple(
    Noun(one, many, zh, measure)
    for one, many, zh, measure in (
        ("apple", "apples", "苹果", "个"), ("book", "books", "书", "本"), ("pen", "pens", "钢笔", "支"), ("coin", "coins", "硬币", "枚"),
        ("card", "cards", "卡片", "张"), ("flower", "flowers", "花", "朵"), ("egg", "eggs", "鸡蛋", "个"), ("hat", "hats", "帽子", "顶"),
        ("stone", "stones", "石头", "块"), ("key", "keys", "钥匙", "把"), ("shirt", "shirts", "衬衫", "件"), ("cup", "cups", "杯子", "个"),
    )
)  # fmt: skip

COLOURS = tuple(
    Word(en, zh)
    for en, zh in (
        ("red", "红色"), ("blue", "蓝色"), ("green", "绿色"), ("black", "黑色"), ("white", "白色"), ("yellow", "黄色"), ("brown", "棕色"), ("grey", "灰色"),
    )
)  # fmt: skip
PETS = tuple(
    Word(en, zh)
    for en, zh in (
        ("cat", "猫"),
        ("dog", "狗"),
        ("bird", "鸟"),
        ("horse", "马"),
        ("rabbit", "兔子"),
        ("mouse", "老鼠"),
        ("fish", "鱼"),
        ("duck", "鸭子"),
    )
)
CITIES = tuple(
    Word(en, zh)
    for en, zh in (
        ("Rome", "罗马"), ("Paris", "巴黎"), ("Cairo", "开罗"), ("Lima", "利马"), ("Oslo", "奥斯陆"), ("Delhi", "德里"), ("Tokyo", "东京"), ("Berlin", "柏林"),
    )
)  # fmt: skip
JOBS = tuple(
    Word(en, zh)
    for en, zh in (
        ("teacher", "老师"), ("doctor", "医生"), ("farmer", "农民"), ("driver", "司机"), ("cook", "厨师"), ("painter", "画家"), ("baker", "面包师"), ("nurse", "护士"),
    )
)  # fmt: skip
FOODS = tuple(
    Word(en, zh)
    for en, zh in (
        ("rice", "米饭"), ("bread", "面包"), ("soup", "汤"), ("cheese", "奶酪"), ("noodles", "面条"), ("salad", "沙拉"), ("cake", "蛋糕"), ("fruit", "水果"),
    )
)  # fmt: skip
PLAIN = tuple(
    Word(en, zh)
    for en, zh in (
        ("cat", "猫"), ("dog", "狗"), ("sun", "太阳"), ("moon", "月亮"), ("tree", "树"), ("river", "河"), ("tea", "茶"), ("milk", "牛奶"), ("bread", "面包"),
        ("door", "门"), ("star", "星星"), ("snow", "雪"), ("rain", "雨"), ("wind", "风"), ("fire", "火"), ("stone", "石头"), ("bird", "鸟"), ("fish", "鱼"),
        ("horse", "马"), ("apple", "苹果"), ("book", "书"), ("chair", "椅子"), ("table", "桌子"), ("cup", "杯子"),
    )
)  # fmt: skip
SYLLABLES = tuple(
    Word(en, zh)
    for en, zh in (
        ("zor", "佐"), ("va", "瓦"), ("mel", "梅"), ("ki", "基"), ("dru", "德鲁"), ("na", "纳"), ("quo", "阔"), ("lim", "林"), ("bra", "布拉"), ("tev", "特夫"),
        ("sul", "苏"), ("po", "博"), ("gar", "加尔"), ("ne", "内"), ("fip", "菲普"), ("ru", "鲁"), ("hov", "霍夫"), ("ti", "蒂"), ("wex", "韦克"), ("mo", "莫"),
    )
)  # fmt: skip
