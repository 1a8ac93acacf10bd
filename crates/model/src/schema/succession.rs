//! Whether a schema may follow another, said as sentences: what is only added, what a step declares, what needs one,
//! and what no step allows, because ops that wait somewhere could not be done any more.

mod fields;
mod steps;
mod types;

use super::Schema;

/// What a difference between two versions means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Older devices need nothing.
    Additive,
    /// Another rule, in force from its place in the order on.
    Rule,
    /// Declared by a step.
    Stepped,
    /// Not without a step.
    NeedsStep,
    /// Not at all.
    Refused,
}

impl Weight {
    /// Whether the newer version may follow.
    pub fn is_allowed(self) -> bool {
        self < Self::NeedsStep
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Rule => "rule",
            Self::Stepped => "step",
            Self::NeedsStep => "needs a step",
            Self::Refused => "refused",
        }
    }
}

/// A difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it means.
    pub weight: Weight,
    /// What it is about, such as `product.note`.
    pub path: String,
    /// What is different, and what to do where that may not be.
    pub words: String,
}

/// A comparison under way.
struct Comparing<'a> {
    old: &'a Schema,
    new: &'a Schema,
    /// The old version as the steps leave it.
    work: Schema,
    findings: Vec<Finding>,
}

/// Everything that is different between two versions, in the order in which a person looks for it.
pub fn compare(old: &Schema, new: &Schema) -> Vec<Finding> {
    walk(old, new).findings
}

/// The newer version as it comes into force after the older: with what its steps drop, kept out of sight.
///
/// # Errors
/// What the older does not let follow.
pub fn succeed(old: &Schema, new: &Schema) -> Result<Schema, Vec<Finding>> {
    let Comparing { work, findings, .. } = walk(old, new);
    let wrong: Vec<Finding> = findings.into_iter().filter(|finding| !finding.weight.is_allowed()).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut next = new.clone();
    for ty in &mut next.types {
        let kept = work.find(&ty.name).into_iter().flat_map(|old| &old.fields);
        ty.fields.extend(kept.filter(|field| field.retired).cloned());
    }
    Ok(next)
}

fn walk<'a>(old: &'a Schema, new: &'a Schema) -> Comparing<'a> {
    let mut comparing = Comparing { old, new, work: old.clone(), findings: Vec::new() };
    comparing.head();
    comparing.steps();
    comparing.types();
    comparing.actions();
    comparing
}

impl Comparing<'_> {
    fn note(&mut self, weight: Weight, path: impl Into<String>, words: impl Into<String>) {
        self.findings.push(Finding { weight, path: path.into(), words: words.into() });
    }

    fn head(&mut self) {
        let (old, new) = (self.old, self.new);
        if old.name != new.name {
            let words = format!("this is the schema of {}, not of {}", new.name, old.name);
            self.note(Weight::Refused, "schema", words);
        }
        if new.version != old.version.saturating_add(1) {
            let (is, wanted) = (new.version, old.version.saturating_add(1));
            let words = format!(
                "the version is {is}; each released change grows it by one: write version = {wanted}"
            );
            self.note(Weight::Refused, "version", words);
        }
        if old.status != new.status {
            self.note(Weight::Additive, "status", "the app says in other words how syncing stands");
        }
        for role in old.roles.iter().filter(|role| !new.roles.contains(role)) {
            self.note(Weight::Refused, role, "the role is gone, and members may have it: leave it in");
        }
        for role in new.roles.iter().filter(|role| !old.roles.contains(role)) {
            self.note(Weight::Additive, role, "the role is new");
        }
    }
}
