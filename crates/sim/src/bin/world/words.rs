//! The words after `world`, taken one by one; what is left in the end is wrong. It never looks at the machine.

use fieldbook_model::planted::Defect;

/// The words of a command line.
pub struct Words(Vec<String>);

/// What is wrong with them.
#[derive(Debug)]
pub struct Wrong(pub String);

impl Words {
    /// All of them.
    pub fn read(words: impl Iterator<Item = String>) -> Result<Self, Wrong> {
        Ok(Self(words.collect()))
    }

    /// Whether a word is there by itself.
    pub fn has(&mut self, name: &str) -> bool {
        let at = self.0.iter().position(|word| word == name);
        at.map(|at| self.0.remove(at)).is_some()
    }

    /// What stands behind a word.
    pub fn value(&mut self, name: &str) -> Result<Option<String>, Wrong> {
        let Some(at) = self.0.iter().position(|word| word == name) else { return Ok(None) };
        self.0.remove(at);
        match self.0.get(at).is_some_and(|word| !word.starts_with("--")) {
            true => Ok(Some(self.0.remove(at))),
            false => Err(Wrong(format!("{name} needs a value after it"))),
        }
    }

    /// A number behind a word.
    pub fn number(&mut self, name: &str) -> Result<Option<u64>, Wrong> {
        let value = self.value(name)?;
        let number = |word: String| word.parse().map_err(|_| Wrong(format!("{name} takes a whole number")));
        value.map(number).transpose()
    }

    /// A defect behind a word.
    pub fn defect(&mut self, name: &str) -> Result<Option<Defect>, Wrong> {
        let unknown = |word: &str| Wrong(format!("there is no defect {word}; `world --defects` lists them"));
        self.value(name)?.map(|word| Defect::named(&word).ok_or_else(|| unknown(&word))).transpose()
    }

    /// Nothing may be left.
    pub fn end(self) -> Result<(), Wrong> {
        match self.0.first() {
            Some(word) => Err(Wrong(format!("{word:?} is not known here"))),
            None => Ok(()),
        }
    }
}
