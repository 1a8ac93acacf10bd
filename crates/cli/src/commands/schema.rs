//! `fieldbook schema`: whether a schema file is right and what it invites to do wrong, its one spelling, and what is
//! different between two versions.

mod typescript;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use fieldbook_model::schema::lint::lint;
use fieldbook_model::schema::print::print;
use fieldbook_model::schema::succession::{Finding, compare};
use fieldbook_model::schema::{Merge, RecordType, toml};
use fieldbook_model::{Schema, json};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{Failure, Said};
use crate::output;
use typescript::typescript;

/// Look at schema files
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    Check(Check),
    Print(Print),
    Diff(Diff),
    Types(Types),
}

/// Check a schema file: every mistake with its place, then warnings, then what its types are
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook schema check apps/counter/schema.toml")]
pub struct Check {
    /// The file
    file: PathBuf,
}

/// A schema that is right, for programs.
#[derive(Serialize)]
struct Checked<'a> {
    schema: &'a str,
    version: u32,
    types: Vec<&'a str>,
    warnings: Vec<String>,
}

impl Check {
    /// Checks it.
    pub fn run(self) -> Result<Exit, Failure> {
        let Some(schema) = read(&self.file)? else { return Ok(Exit::Wrong) };
        let warnings: Vec<String> = lint(&schema).iter().map(ToString::to_string).collect();
        if output::in_json() {
            let types = schema.types.iter().filter(|ty| !ty.system).map(|ty| ty.name.as_str()).collect();
            let Schema { name, version, .. } = &schema;
            output::json(&Checked { schema: name, version: *version, types, warnings })?;
            return Ok(Exit::Done);
        }
        warnings.iter().for_each(|warning| output::note(&format!("warning: {warning}")));
        output::lines(told(&schema))?;
        Ok(Exit::Done)
    }
}

/// Write a schema file in its one spelling, without comments
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook schema print apps/counter/schema.toml")]
pub struct Print {
    /// The file
    file: PathBuf,
}

impl Print {
    /// Writes it.
    pub fn run(self) -> Result<Exit, Failure> {
        let Some(schema) = read(&self.file)? else { return Ok(Exit::Wrong) };
        output::lines(print(&schema).lines().map(str::to_owned))?;
        Ok(Exit::Done)
    }
}

/// Write the record types and actions as types of a programming language
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook schema types --lang ts apps/counter/schema.toml > src/schema.ts")]
pub struct Types {
    /// The file
    file: PathBuf,
    /// The language
    #[arg(long, value_enum)]
    lang: Language,
}

/// A language.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// TypeScript, for @fieldbook/client
    Ts,
}

impl Types {
    /// Writes them.
    pub fn run(self) -> Result<Exit, Failure> {
        let Some(schema) = read(&self.file)? else { return Ok(Exit::Wrong) };
        let text = match self.lang {
            Language::Ts => typescript(&schema),
        };
        output::lines(text.lines().map(str::to_owned))?;
        Ok(Exit::Done)
    }
}

/// Tell what is different between two versions, and whether the newer may follow the older
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook schema diff released/schema-2.toml apps/counter/schema.toml\n\nEach line says what a difference means: additive, rule, step, needs a step, refused. The command succeeds if the newer version may follow."
)]
pub struct Diff {
    /// The older file
    old: PathBuf,
    /// The newer file
    new: PathBuf,
}

/// A difference, for programs.
#[derive(Serialize)]
struct Found<'a> {
    weight: &'a str,
    path: &'a str,
    words: &'a str,
}

impl Diff {
    /// Compares them.
    pub fn run(self) -> Result<Exit, Failure> {
        let (old, new) = (read(&self.old)?, read(&self.new)?);
        let (Some(old), Some(new)) = (old, new) else { return Ok(Exit::Wrong) };
        let findings = compare(&old, &new);
        output::lines(findings.iter().map(|found| match output::in_json() {
            true => {
                json::write(&Found { weight: found.weight.word(), path: &found.path, words: &found.words })
            }
            false => finding(found),
        }))?;
        Ok(match findings.iter().all(|finding| finding.weight.is_allowed()) {
            true => Exit::Done,
            false => Exit::Wrong,
        })
    }
}

/// A difference in one line.
pub fn finding(Finding { weight, path, words }: &Finding) -> String {
    format!("{}: {path}: {words}", weight.word())
}

/// The schema of a file; `None` when its mistakes were told, one a line.
pub fn read(path: &Path) -> Result<Option<Schema>, Failure> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::new(Exit::Wrong, "schema-file", format!("cannot read the schema file {shown}: {error}"))
    })?;
    match toml::read(&shown, &text) {
        Ok(schema) => Ok(Some(schema)),
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| match output::in_json() {
                true => {
                    let (exit, code) = (Exit::Wrong, "wrong-schema".to_owned());
                    output::error(&Said { exit, code, words: mistake.to_string() });
                }
                false => output::note(&mistake.to_string()),
            });
            Ok(None)
        }
    }
}

/// How many types an app has of its own.
pub fn types(schema: &Schema) -> String {
    output::plural(schema.types.iter().filter(|ty| !ty.system).count() as u64, "record type")
}

fn told(schema: &Schema) -> Vec<String> {
    let Schema { name, version, actions, .. } = schema;
    let actions = output::plural(actions.len() as u64, "action");
    let head = format!("{name} version {version}: {}, {actions}", types(schema));
    let own = schema.types.iter().filter(|ty| !ty.system);
    std::iter::once(head).chain(own.map(type_line)).collect()
}

/// The rules that are told, with their words.
const RULES: [(&str, Merge); 7] = [
    ("manual", Merge::Manual),
    ("delta", Merge::Delta),
    ("min", Merge::Min),
    ("max", Merge::Max),
    ("priority", Merge::Priority),
    ("priority by role", Merge::PriorityByRole),
    ("last-written", Merge::LastWritten),
];

/// A type and what is special about how it merges.
fn type_line(ty: &RecordType) -> String {
    let mut parts = vec![format!("{} fields", ty.fields.len())];
    if ty.insert_only {
        parts.push("insert-only".to_owned());
    }
    if let Some(field) = &ty.prune {
        parts.push(format!("pruned by {field}"));
    }
    if ty.edit_wins {
        parts.push("edit-wins".to_owned());
    }
    let of = |merge| ty.fields.iter().enumerate().filter(move |(place, _)| ty.rule(*place) == merge);
    for (word, merge) in RULES {
        let names: Vec<&str> = of(merge).map(|(_, field)| field.name.as_str()).collect();
        if !names.is_empty() {
            parts.push(format!("{word}: {}", names.join(", ")));
        }
    }
    parts.extend(ty.groups.iter().map(|group| format!("group {}: {}", group.name, group.fields.join(", "))));
    parts.extend(ty.unique.iter().map(|unique| format!("unique: {}", unique.fields.join(", "))));
    format!("  {}: {}", ty.name, parts.join("; "))
}
