//! Conditions in a definition.

use super::table::{Fields, expected};
use crate::record::kind::{Guard, Kind};
use crate::record::mistake::Mistakes;
use crate::record::words::Words;
use crate::written::expression;
use crate::written::source::{Value, inner_place};

pub(super) fn guard(of: &Fields, key: &str, kind: &Kind, mistakes: &mut Mistakes) -> Option<Guard> {
    let node = of.get(key)?;
    let Value::Text(text) = &node.value else {
        return expected(node, "a condition in quotes", "引号中的条件", mistakes);
    };
    match expression::parse(text, &kind.vocabulary(|_| true)) {
        Ok((condition, _)) => Some(Guard { text: text.clone(), condition }),
        Err(error) => {
            let at = inner_place(node, text, error.at, mistakes.text);
            let message = Words::new(
                format!("the condition is wrong here: {}", error.why),
                format!("条件此处有误：{}", error.why),
            );
            mistakes.add(&at, "condition", message);
            None
        }
    }
}
