//! Problems that some requests may be answered, beside those of all.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, content::ContentBuilder};

use crate::web::error::PROBLEM;

/// An answer that is a problem.
pub(super) fn answer(told: &str) -> Value {
    json!(of(told))
}

fn of(told: &str) -> Response {
    let problem = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    ResponseBuilder::new().description(told).content(PROBLEM, problem).build()
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident { $($status:literal => $told:literal),* $(,)? })*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<Response>> {
                    [$(($status.to_owned(), RefOr::T(of($told)))),*].into()
                }
            }
        )*
    };
}

problems! {
    /// Of signing in.
    Unauthorized {
        "401" => "Name and password, or the link, are wrong",
    }
    /// It cannot be done in this state.
    Conflict {
        "404" => "There is no such thing, or none that this one may see",
        "409" => "It cannot be done in this state",
    }
    /// A list that is loaded.
    Loaded {
        "404" => "There is no such campaign",
        "409" => "The campaign is finished",
        "422" => "More rows than are taken at once",
    }
    /// Changes say which version they change.
    Versions {
        "412" => "It has another version now",
        "428" => "`If-Match` is missing",
    }
    /// Records that somebody else changed, or that are in another state.
    Record {
        "409" => "The record has another version now, or does not let this be done as it is",
    }
    /// A definition of a kind.
    Definition {
        "409" => "Records are in a state that would go",
        "412" => "The kind has another version now",
        "422" => "There are mistakes",
    }
    /// Rules that cannot be.
    Judged {
        "404" => "There is no such thing",
        "422" => "There are mistakes, or findings of the linter",
    }
    /// Files of everything that is found.
    TooMuch {
        "422" => "More than is written to one file",
    }
    /// What is printed.
    Printed {
        "404" => "There is no such thing, or none that this one may see",
        "409" => "There is no font to print with",
        "422" => "More than is printed at once",
    }
    /// Questions about the past.
    Past {
        "404" => "There is no journal of that time",
        "422" => "More than can be read at once, or rules with mistakes",
    }
    /// A report.
    Report {
        "404" => "There is no such report",
        "409" => "There are as many reports of this person as can be kept, or no font to print with",
        "422" => "The text is not understood, or more was asked than one answer may take",
    }
    /// Of what was recorded.
    Recording {
        "404" => "There is no such thing, or none that this one may see",
        "409" => "The recording is there and cannot be heard: its key is missing, or it was changed",
        "410" => "The recording was deleted",
    }
    /// Parts of a file.
    Range {
        "416" => "The range is not in the recording",
    }
}
