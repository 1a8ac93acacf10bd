//! Which file becomes which records, under which action, in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fieldbook_model::{Change, Fields};

use crate::sheet::{Cell, Column, Row, Sheet, column, record_id};
use crate::{DemoError, DemoOp};

/// A file of which each row becomes one op with one record.
struct Source {
    file: &'static str,
    of: &'static str,
    /// The column that numbers its rows.
    number: &'static str,
    action: &'static str,
    columns: &'static [Column],
}

/// In an order in which each file refers only to those above it, or to itself.
const SOURCES: [Source; 6] = [
    Source {
        file: "categories.csv",
        of: "category",
        number: "CategoryID",
        action: "catalogue.import",
        columns: &[
            column("CategoryName", "name", Cell::Text),
            column("Description", "description", Cell::Text),
        ],
    },
    Source {
        file: "suppliers.csv",
        of: "supplier",
        number: "SupplierID",
        action: "catalogue.import",
        columns: &[
            column("CompanyName", "name", Cell::Text),
            column("ContactName", "contact_name", Cell::Text),
            column("ContactTitle", "contact_title", Cell::Text),
            column("Address", "address", Cell::Text),
            column("City", "city", Cell::Text),
            column("Region", "region", Cell::Text),
            column("PostalCode", "postal_code", Cell::Text),
            column("Country", "country", Cell::Text),
            column("Phone", "phone", Cell::Text),
            column("Fax", "fax", Cell::Text),
            column("HomePage", "home_page", Cell::Text),
        ],
    },
    Source {
        file: "products.csv",
        of: "product",
        number: "ProductID",
        action: "catalogue.import",
        columns: &[
            column("ProductName", "name", Cell::Text),
            column("SupplierID", "supplier", Cell::Ref("supplier")),
            column("CategoryID", "category", Cell::Ref("category")),
            column("QuantityPerUnit", "quantity_per_unit", Cell::Text),
            column("UnitPrice", "price", Cell::Text),
            column("UnitsInStock", "stock", Cell::Whole),
            column("UnitsOnOrder", "on_order", Cell::Whole),
            column("ReorderLevel", "reorder_level", Cell::Whole),
            column("Discontinued", "discontinued", Cell::Flag),
        ],
    },
    Source {
        file: "customers.csv",
        of: "customer",
        number: "CustomerID",
        action: "contact.import",
        columns: &[
            column("CustomerID", "code", Cell::Text),
            column("CompanyName", "name", Cell::Text),
            column("ContactName", "contact_name", Cell::Text),
            column("ContactTitle", "contact_title", Cell::Text),
            column("Address", "address", Cell::Text),
            column("City", "city", Cell::Text),
            column("Region", "region", Cell::Text),
            column("PostalCode", "postal_code", Cell::Text),
            column("Country", "country", Cell::Text),
            column("Phone", "phone", Cell::Text),
            column("Fax", "fax", Cell::Text),
        ],
    },
    Source {
        file: "employees.csv",
        of: "employee",
        number: "EmployeeID",
        action: "contact.import",
        columns: &[
            column("LastName", "last_name", Cell::Text),
            column("FirstName", "first_name", Cell::Text),
            column("Title", "title", Cell::Text),
            column("BirthDate", "born", Cell::Day),
            column("HireDate", "hired", Cell::Day),
            column("City", "city", Cell::Text),
            column("Country", "country", Cell::Text),
            column(BOSS, "reports_to", Cell::Ref("employee")),
        ],
    },
    Source {
        file: "shippers.csv",
        of: "shipper",
        number: "ShipperID",
        action: "contact.import",
        columns: &[column("CompanyName", "name", Cell::Text), column("Phone", "phone", Cell::Text)],
    },
];

const BOSS: &str = "ReportsTo";
const ORDER: &str = "OrderID";
const PRODUCT: &str = "ProductID";

