//! What the receipts say. Every shop, street and person is invented; every total adds up.

use super::rng::Rng;

/// One row of a receipt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Row {
    /// The shop's name, large and centred.
    Title(String),
    /// Centred text.
    Centre(String),
    /// Text from the left margin.
    Left(String),
    /// A name at the left and an amount at the right: two phrases.
    Pair(String, String),
    /// As a pair, but larger.
    Total(String, String),
    /// A ruled line; not text.
    Rule,
}

impl Row {
    /// The phrases of the row, from left to right.
    #[cfg(test)]
    fn phrases(&self) -> Vec<&str> {
        match self {
            Self::Title(text) | Self::Centre(text) | Self::Left(text) => vec![text],
            Self::Pair(name, amount) | Self::Total(name, amount) => vec![name, amount],
            Self::Rule => Vec::new(),
        }
    }
}

/// The language of a receipt, which decides its font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Korean,
}

/// A receipt before it has a look.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) id: String,
    pub(crate) language: Language,
    pub(crate) rows: Vec<Row>,
}

struct Shop {
    name: &'static str,
    street: &'static str,
    town: &'static str,
    /// Goods with their usual price in cents (or won).
    goods: &'static [(&'static str, u32)],
    farewell: &'static str,
}

const GROCERY: &[(&str, u32)] = &[
    ("Wholemeal Bread", 320),
    ("Oat Milk 1L", 265),
    ("Free Range Eggs x12", 489),
    ("Tomatoes 500g", 230),
    ("Basmati Rice 2kg", 675),
    ("Olive Oil 750ml", 1120),
    ("Green Tea 50 bags", 410),
    ("Dark Chocolate 70%", 285),
    ("Bananas 1.2kg", 216),
    ("Washing Powder", 899),
];
const CAFE: &[(&str, u32)] = &[
    ("Flat White", 380),
    ("Espresso Double", 290),
    ("Almond Croissant", 345),
    ("Club Sandwich", 890),
    ("Iced Lemon Tea", 420),
    ("Carrot Cake", 475),
    ("Soup of the Day", 650),
    ("Sparkling Water", 260),
];
const HARDWARE: &[(&str, u32)] = &[
    ("Wood Screws 4x40 (50)", 575),
    ("Masking Tape 25mm", 340),
    ("Claw Hammer 450g", 1890),
    ("LED Bulb E27 9W", 620),
    ("Paint Roller Set", 1245),
    ("Cable Ties 200mm", 410),
    ("Sandpaper P120", 195),
    ("Padlock 40mm", 1360),
];
const BOOKS: &[(&str, u32)] = &[
    ("Notebook A5 dotted", 795),
    ("Fountain Pen Ink", 1150),
    ("City Map Folded", 620),
    ("The Quiet Harbour", 1499),
    ("Pocket Dictionary", 1275),
    ("Wall Calendar 2026", 990),
    ("Gift Wrap Sheet", 250),
];
const PHARMACY: &[(&str, u32)] = &[
    ("Plasters Assorted", 385),
    ("Hand Cream 75ml", 640),
    ("Throat Lozenges", 520),
    ("Vitamin C 500mg", 915),
    ("Sunscreen SPF 50", 1385),
    ("Cotton Buds 200", 210),
    ("Toothbrush Soft", 345),
];

