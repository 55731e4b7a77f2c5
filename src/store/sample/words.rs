//! What the sample customers are called, buy and ring about. All of it is invented.
//!
//! Numbers are taken from ranges for fiction and tests: +44 7700 900xxx and +44 20 7946 0xxx (Ofcom),
//! +1 NPA 555 01xx (NANPA), +49 30 23125 xxx (Bundesnetzagentur). China has no such range; its numbers here
//! begin with what no operator has: mobiles with 120, a Shanghai line with 0.

/// Family names.
pub(super) const ZH_FAMILY: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "高",
    "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "欧阳", "司徒", "上官",
];
pub(super) const ZH_GIVEN: &[&str] = &[
    "伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明珠", "超",
    "霞", "平", "刚", "桂英", "雨桐", "子涵", "欣怡", "浩然", "诗涵", "梓轩", "思远", "佳琪", "晓梅", "文博", "若曦",
    "雅琴",
];
pub(super) const EN_FIRST: &[&str] = &[
    "Alice",
    "Benjamin",
    "Charlotte",
    "Daniel",
    "Eleanor",
    "Felix",
    "Grace",
    "Henry",
    "Isabel",
    "James",
    "Katharina",
    "Liam",
    "Margaret",
    "Noah",
    "Olivia",
    "Peter",
    "Rosalind",
    "Samuel",
    "Theresa",
    "Victor",
    "Winifred",
    "Jonas",
];
pub(super) const EN_LAST: &[&str] = &[
    "Ashworth",
    "Bennett",
    "Carlisle",
    "Delacroix",
    "Ellison",
    "Fairbanks",
    "Goldberg",
    "Hawthorne",
    "Ingram",
    "Jefferson",
    "Kessler",
    "Lindqvist",
    "Montgomery",
    "Novak",
    "O'Brien",
    "Pemberton",
    "Quinn",
    "Richter",
    "Sinclair",
    "Thornton",
    "Underwood",
    "Vogel",
];

/// Chinese, English, price in yuan.
pub(super) const ITEMS: &[(&str, &str, i64)] = &[
    ("Akoya 珍珠项链", "Akoya pearl necklace", 18_800),
    ("南洋白珠耳钉", "South Sea pearl studs", 12_600),
    ("一克拉钻石戒指", "One-carat diamond ring", 128_000),
    ("半克拉钻戒「誓言」", "Half-carat ring “Vow”", 46_500),
    ("铂金婚戒对戒", "Pair of platinum wedding bands", 22_400),
    ("18K 玫瑰金手链", "18-carat rose gold bracelet", 9_800),
    ("翡翠平安扣吊坠", "Jade disc pendant", 35_000),
    ("翡翠手镯", "Jade bangle", 168_000),
    ("哥伦比亚祖母绿戒指", "Colombian emerald ring", 96_000),
    ("缅甸红宝石吊坠", "Burmese ruby pendant", 142_000),
    ("斯里兰卡蓝宝石耳环", "Ceylon sapphire earrings", 58_000),
    ("足金生肖吊坠", "Fine gold zodiac pendant", 4_600),
    ("古法金手镯", "Heritage gold bangle", 27_900),
    ("男士铂金袖扣", "Platinum cufflinks", 8_200),
    ("胎毛纪念金章", "Newborn keepsake gold medal", 3_200),
    ("腕表「晨钟」", "Wristwatch “Matins”", 64_000),
];
pub(super) const STATUSES: &[&str] =
    &["delivered", "delivered", "delivered", "in workshop", "shipped", "ready for pick-up"];

/// Chinese, English.
pub(super) const TAGS: &[(&str, &str)] = &[
    ("珍珠", "pearls"),
    ("翡翠", "jade"),
    ("钻石", "diamonds"),
    ("高级定制", "bespoke"),
    ("婚嫁", "bridal"),
    ("收藏", "collector"),
    ("送礼", "gifts"),
    ("企业客户", "corporate"),
];
pub(super) const REMARKS: &[(&str, &str)] = &[
    ("偏好下午两点后联系。", "Prefers calls after two in the afternoon."),
    ("戒指尺寸 13 号，对镍过敏。", "Ring size M, allergic to nickel."),
    ("喜欢简约款式，不喜欢玫瑰金。", "Likes plain designs, no rose gold."),
    ("每年结婚纪念日前会来挑礼物。", "Chooses a present before each anniversary."),
    ("由上海店林女士长期服务。", "Looked after by Ms Lin of the Shanghai shop."),
    ("请使用全名称呼。", "Please use the full name."),
];
pub(super) const ORGANISATIONS: &[(&str, &str)] = &[
    ("东方文化传媒", "Bellweather & Sons"),
    ("海蓝国际贸易", "Northgate Hotels"),
    ("远山律师事务所", "Kessler Consulting"),
];

/// What a call was about: disposition, Chinese note, English note.
pub(super) const CALLS: &[(&str, &str, &str)] = &[
    ("advice", "咨询珍珠项链长度，已推荐 45 厘米款。", "Asked about necklace lengths; suggested 45 cm."),
    ("advice", "询问珍珠保养方法。", "Asked how to clean pearls."),
    ("order", "预订生日礼物，定金已付。", "Ordered a birthday present, deposit paid."),
    ("order", "加购同款耳环。", "Ordered the matching earrings."),
    ("delivery", "查询订单进度，工坊预计周五完成。", "Asked for the order; the workshop expects Friday."),
    ("delivery", "快递延误，已致歉并改为专人送达。", "Courier late; apologised, delivery by hand instead."),
    ("repair", "手链搭扣松动，安排免费检修。", "Loose clasp on the bracelet, free inspection arranged."),
    ("repair", "戒指改圈，取件单已寄出。", "Ring to be resized, pick-up slip sent."),
    ("appointment", "周六下午两点到店，预约设计师面谈。", "Viewing on Saturday at 2 pm, with the designer."),
    ("complaint", "包装盒有划痕，客户不满，已补发。", "Scratched box, unhappy; a new one is on its way."),
    ("callback", "请周三上午回电确认尺寸。", "Wants a call on Wednesday morning about the size."),
];