const ORDER_COLUMNS: [Column; 14] = [
    column(ORDER, "number", Cell::Whole),
    column("CustomerID", "customer", Cell::Ref("customer")),
    column("EmployeeID", "employee", Cell::Ref("employee")),
    column("OrderDate", "ordered", Cell::Day),
    column("RequiredDate", "required", Cell::Day),
    column("ShippedDate", "shipped", Cell::Day),
    column("ShipVia", "shipper", Cell::Ref("shipper")),
    column("Freight", "freight", Cell::Text),
    column("ShipName", "ship_name", Cell::Text),
    column("ShipAddress", "ship_address", Cell::Text),
    column("ShipCity", "ship_city", Cell::Text),
    column("ShipRegion", "ship_region", Cell::Text),
    column("ShipPostalCode", "ship_postal_code", Cell::Text),
    column("ShipCountry", "ship_country", Cell::Text),
];

const LINE_COLUMNS: [Column; 5] = [
    column(ORDER, "sales_order", Cell::Ref("sales_order")),
    column(PRODUCT, "product", Cell::Ref("product")),
    column("UnitPrice", "price", Cell::Text),
    column("Quantity", "quantity", Cell::Whole),
    column("Discount", "discount", Cell::Text),
];

/// The ops of all files.
pub fn ops(folder: &Path) -> Result<Vec<DemoOp>, DemoError> {
    let mut ops = Vec::new();
    for source in &SOURCES {
        let sheet = Sheet::read(folder, source.file)?;
        for row in bosses_first(source, &sheet)? {
            let number = row.cell(source.number)?;
            let changes = vec![insert(source.of, number, row.fields(source.columns)?)];
            ops.push(op(source.action, source.of, number, changes));
        }
    }
    ops.extend(orders(folder)?);
    Ok(ops)
}

/// One op for each order, with its lines in the order of their file.
fn orders(folder: &Path) -> Result<Vec<DemoOp>, DemoError> {
    let lines = Sheet::read(folder, "order_details.csv")?;
    let mut of_order: BTreeMap<&str, Vec<Row<'_>>> = BTreeMap::new();
    for line in lines.rows() {
        of_order.entry(line.cell(ORDER)?).or_default().push(line);
    }
    let sheet = Sheet::read(folder, "orders.csv")?;
    let mut ops = Vec::new();
    for row in sheet.rows() {
        let number = row.cell(ORDER)?;
        let mut changes = vec![insert("sales_order", number, row.fields(&ORDER_COLUMNS)?)];
        for line in of_order.remove(number).unwrap_or_default() {
            let number = format!("{number}/{}", line.cell(PRODUCT)?);
            changes.push(insert("order_line", &number, line.fields(&LINE_COLUMNS)?));
        }
        ops.push(op("order.import", "sales_order", number, changes));
    }
    match of_order.into_iter().next() {
        Some((number, lines)) => Err(lines[0].wrong(ORDER, number, "the number of an order")),
        None => Ok(ops),
    }
}

/// The rows of a file, each behind the row that it refers to. Only employees refer to each other.
fn bosses_first<'a>(source: &Source, sheet: &'a Sheet) -> Result<Vec<Row<'a>>, DemoError> {
    let mut waiting: Vec<Row<'a>> = sheet.rows().collect();
    if !source.columns.iter().any(|column| column.csv == BOSS) {
        return Ok(waiting);
    }
    let (mut ready, mut numbers) = (Vec::new(), BTreeSet::from([""]));
    while let Some(first) = waiting.first().copied() {
        let before = ready.len();
        let mut later = Vec::new();
        for row in waiting {
            if numbers.contains(row.cell(BOSS)?) {
                numbers.insert(row.cell(source.number)?);
                ready.push(row);
            } else {
                later.push(row);
            }
        }
        if ready.len() == before {
            return Err(first.wrong(BOSS, first.cell(BOSS)?, "an employee, and none further down"));
        }
        waiting = later;
    }
    Ok(ready)
}

fn insert(of: &str, number: &str, fields: Fields) -> Change {
    Change::Insert { of: of.to_owned(), id: record_id(of, number), fields }
}

fn op(action: &str, of: &str, number: &str, changes: Vec<Change>) -> DemoOp {
    DemoOp { action: action.to_owned(), key: format!("northwind:{of}:{number}"), changes }
}
