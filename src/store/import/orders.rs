//! A row of an orders file: an order, and whose it is.

use std::collections::BTreeSet;

use crate::base::{CustomerId, numbers_in};
use crate::crm::{ContactPoint, Order, organisation_key};
use crate::store::StoreError;
use crate::store::customers::owners;
use crate::store::db::Conn;

use super::columns::{plain, slipped};
use super::report::RowMistake;
use super::sheet::Judged;
use super::{ImportOptions, amount, cells, dates};

const TEXT_MAX_CHARS: usize = 200;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OrderColumn {
    Customer,
    Phone,
    Email,
    Number,
    Placed,
    Item,
    Amount,
    Currency,
    Status,
    Unknown,
}

const HEADERS: &[(OrderColumn, &[&str])] = &[
    (
        OrderColumn::Customer,
        &["name", "customer", "customername", "fullname", "姓名", "客户", "客户姓名", "客户名称", "买家", "收货人"],
    ),
    (
        OrderColumn::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "customerphone",
            "电话",
            "手机",
            "手机号",
            "手机号码",
            "联系电话",
            "电话号码",
        ],
    ),
    (OrderColumn::Email, &["email", "mail", "emailaddress", "customeremail", "邮箱", "电子邮箱", "邮件"]),
    (
        OrderColumn::Number,
        &["number", "order", "ordernumber", "orderno", "orderid", "reference", "订单号", "订单编号", "单号", "订单"],
    ),
    (
        OrderColumn::Placed,
        &[
            "placed",
            "date",
            "orderdate",
            "createdat",
            "orderedat",
            "日期",
            "下单日期",
            "下单时间",
            "订单日期",
            "购买日期",
        ],
    ),
    (
        OrderColumn::Item,
        &["item", "items", "product", "article", "description", "lineitemname", "商品", "商品名称", "产品", "产品名称"],
    ),
    (
        OrderColumn::Amount,
        &["amount", "total", "price", "sum", "ordertotal", "金额", "总额", "订单金额", "总价", "实付金额"],
    ),
    (OrderColumn::Currency, &["currency", "币种", "货币"]),
    (OrderColumn::Status, &["status", "orderstatus", "state", "状态", "订单状态"]),
];

impl OrderColumn {
    pub fn of(header: &str) -> Self {
        let plain = plain(header);
        HEADERS.iter().find(|(_, names)| names.contains(&plain.as_str())).map_or(Self::Unknown, |(column, _)| *column)
    }
}

pub(super) fn meant(header: &str) -> Option<&'static str> {
    slipped(header, HEADERS.iter().flat_map(|(_, names)| names.iter().copied()))
}

pub(super) fn judge(headers: &[String]) -> Judged {
    let columns: Vec<OrderColumn> = headers.iter().map(|header| OrderColumn::of(header)).collect();
    for (column, what) in [
        (OrderColumn::Number, "the order number"),
        (OrderColumn::Placed, "the date of the order"),
        (OrderColumn::Amount, "the amount"),
    ] {
        if !columns.contains(&column) {
            return Err(what);
        }
    }
    if !columns.iter().any(|column| matches!(column, OrderColumn::Phone | OrderColumn::Email)) {
        return Err("the customer's phone number or e-mail address");
    }
    Ok(columns.iter().filter(|column| **column != OrderColumn::Unknown).count())
}

/// An order, and what is known of its customer.
pub(super) struct OrderRow {
    pub order: Order,
    name: Option<String>,
    points: Vec<ContactPoint>,
}