const SHOPS: &[Shop] = &[
    Shop {
        name: "HARBOUR LANE MARKET",
        street: "17 Harbour Lane",
        town: "Eastbridge EB2 4QT",
        goods: GROCERY,
        farewell: "Thank you, see you soon",
    },
    Shop {
        name: "Cafe Marigold",
        street: "5 Orchard Square",
        town: "Northwick NW9 1AA",
        goods: CAFE,
        farewell: "Enjoy your day!",
    },
    Shop {
        name: "BOLT & BRACKET",
        street: "Unit 8, Foundry Road",
        town: "Millport MP6 3HD",
        goods: HARDWARE,
        farewell: "Returns within 30 days",
    },
    Shop {
        name: "The Paper Lantern",
        street: "112 Station Parade",
        town: "Ashford Vale AV1 7LB",
        goods: BOOKS,
        farewell: "Happy reading",
    },
    Shop {
        name: "WELLSPRING PHARMACY",
        street: "41 Market Street",
        town: "Eastbridge EB1 9ZX",
        goods: PHARMACY,
        farewell: "Keep receipt for refunds",
    },
    Shop {
        name: "Corner Pantry",
        street: "203 Willow Avenue",
        town: "Southmere SM4 8RP",
        goods: GROCERY,
        farewell: "Fresh every morning",
    },
    Shop {
        name: "Blue Kettle Tea Room",
        street: "2 Abbey Steps",
        town: "Glenhaven GH3 2WE",
        goods: CAFE,
        farewell: "Please come again",
    },
];

const KOREAN_CAFE: &[(&str, u32)] = &[
    ("아메리카노", 4500),
    ("카페라떼", 5000),
    ("녹차 케이크", 6800),
    ("딸기 스무디", 6200),
    ("크루아상", 3900),
    ("유자차", 5500),
];
const KOREAN_MART: &[(&str, u32)] = &[
    ("우유 1L", 2980),
    ("두부 300g", 1850),
    ("사과 5개", 9900),
    ("라면 5봉", 4350),
    ("김치 1kg", 8700),
    ("계란 10구", 3980),
];
const KOREAN_SHOPS: &[Shop] = &[
    Shop {
        name: "달빛 커피",
        street: "은하구 별빛로 12길 7",
        town: "전화 02-000-1234",
        goods: KOREAN_CAFE,
        farewell: "감사합니다",
    },
    Shop {
        name: "푸른 언덕 마트",
        street: "가람시 나루동 88-3",
        town: "전화 031-000-5678",
        goods: KOREAN_MART,
        farewell: "또 오세요",
    },
];

/// Number of English receipts.
pub(crate) const ENGLISH: usize = 20;
/// Number of Korean receipts.
pub(crate) const KOREAN: usize = 4;

/// The receipts for a seed, in the order of their ids.
pub(crate) fn all(seed: u64) -> Vec<Content> {
    let english = (0..ENGLISH).map(|i| Content {
        id: format!("en-{:02}", i + 1),
        language: Language::English,
        rows: english(&SHOPS[i % SHOPS.len()], &mut Rng::new(seed, 100 + i as u64)),
    });
    let korean = (0..KOREAN).map(|i| Content {
        id: format!("ko-{:02}", i + 1),
        language: Language::Korean,
        rows: korean(
            &KOREAN_SHOPS[i % KOREAN_SHOPS.len()],
            &mut Rng::new(seed, 200 + i as u64),
        ),
    });
    english.chain(korean).collect()
}

fn cents(amount: u32) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

fn won(amount: u32) -> String {
    if amount >= 1000 {
        format!("{},{:03}", amount / 1000, amount % 1000)
    } else {
        amount.to_string()
    }
}

/// A line per kind of goods; returns the sum.
fn items(
    shop: &Shop,
    count: usize,
    rng: &mut Rng,
    money: fn(u32) -> String,
    rows: &mut Vec<Row>,
) -> u32 {
    let mut sum = 0;
    for (name, price) in rng.sample(shop.goods, count) {
        let quantity = if rng.below(4) == 0 { 2 } else { 1 };
        let amount = price * quantity;
        sum += amount;
        let name = if quantity > 1 {
            format!("{quantity} x {name}")
        } else {
            name.to_owned()
        };
        rows.push(Row::Pair(name, money(amount)));
    }
    sum
}

