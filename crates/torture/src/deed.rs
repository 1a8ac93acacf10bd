//! What a device does: one call of the command each, as a person or an app would make it.

use std::fmt::Write;

use crate::dice::Dice;
use crate::family::Family;
use crate::shop::{Shop, id};

/// One call, when, and what happens to its process.
#[derive(Debug, PartialEq, Eq)]
pub struct Deed {
    /// After the one before.
    pub wait_ms: u64,
    /// What is called.
    pub call: Call,
    /// What happens to the process.
    pub harm: Option<Harm>,
}

/// A call.
#[derive(Debug, PartialEq, Eq)]
pub enum Call {
    /// `fieldbook act -` with these lines.
    Act(Vec<Line>),
    /// `fieldbook undo`, and with --anyway where it asks.
    Undo,
    /// `fieldbook redo`.
    Redo,
    /// `fieldbook resolve` of the first open conflict.
    Resolve(Choice),
    /// `fieldbook query`, see `look`.
    Look,
}

/// How a conflict is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Mine,
    Theirs,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Names the occasion: who saw no answer says it again under the same key. Without one only the op's own place in
    /// its log says that it came before.
    pub key: Option<String>,
    /// As `act -` takes it.
    pub text: String,
    /// Records that must be everywhere for good once this was acknowledged: nothing can be in conflict with
    /// them, nothing deletes them.
    pub stands: Vec<String>,
}

/// What happens to the process of a call, after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Harm {
    /// When.
    pub after_ms: u64,
    /// What.
    pub what: HarmKind,
}

/// What can happen to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HarmKind {
    /// It is killed.
    Kill,
    /// It stands still for so long.
    Freeze(u64),
}

/// How many calls a device makes in one run.
const DEEDS: usize = 26;

/// The lines of a sale.
pub const SALE_LINES: usize = 2;

/// All that a device does in a run.
pub fn draw(family: Family, dice: &mut Dice, shop: &Shop, device: usize) -> Vec<Deed> {
    let mut hand = Hand { dice, shop, device, number: 0 };
    (0..DEEDS).map(|_| hand.deed(family)).collect()
}

/// Draws the deeds of one device.
struct Hand<'d> {
    dice: &'d mut Dice,
    shop: &'d Shop,
    device: usize,
    number: usize,
}

