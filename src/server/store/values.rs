//! What goes into a statement and comes out of it, whichever engine runs it: whole numbers, texts, and nothing.

use std::borrow::Cow;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::StoreError;

/// A value that is handed to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'v> {
    /// `NULL`
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(Cow<'v, str>),
}

/// The values of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::server::store::values::Value::from($value)),*]
    };
}
pub(super) use values;

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(text.into())
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(text.as_str().into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// One row that a statement found or returned.
pub(super) struct Row<'r>(&'r rusqlite::Row<'r>);

impl<'r> Row<'r> {
    /// The row as SQLite gives it.
    pub(super) const fn of_sqlite(row: &'r rusqlite::Row<'r>) -> Self {
        Self(row)
    }

    /// The value in a column, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it is of another kind.
    pub(super) fn get<T: Column>(&self, column: usize) -> Result<T, StoreError> {
        let cell = match self.0.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text)),
            ValueRef::Real(_) | ValueRef::Blob(_) => return Err(StoreError::Unknown(format!("column {column}"))),
        };
        T::read(cell).ok_or_else(|| StoreError::Unknown(format!("column {column}")))
    }
}

/// What a column can be read as.
pub(super) trait Column: Sized {
    /// The value, if it is of this kind.
    fn read(cell: Value<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn read(cell: Value<'_>) -> Option<Self> {
        if let Value::Integer(number) = cell { Some(number) } else { None }
    }
}

impl Column for u32 {
    fn read(cell: Value<'_>) -> Option<Self> {
        i64::read(cell)?.try_into().ok()
    }
}

impl Column for u64 {
    fn read(cell: Value<'_>) -> Option<Self> {
        i64::read(cell)?.try_into().ok()
    }
}

impl Column for String {
    fn read(cell: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = cell { Some(text.into_owned()) } else { None }
    }
}

impl<T: Column> Column for Option<T> {
    fn read(cell: Value<'_>) -> Option<Self> {
        if cell == Value::Null { Some(None) } else { T::read(cell).map(Some) }
    }
}
