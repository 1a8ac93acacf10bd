//! The flags of `act`, in the order in which they were given: the changes of an op have an order.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// What a flag asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `--insert`
    Insert,
    /// `--set`
    Set,
    /// `--add`
    Add,
    /// `--count`
    Count,
    /// `--include`
    Include,
    /// `--exclude`
    Exclude,
    /// `--reset`
    Reset,
    /// `--delete`
    Delete,
    /// `--restore`
    Restore,
}

/// Each verb with its flag, the form of its values, and what it does.
const VERBS: [(Verb, &str, &str, &str); 9] = [
    (Verb::Insert, "insert", "T[:ID] f=v", "Make a record of type T, with a new id where none is given"),
    (Verb::Set, "set", "T:SEL f=v", "Set fields of a record; `f=` empties one"),
    (Verb::Add, "add", "T:SEL f=-2", "Add exact numbers to fields of a record"),
    (
        Verb::Count,
        "count",
        "T:SEL f=40",
        "Say what was counted: the addition that leads there, unless another's was not seen",
    ),
    (Verb::Include, "include", "T:SEL f=a,b", "Put elements into set fields of a record"),
    (Verb::Exclude, "exclude", "T:SEL f=a,b", "Take elements out of set fields of a record"),
    (
        Verb::Reset,
        "reset",
        "T:SEL f=0",
        "Give a field a value that is only ever raised or lowered, though it is none",
    ),
    (Verb::Delete, "delete", "T:SEL", "Delete a record"),
    (Verb::Restore, "restore", "T:ID", "Bring a deleted record back"),
];

impl Verb {
    /// Its flag.
    pub fn flag(self) -> &'static str {
        VERBS.iter().find(|(verb, ..)| *verb == self).map_or("", |(_, flag, ..)| flag)
    }
}

/// One flag with what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// What it asks for.
    pub verb: Verb,
    /// Which record.
    pub target: String,
    /// Each `field=value`, not yet taken apart.
    pub pairs: Vec<String>,
}

/// All flags that make changes, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags(pub Vec<Flag>);

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        VERBS.iter().fold(command, |command, (verb, flag, form, help)| {
            let alone = matches!(verb, Verb::Delete | Verb::Restore);
            let arg = Arg::new(*flag).long(*flag).value_name(*form).help(*help).action(ArgAction::Append);
            command.arg(if alone { arg.num_args(1) } else { arg.num_args(1..) })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags: Vec<(usize, Flag)> =
            VERBS.iter().flat_map(|(verb, ..)| of_verb(matches, *verb)).collect();
        flags.sort_by_key(|(place, _)| *place);
        Ok(Self(flags.into_iter().map(|(_, flag)| flag).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flags of one verb, each with the place of its first value on the command line.
fn of_verb(matches: &ArgMatches, verb: Verb) -> Vec<(usize, Flag)> {
    let mut places = matches.indices_of(verb.flag()).into_iter().flatten();
    let given = matches.get_occurrences::<String>(verb.flag()).into_iter().flatten();
    given
        .filter_map(|words| {
            let mut words = words.cloned();
            let (place, target) = (places.next()?, words.next()?);
            let pairs: Vec<String> = words.collect();
            for _ in &pairs {
                places.next();
            }
            Some((place, Flag { verb, target, pairs }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Vec<(Verb, String, Vec<String>)> {
        let command = Flags::augment_args(Command::new("act")).arg(Arg::new("home").long("home"));
        let matches = command.try_get_matches_from([&["act"], line].concat()).expect("a call");
        let flags = Flags::from_arg_matches(&matches).expect("flags");
        flags.0.into_iter().map(|flag| (flag.verb, flag.target, flag.pairs)).collect()
    }

    #[test]
    fn flags_keep_their_order_whatever_their_verbs() {
        let line = [
            "--add",
            "product:1",
            "stock=-2",
            "on_order=3",
            "--insert",
            "customer",
            "name=A b",
            "--home",
            "h",
            "--delete",
            "product:2",
            "--add",
            "product:3",
            "stock=1",
        ];
        let expected = [
            (Verb::Add, "product:1", vec!["stock=-2", "on_order=3"]),
            (Verb::Insert, "customer", vec!["name=A b"]),
            (Verb::Delete, "product:2", vec![]),
            (Verb::Add, "product:3", vec!["stock=1"]),
        ];
        let expected = expected.map(|(verb, target, pairs)| {
            (verb, target.to_owned(), pairs.into_iter().map(str::to_owned).collect())
        });
        assert_eq!(read(&line), expected);
    }

    #[test]
    fn a_value_may_have_blanks_and_equal_signs() {
        let flags = read(&["--set", "customer:name=Ann & Co", "note=a=b -c"]);
        assert_eq!(flags[0].1, "customer:name=Ann & Co");
        assert_eq!(flags[0].2, ["note=a=b -c"]);
    }
}
