//! SQL functions of our own, on every connection: exact decimals are stored as whole numbers of 10^-scale,
//! so that sums are exact; these two translate.

use fieldbook_model::decimal::{self, Scaled};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error, Result};

/// Registers `decimal_text(180000, 4)` → `18.0000` and `decimal('18', 4)` → 180000.
pub(crate) fn register(conn: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("decimal_text", 2, flags, |ctx| {
        let (number, scale) = (ctx.get::<Option<i64>>(0)?, scale(ctx)?);
        Ok(number.map(|number| Scaled(number, scale).to_string()))
    })?;
    conn.create_scalar_function("decimal", 2, flags, |ctx| {
        let (text, scale) = (ctx.get::<Option<String>>(0)?, scale(ctx)?);
        text.map(|text| decimal::parse(&text, scale)).transpose().map_err(|_| {
            Error::UserFunctionError(format!("no decimal of at most {scale} places, such as '118.50'").into())
        })
    })
}

fn scale(ctx: &Context<'_>) -> Result<u8> {
    let scale = ctx.get::<i64>(1)?;
    let fits = u8::try_from(scale).ok().filter(|scale| *scale <= 9);
    fits.ok_or_else(|| Error::UserFunctionError("a scale is 0 to 9".into()))
}