fn english(shop: &Shop, rng: &mut Rng) -> Vec<Row> {
    let mut rows = vec![
        Row::Title(shop.name.to_owned()),
        Row::Centre(shop.street.to_owned()),
        Row::Centre(shop.town.to_owned()),
    ];
    if rng.below(2) == 0 {
        rows.push(Row::Centre(format!(
            "Tel: 01632 {}",
            rng.between(960_000, 960_999)
        )));
    }
    rows.push(Row::Rule);
    let date = format!("{:02}/{:02}/2025", rng.between(1, 28), rng.between(1, 12));
    let time = format!("{:02}:{:02}", rng.between(8, 20), rng.between(0, 59));
    rows.push(Row::Pair(format!("Date: {date}"), time));
    rows.push(Row::Left(format!(
        "Receipt No. {}",
        rng.between(10_000, 99_999)
    )));
    if rng.below(2) == 0 {
        rows.push(Row::Left(format!(
            "Served by: {}",
            rng.pick(&["Imogen", "Rafael", "Yuna", "Tobias", "Priya"])
        )));
    }
    rows.push(Row::Rule);
    let count = rng.between(3, 6) as usize;
    let sum = items(shop, count, rng, cents, &mut rows);
    rows.push(Row::Rule);
    // Prices are net; tax at 8 %, rounded half up to the cent.
    let tax = (sum * 8 + 50) / 100;
    let total = sum + tax;
    rows.push(Row::Pair("Subtotal".to_owned(), cents(sum)));
    rows.push(Row::Pair("Tax 8%".to_owned(), cents(tax)));
    rows.push(Row::Total("TOTAL".to_owned(), cents(total)));
    if rng.below(2) == 0 {
        let given = total.div_ceil(1000) * 1000;
        rows.push(Row::Pair("Cash".to_owned(), cents(given)));
        rows.push(Row::Pair("Change".to_owned(), cents(given - total)));
    } else {
        rows.push(Row::Left(format!(
            "Card ending {}",
            rng.between(1000, 9999)
        )));
    }
    rows.push(Row::Rule);
    rows.push(Row::Centre(shop.farewell.to_owned()));
    rows
}

fn korean(shop: &Shop, rng: &mut Rng) -> Vec<Row> {
    let mut rows = vec![
        Row::Title(shop.name.to_owned()),
        Row::Centre(shop.street.to_owned()),
        Row::Centre(shop.town.to_owned()),
        Row::Rule,
        Row::Pair(
            format!("2025-{:02}-{:02}", rng.between(1, 12), rng.between(1, 28)),
            format!("{:02}:{:02}", rng.between(8, 20), rng.between(0, 59)),
        ),
        Row::Rule,
    ];
    let count = rng.between(3, 5) as usize;
    // Korean prices include the tax of 10 %.
    let total = items(shop, count, rng, won, &mut rows);
    let tax = (total + 5) / 11;
    rows.extend([
        Row::Rule,
        Row::Pair("공급가액".to_owned(), won(total - tax)),
        Row::Pair("부가세".to_owned(), won(tax)),
        Row::Total("합계".to_owned(), won(total)),
        Row::Pair("카드 결제".to_owned(), won(total)),
        Row::Rule,
        Row::Centre(shop.farewell.to_owned()),
    ]);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(rows: &[Row], label: &str) -> u32 {
        let row = rows
            .iter()
            .find(|row| row.phrases().first() == Some(&label));
        let text = row.unwrap().phrases()[1];
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .unwrap()
    }

    #[test]
    fn totals_add_up() {
        for receipt in all(7) {
            let (net, tax, total) = match receipt.language {
                Language::English => ("Subtotal", "Tax 8%", "TOTAL"),
                Language::Korean => ("공급가액", "부가세", "합계"),
            };
            let rows = &receipt.rows;
            assert_eq!(
                amount(rows, net) + amount(rows, tax),
                amount(rows, total),
                "{}",
                receipt.id
            );
        }
    }

    #[test]
    fn ids_are_unique_and_every_receipt_is_of_a_receipts_length() {
        let receipts = all(7);
        assert_eq!(receipts.len(), ENGLISH + KOREAN);
        for receipt in receipts {
            let lines = receipt.rows.iter().filter(|row| **row != Row::Rule).count();
            assert!((10..=22).contains(&lines), "{}: {lines} lines", receipt.id);
        }
    }
}