/// Reads one row, or tells everything that is wrong with it.
pub(super) fn row(
    cells: &[String],
    columns: &[OrderColumn],
    headers: &[String],
    line: u64,
    options: &ImportOptions,
) -> Result<OrderRow, Vec<RowMistake>> {
    let mut mistakes = Vec::new();
    let mut refuse = |column: Option<OrderColumn>, message: String| {
        let header = column.and_then(|column| columns.iter().position(|other| *other == column));
        let column = header.and_then(|at| headers.get(at)).cloned();
        mistakes.push(RowMistake { line, column, message });
    };
    if let Some(message) = cells::too_many(cells, headers) {
        refuse(None, message);
    }
    let all = |wanted: OrderColumn| {
        let filled = cells.iter().zip(columns).filter(move |(cell, column)| **column == wanted && !cell.is_empty());
        filled.map(|(cell, _)| cell.as_str())
    };
    let mut text = |wanted: OrderColumn, is_needed: bool| {
        let text = all(wanted).collect::<Vec<_>>().join(", ");
        match text.chars().count() {
            0 if is_needed => refuse(Some(wanted), String::from("empty")),
            length if length > TEXT_MAX_CHARS => {
                refuse(Some(wanted), format!("longer than {TEXT_MAX_CHARS} characters"));
            }
            _ => {}
        }
        text
    };
    let number = text(OrderColumn::Number, true);
    let placed = text(OrderColumn::Placed, true);
    let total = text(OrderColumn::Amount, true);
    let (item, status) = (text(OrderColumn::Item, false), text(OrderColumn::Status, false));
    let placed = match dates::date(&placed) {
        Ok(date) if date.len() == "2014-10-02".len() => date,
        _ if placed.is_empty() => placed,
        Ok(_) => {
            refuse(Some(OrderColumn::Placed), format!("`{placed}` has no year"));
            placed
        }
        Err(message) => {
            refuse(Some(OrderColumn::Placed), message);
            placed
        }
    };
    let said = all(OrderColumn::Currency).next().map(|text| amount::currency(text).ok_or(text));
    let is_said = said.is_some();
    let currency = match said {
        Some(Ok(code)) => code,
        Some(Err(text)) => {
            refuse(Some(OrderColumn::Currency), format!("`{text}` is not a currency such as CNY"));
            String::new()
        }
        None => amount::named_in(&total, &options.region).or_else(|| options.currency.clone()).unwrap_or_default(),
    };
    if currency.is_empty() && !is_said {
        refuse(Some(OrderColumn::Amount), String::from("no currency is told: add a column, or --currency"));
    }
    let amount_minor = amount::minor(&total, &currency);
    if amount_minor.is_none() && !total.is_empty() && !currency.is_empty() {
        refuse(Some(OrderColumn::Amount), format!("`{total}` is not an amount such as 1234.50"));
    }
    let mut points = Vec::new();
    for (column, kind) in [(OrderColumn::Phone, "phone"), (OrderColumn::Email, "email")] {
        for cell in all(column) {
            let parts = if column == OrderColumn::Phone { numbers_in(cell) } else { vec![cell] };
            for part in parts {
                match ContactPoint::new(kind, part, "", &options.region) {
                    Ok(point) => points.push(point),
                    Err(error) => refuse(Some(column), format!("`{part}`: {error}")),
                }
            }
        }
    }
    if points.is_empty() && mistakes.is_empty() {
        let message = String::from("neither a phone number nor an e-mail address of the customer");
        mistakes.push(RowMistake { line, column: None, message });
    }
    let order = Order { number, placed, item, amount_minor: amount_minor.unwrap_or(0), currency, status };
    let name = all(OrderColumn::Customer).next().map(str::to_owned);
    if mistakes.is_empty() { Ok(OrderRow { order, name, points }) } else { Err(mistakes) }
}

/// The one customer who has these contact points, and that name if one is told; else why there is none.
pub(super) async fn owner(conn: &mut Conn, row: &OrderRow) -> Result<Result<CustomerId, String>, StoreError> {
    let owners = owners(conn, &row.points).await?;
    let mut found: BTreeSet<_> = owners.into_iter().map(|(id, name)| (id, organisation_key(&name))).collect();
    if found.len() > 1
        && let Some(name) = row.name.as_deref().map(organisation_key)
    {
        found.retain(|(_, known)| *known == name);
    }
    Ok(match found.iter().collect::<Vec<_>>().as_slice() {
        [(one, _)] => Ok(*one),
        [] => Err(String::from("there is no customer with this number or address")),
        several => Err(format!("{} customers have this number or address: add a column with the name", several.len())),
    })
}
