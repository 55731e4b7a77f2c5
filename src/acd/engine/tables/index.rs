//! Indices into the router's tables, a type a table: one of a queue is none of an agent.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Index, IndexMut};

use serde::{Deserialize, Serialize};

/// What finds a row of a table.
pub trait Ix: Copy {
    fn of(row: u32) -> Self;
    fn row(self) -> usize;
}

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl Ix for $name {
            fn of(row: u32) -> Self {
                Self(row)
            }

            fn row(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// In the order of the rules; who left them while signed in comes after.
    AgentIx
    /// In the order of the rules.
    QueueIx
    /// A slot that is given out again when its contact is gone.
    ContactIx
    /// A slot that is given out again when the ring is over.
    ReservationIx
    /// In the order in which demands came up; the queues' own come first.
    DemandIx
    /// Given out again when the line is empty.
    LineIx
}

macro_rules! none {
    ($($name:ident)*) => {$(
        impl $name {
            /// Where there is none.
            pub const NONE: Self = Self(u32::MAX);
        }
    )*};
}

none! { AgentIx QueueIx ReservationIx DemandIx }

impl DemandIx {
    /// What a queue demands by itself, without what a contact adds.
    pub fn of_queue(queue: QueueIx) -> Self {
        Self(queue.0)
    }
}

/// Rows that are found by an index of their own.
#[derive(Clone, Debug)]
pub struct Table<I, T> {
    rows: Vec<T>,
    by: PhantomData<I>,
}

impl<I: Ix, T> Table<I, T> {
    pub fn get(&self, ix: I) -> Option<&T> {
        self.rows.get(ix.row())
    }

    pub fn get_mut(&mut self, ix: I) -> Option<&mut T> {
        self.rows.get_mut(ix.row())
    }

    /// The index that the row has.
    pub fn add(&mut self, row: T) -> I {
        self.rows.push(row);
        I::of(self.rows.len() as u32 - 1)
    }

    /// The indices of all rows, or of the first so many.
    pub fn keys(&self, most: usize) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.rows.len().min(most) as u32).map(I::of)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (I, &T)> {
        (0..).map(I::of).zip(&self.rows)
    }
}

impl<I, T> Default for Table<I, T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by: PhantomData }
    }
}

impl<I, T> FromIterator<T> for Table<I, T> {
    fn from_iter<R: IntoIterator<Item = T>>(rows: R) -> Self {
        Self { rows: rows.into_iter().collect(), by: PhantomData }
    }
}

impl<I, T> From<Vec<T>> for Table<I, T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, by: PhantomData }
    }
}

impl<I, T> Extend<T> for Table<I, T> {
    fn extend<R: IntoIterator<Item = T>>(&mut self, rows: R) {
        self.rows.extend(rows);
    }
}

impl<'a, I, T> IntoIterator for &'a Table<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<I, T> IntoIterator for Table<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<I, T> Deref for Table<I, T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.rows
    }
}

impl<I, T> DerefMut for Table<I, T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.rows
    }
}

impl<I: Ix, T> Index<I> for Table<I, T> {
    type Output = T;

    fn index(&self, ix: I) -> &T {
        &self.rows[ix.row()]
    }
}

impl<I: Ix, T> IndexMut<I> for Table<I, T> {
    fn index_mut(&mut self, ix: I) -> &mut T {
        &mut self.rows[ix.row()]
    }
}