impl Hand<'_> {
    fn deed(&mut self, family: Family) -> Deed {
        let wait_ms = self.dice.between(0, 180);
        let call = self.call();
        let harm = match family {
            Family::Kill if self.dice.chance(25) => Some(HarmKind::Kill),
            Family::Pause if self.dice.chance(12) => Some(HarmKind::Freeze(self.dice.between(50, 1200))),
            _ => None,
        };
        let harm = harm.map(|what| Harm { after_ms: self.dice.between(0, 40), what });
        Deed { wait_ms, call, harm }
    }

    fn call(&mut self) -> Call {
        match self.dice.between(0, 99) {
            0..=64 => Call::Act(vec![self.line()]),
            65..=72 => Call::Act((0..self.dice.between(2, 8)).map(|_| self.line()).collect()),
            73..=77 => Call::Undo,
            78..=79 => Call::Redo,
            80..=84 => Call::Resolve(*self.dice.pick(&[Choice::Mine, Choice::Theirs])),
            _ => Call::Look,
        }
    }

    fn line(&mut self) -> Line {
        self.number += 1;
        match self.dice.between(0, 99) {
            0..=15 => self.check_in(),
            16..=33 => self.adjust(),
            34..=46 => self.sale(),
            47..=52 => self.invoice(),
            53..=62 => self.note(),
            63..=72 => self.phone(),
            73..=80 => self.pay(),
            81..=88 => self.refer(),
            89..=95 => self.task_note(),
            _ => self.task_delete(),
        }
    }

    fn id(&self, kind: usize) -> String {
        id(self.device, kind, self.number)
    }

    fn made(&mut self, action: &str, changes: &str, stands: Vec<String>) -> Line {
        let key = self.dice.chance(40).then(|| format!("d{}-{}", self.device, self.number));
        let named = key.as_ref().map(|key| format!(r#""key":"{key}","#)).unwrap_or_default();
        let text = format!(r#"{{"type":"{action}",{named}"changes":[{changes}]}}"#);
        Line { key, text, stands }
    }

    fn check_in(&mut self) -> Line {
        let (id, employee) = (self.id(1), self.dice.pick(&self.shop.employees));
        let changes = format!(
            r#"{{"insert":"attendance","id":"{id}","fields":{{"employee":"{employee}","kind":"in","at":"2026-05-04T08:00:00.000Z"}}}}"#
        );
        self.made("attendance.check", &changes, vec![id])
    }

    /// What a count of the shelf comes to: the stock, and the movement that says why, in one op.
    fn adjust(&mut self) -> Line {
        let (movement, count) = (self.id(2), self.dice.between(1, 9) as i64 - 5);
        let product = self.dice.pick(&self.shop.products).clone();
        let changes = moved(&product, count, "count", &movement);
        self.made("stock.adjust", &changes, vec![movement])
    }

    /// An order, its lines, and what they take from the stock: whole or not at all.
    fn sale(&mut self) -> Line {
        let (order, customer) = (self.id(3), self.dice.pick(&self.shop.customers).clone());
        let number = self.device * 10_000 + self.number;
        let mut changes = format!(
            r#"{{"insert":"sales_order","id":"{order}","fields":{{"number":{number},"customer":"{customer}"}}}}"#
        );
        let mut stands = vec![order.clone()];
        for place in 0..SALE_LINES {
            let (line, movement) = (self.id(4 + place), self.id(4 + SALE_LINES + place));
            let (product, quantity) = (self.dice.pick(&self.shop.products).clone(), self.dice.between(1, 4));
            let _ = write!(
                changes,
                r#",{{"insert":"order_line","id":"{line}","fields":{{"sales_order":"{order}","product":"{product}","price":"1.50","quantity":{quantity}}}}},{}"#,
                moved(&product, -(quantity as i64), "sale", &movement)
            );
            stands.extend([line, movement]);
        }
        self.made("pos.sale.create", &changes, stands)
    }

    /// A receipt, with the next number of this device.
    fn invoice(&mut self) -> Line {
        let id = self.id(11);
        let changes = format!(r#"{{"insert":"invoice","id":"{id}","fields":{{"total":"12.00"}}}}"#);
        self.made("invoice.create", &changes, vec![id])
    }

    /// Two notes are no disagreement: the later stands.
    fn note(&mut self) -> Line {
        let customer = self.dice.pick(&self.shop.customers);
        let changes =
            set("customer", customer, "note", &format!("remark {} of {}", self.number, self.device));
        self.made("customer.edit", &changes, Vec::new())
    }

    /// Two phone numbers are one.
    fn phone(&mut self) -> Line {
        let customer = self.dice.pick(&self.shop.customers);
        let changes = set("customer", customer, "phone", &format!("030 {}{}", self.device, self.number));
        self.made("customer.edit", &changes, Vec::new())
    }

    /// Two payments of one invoice too.
    fn pay(&mut self) -> Line {
        let (id, invoice) = (self.id(8), self.dice.pick(&self.shop.invoices));
        let changes = format!(
            r#"{{"insert":"payment","id":"{id}","fields":{{"invoice":"{invoice}","amount":"36.00","method":"cash"}}}}"#
        );
        self.made("payment.take", &changes, Vec::new())
    }

    /// A new customer, and a draft that names it, in one op.
    fn refer(&mut self) -> Line {
        let (customer, draft) = (self.id(9), self.id(10));
        let changes = format!(
            r#"{{"insert":"customer","id":"{customer}","fields":{{"name":"Customer {number}"}}}},{{"insert":"draft","id":"{draft}","fields":{{"customer":"{customer}","text":"welcome"}}}}"#,
            number = self.number
        );
        self.made("edit", &changes, Vec::new())
    }

    fn task_note(&mut self) -> Line {
        let task = self.dice.pick(&self.shop.tasks);
        let changes = set("task", task, "note", &format!("by {} at {}", self.device, self.number));
        self.made("task.edit", &changes, Vec::new())
    }

    fn task_delete(&mut self) -> Line {
        let task = self.dice.pick(&self.shop.tasks);
        let changes = format!(r#"{{"delete":"task","id":"{task}"}}"#);
        self.made("task.delete", &changes, Vec::new())
    }
}

fn set(of: &str, id: &str, field: &str, value: &str) -> String {
    format!(r#"{{"update":"{of}","id":"{id}","set":{{"{field}":"{value}"}}}}"#)
}

fn moved(product: &str, count: i64, reason: &str, movement: &str) -> String {
    format!(
        r#"{{"update":"product","id":"{product}","add":{{"stock":{count}}}}},{{"insert":"stock_movement","id":"{movement}","fields":{{"product":"{product}","count":{count},"reason":"{reason}"}}}}"#
    )
}
