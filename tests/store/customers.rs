//! Customers: written, found by number, found by search.

use carillon::base::Number;
use carillon::crm::{CustomerDraft, MATCHES_MAX, Order};
use carillon::store::{KeptFields, StoreError};

use crate::{World, at, call, customer, on_both};

const ALL_KEPT: KeptFields = KeptFields { orders: true, dates: true };

on_both!(
    a_card_comes_back_whole,
    one_several_none,
    many_matches_are_bounded,
    search_finds_words_and_numbers,
    organisations_are_shared,
    an_edit_replaces_what_it_read_and_nothing_else
);

fn number(text: &str) -> Number {
    Number::parse(text, "CN").unwrap()
}

async fn a_card_comes_back_whole(w: World) {
    let mut draft = customer("王丽", &["138 0013 8000", "+86 21 5550 0100"]);
    draft.organisation = Some("东方珠宝".into());
    draft.tier = Some("gold".into());
    draft.tags = vec!["pearls".into(), "quote\"s".into()];
    draft.notes = "line\nanother\0 with NUL".into();
    draft.dates = vec![("wedding anniversary".into(), "2014-10-02".into()), ("birthday".into(), "05-17".into())];
    let order = |number: &str, placed: &str| Order {
        number: number.into(),
        placed: placed.into(),
        item: "pearl necklace".into(),
        amount_minor: 1_288_000,
        currency: "CNY".into(),
        status: "delivered".into(),
    };
    draft.orders = vec![order("A-1", "2025-01-02"), order("A-2", "2026-03-04")];
    let id = w.store.save_customer(None, &draft, at(0)).await.unwrap();

    let card = w.store.customer(id).await.unwrap();
    assert_eq!(
        (card.name.as_str(), card.organisation.as_deref(), card.tier.as_deref()),
        ("王丽", Some("东方珠宝"), Some("gold"))
    );
    assert_eq!(card.tags, draft.tags);
    assert_eq!(card.notes, "line\nanother with NUL");
    assert_eq!(card.dates, draft.dates);
    assert_eq!(card.contact_points, draft.contact_points);
    assert_eq!(card.orders.iter().map(|order| order.number.as_str()).collect::<Vec<_>>(), ["A-2", "A-1"]);

    draft.contact_points.pop();
    draft.orders.clear();
    assert_eq!(w.store.save_customer(Some(id), &draft, at(1)).await.unwrap(), id);
    let card = w.store.customer(id).await.unwrap();
    assert_eq!((card.contact_points.len(), card.orders.len()), (1, 0));
    assert!(w.store.find_by_number(&number("+862155500100")).await.unwrap().is_empty());

    let missing = w.store.customer(carillon::base::CustomerId(999_999)).await;
    assert!(matches!(missing, Err(StoreError::NotFound("customer"))));
    let nameless = w.store.save_customer(None, &customer(" ", &[]), at(0)).await;
    assert!(matches!(nameless, Err(StoreError::Invalid(_))));
    assert_eq!(w.store.customer_count().await.unwrap(), 1);
}

async fn one_several_none(w: World) {
    let anna = w.store.save_customer(None, &customer("Anna", &["02155500100", "13900000001"]), at(0)).await.unwrap();
    let bert = w.store.save_customer(None, &customer("Bert", &["02155500100"]), at(0)).await.unwrap();
    let find = async |text: &str| -> Vec<_> {
        w.store.find_by_number(&number(text)).await.unwrap().into_iter().map(|card| card.id).collect()
    };

    assert_eq!(find("+86 139 0000 0001").await, [anna]);
    assert!(find("13900000002").await.is_empty());
    // Of a household, who was in touch last stands first.
    let mut talked = call(1, at(10));
    talked.customer = Some(bert);
    w.store.save_interactions(&[talked]).await.unwrap();
    assert_eq!(find("021 5550 0100").await, [bert, anna]);
}

async fn many_matches_are_bounded(w: World) {
    for n in 0..MATCHES_MAX + 3 {
        w.store.save_customer(None, &customer(&format!("Desk {n}"), &["02155500100"]), at(0)).await.unwrap();
    }
    assert_eq!(w.store.find_by_number(&number("02155500100")).await.unwrap().len(), MATCHES_MAX);
}

