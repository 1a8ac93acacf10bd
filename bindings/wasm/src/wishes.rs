//! What a screen wishes for, as JSON.

use fieldbook_device_store::{Action, Pruning, Side, Wish};
use fieldbook_model::op::Wanted;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, Json, Scope, json};
use serde::Deserialize;

use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionForm {
    #[serde(rename = "type")]
    action: Option<String>,
    key: Option<String>,
    changes: Vec<Wanted>,
}

/// Reads an action.
pub fn action(text: &str) -> Result<Action, Failure> {
    let ActionForm { action, key, changes } = json::parse(text)?;
    let action = action.unwrap_or_else(|| EDIT.to_owned());
    Ok(Action { action, key, changes: changes.into_iter().map(|Wanted(change)| change).collect() })
}

/// Reads the changes that an action is to have in place of its own.
pub fn changes(text: &str) -> Result<Vec<Change>, Failure> {
    let wanted: Vec<Wanted> = json::parse(text)?;
    Ok(wanted.into_iter().map(|Wanted(change)| change).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PruningForm {
    before: String,
    #[serde(rename = "type")]
    of: Option<String>,
    scope: Option<Scope>,
    #[serde(default)]
    dry_run: bool,
}

/// Reads what is to be taken off a device, and whether that is only asked about.
pub fn pruning(text: &str) -> Result<(Pruning, bool), Failure> {
    let PruningForm { before, of, scope, dry_run } = json::parse(text)?;
    Ok((Pruning { before, of, scope }, dry_run))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum WishForm {
    Mine,
    Theirs,
    Fields { values: Vec<(String, Json)>, rest: Option<SideForm> },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SideForm {
    Mine,
    Theirs,
}

/// Reads how a conflict is to be settled.
pub fn wish(text: &str) -> Result<Wish, Failure> {
    Ok(match json::parse(text)? {
        WishForm::Mine => Wish::Mine,
        WishForm::Theirs => Wish::Theirs,
        WishForm::Fields { values, rest } => Wish::Fields {
            values,
            rest: rest.map(|side| match side {
                SideForm::Mine => Side::Mine,
                SideForm::Theirs => Side::Theirs,
            }),
        },
    })
}
