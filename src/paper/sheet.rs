//! What is to stand on paper.

/// A document.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Sheet {
    /// `en` or `zh`: of the page numbers.
    pub language: String,
    /// Whose paper it is: at the head of every page.
    pub house: String,
    /// What it is, on the first page large: `Quote`.
    pub title: String,
    /// What it is about, below.
    pub about: String,
    /// At the head of every page after the first, and the title of the file.
    pub name: String,
    /// At the foot of every page.
    pub foot: String,
    /// Wider than high.
    pub turned: bool,
    pub blocks: Vec<Block>,
}

/// One below the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// To whom it goes, and beside it what stands at its head.
    To {
        lines: Vec<String>,
        facts: Vec<Pair>,
    },
    /// Of a letter.
    Subject(String),
    Heading(String),
    /// Paragraphs.
    Text(String),
    /// What is explained below, in small letters.
    Small(String),
    Pairs(Vec<Pair>),
    Table(Table),
    /// To the right, the last one in bold.
    Sums(Vec<Sum>),
    /// Lines to be signed on, side by side.
    Sign(Vec<String>),
}

/// What is said of something.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Pair {
    pub name: String,
    pub value: String,
    /// From margin to margin.
    pub wide: bool,
    /// Room to write so many lines by hand, where there is no value.
    pub blank: u8,
}

impl Pair {
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), ..Self::default() }
    }
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Table {
    pub columns: Vec<Column>,
    /// Cells in the order of the columns.
    pub rows: Vec<Vec<String>>,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Column {
    pub head: String,
    /// Its end is aligned, not its beginning.
    pub number: bool,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Sum {
    pub name: String,
    pub value: String,
}

impl Sheet {
    /// Bytes of text, and rows of tables.
    pub fn size(&self) -> (usize, usize) {
        let pair = |pair: &Pair| pair.name.len() + pair.value.len();
        let (mut bytes, mut rows) = (self.title.len() + self.about.len(), 0);
        for block in &self.blocks {
            bytes += match block {
                Block::To { lines, facts } => {
                    lines.iter().map(String::len).sum::<usize>() + facts.iter().map(pair).sum::<usize>()
                }
                Block::Subject(text) | Block::Heading(text) | Block::Text(text) | Block::Small(text) => text.len(),
                Block::Pairs(pairs) => pairs.iter().map(pair).sum(),
                Block::Table(table) => {
                    rows += table.rows.len();
                    table.rows.iter().flatten().map(String::len).sum()
                }
                Block::Sums(sums) => sums.iter().map(|sum| sum.name.len() + sum.value.len()).sum(),
                Block::Sign(lines) => lines.iter().map(String::len).sum(),
            };
        }
        (bytes, rows)
    }
}