async fn search_finds_words_and_numbers(w: World) {
    let mut pearl = customer("欧阳明珠", &["13800138123"]);
    pearl.organisation = Some("Eastern Pearl".into());
    w.store.save_customer(None, &pearl, at(0)).await.unwrap();
    w.store.save_customer(None, &customer("Smith, Jane", &["+4930555123"]), at(0)).await.unwrap();
    let names = async |query: &str| -> Vec<String> {
        w.store.search(query, "CN", 10).await.unwrap().into_iter().map(|card| card.name).collect()
    };
    for query in ["明珠", "欧", "east pea", "8123", "PEARL"] {
        assert_eq!(names(query).await, ["欧阳明珠"], "{query}");
    }
    assert_eq!(names("jane smith").await, ["Smith, Jane"]);
    for query in
        ["138 0013 8123", "+86 (0)138 0013 8123", "0086 13800138123", "tel:+8613800138123", "１３８００１３８１２３"]
    {
        assert_eq!(names(query).await, ["欧阳明珠"], "{query}");
    }
    for query in ["+49 (0)30 555123", "0049 30 555 123", "030 555123", "+49-30/555123 ext 4"] {
        assert_eq!(names(query).await, ["Smith, Jane"], "{query}");
    }
    for query in ["", "珠明", "smith pearl", "%", "' OR 1=1 --"] {
        assert!(names(query).await.is_empty(), "{query}");
    }
    w.store.save_customer(None, &customer("Pearl Jones", &[]), at(0)).await.unwrap();
    assert_eq!(names("pearl").await, ["Pearl Jones", "欧阳明珠"]);
    assert_eq!(w.store.search("pearl", "CN", 1).await.unwrap().len(), 1);
}

async fn organisations_are_shared(w: World) {
    for (name, organisation) in [("A", "Acme Jewels"), ("B", "  ACME   jewels ")] {
        let mut draft = customer(name, &[]);
        draft.organisation = Some(organisation.into());
        let id = w.store.save_customer(None, &draft, at(0)).await.unwrap();
        assert_eq!(w.store.customer(id).await.unwrap().organisation.as_deref(), Some("Acme Jewels"));
    }
}

async fn an_edit_replaces_what_it_read_and_nothing_else(w: World) {
    let mut draft = customer("王丽", &["13800138000", "+862155500100"]);
    draft.tags = vec!["pearls".into()];
    draft.dates = vec![("birthday".into(), "05-17".into())];
    draft.orders = (0..60)
        .map(|n| Order {
            number: format!("A-{n:03}"),
            placed: "2026-03-04".into(),
            item: "ring".into(),
            amount_minor: 1,
            currency: "CNY".into(),
            status: "delivered".into(),
        })
        .collect();
    let id = w.store.save_customer(None, &draft, at(0)).await.unwrap();
    let (_, version) = w.store.customer_and_version(id).await.unwrap();

    let edited = customer("王丽丽", &["13800138000"]);
    w.store.replace_customer(id, version, edited.clone(), ALL_KEPT, at(1)).await.unwrap();
    let (card, newer) = w.store.customer_and_version(id).await.unwrap();
    assert_eq!((card.name.as_str(), card.tags.len(), card.contact_points.len()), ("王丽丽", 0, 1));
    assert_eq!((card.orders.len(), card.dates, newer), (50, draft.dates, version + 1));
    assert_eq!(w.store.search("A-000", "CN", 5).await.unwrap().len(), 1, "an order that no card shows is still there");
    assert!(w.store.find_by_number(&number("+862155500100")).await.unwrap().is_empty());

    let late = w.store.replace_customer(id, version, edited.clone(), ALL_KEPT, at(2)).await;
    assert!(matches!(late, Err(StoreError::Changed { present, .. }) if present == newer), "{late:?}");
    let joined = customer("", &["+4930555123"]);
    w.store.merge_customer(id, joined, at(3)).await.unwrap();
    assert_eq!(w.store.customer_and_version(id).await.unwrap().1, newer + 1, "a joining counts as a change");
    assert_eq!(w.store.search("A-000", "CN", 5).await.unwrap().len(), 1, "nor does a joining lose an order");
    let edited = CustomerDraft { orders: draft.orders.split_off(58), ..edited };
    let none_kept = KeptFields { orders: false, dates: false };
    w.store.replace_customer(id, newer + 1, edited.clone(), none_kept, at(4)).await.unwrap();
    let card = w.store.customer(id).await.unwrap();
    assert_eq!((card.orders.len(), card.dates.len()), (2, 0), "an edit that names orders and dates replaces them");
    assert!(w.store.search("A-000", "CN", 5).await.unwrap().is_empty());
    let missing = w.store.replace_customer(carillon::base::CustomerId(999_999), 1, edited, ALL_KEPT, at(4)).await;
    assert!(matches!(missing, Err(StoreError::NotFound("customer"))), "{missing:?}");
}
