//! What is judged, and how much it counts.

/// Sections of one card.
pub const SECTIONS_MAX: usize = 12;
/// Items of one section.
pub const ITEMS_MAX: usize = 30;
/// Most points of an item.
pub const POINTS_MAX: u32 = 10;
/// Most weight of a section, and of an item in its section.
pub const WEIGHT_MAX: u32 = 100;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Card {
    pub sections: Vec<Section>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Section {
    /// Against the other sections.
    pub weight: u32,
    pub items: Vec<Item>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    pub key: String,
    /// Against the other items of its section.
    pub weight: u32,
    /// The most that can be given; 1 is yes or no.
    pub points: u32,
    /// No point here, and the whole evaluation is 0.
    pub fatal: bool,
    /// May be "not applicable".
    pub optional: bool,
}

impl Card {
    /// All items, in their order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(|section| &section.items)
    }
}
