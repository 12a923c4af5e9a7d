//! Parameters and results of statements, for both engines: integers, text, bytes and NULL.

use std::{borrow::Cow, error::Error, fmt};

use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use super::StoreError;

/// A parameter of a statement.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value<'v> {
    /// `NULL`.
    Null,
    Integer(i64),
    Text(Cow<'v, str>),
    Bytes(Cow<'v, [u8]>),
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // tokio-postgres logs the parameters of each statement at the trace level.
        f.write_str(match self {
            Self::Null => "null",
            Self::Integer(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
        })
    }
}

impl Value<'_> {
    pub(super) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
        }
    }
}

/// The parameters of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::values::Value::from($value)),*]
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

impl<'v> From<&'v [u8]> for Value<'v> {
    fn from(bytes: &'v [u8]) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            // PostgreSQL infers INT4 for a parameter beside an integer literal.
            Self::Integer(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Integer(number) => number.to_sql_checked(kind, out),
            Self::Text(text) => text.to_sql_checked(kind, out),
            Self::Bytes(bytes) => bytes.as_ref().to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row of a result.
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// The value of a column, counted from 0.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it has another type.
    pub(super) fn get<T: Column>(&self, column: usize) -> Result<T, StoreError> {
        T::read(self.value(column)?).ok_or_else(|| unknown(column))
    }

    /// Reads the bytes of a column without a copy of them.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it has another type.
    pub(super) fn bytes<T>(&self, column: usize, read: impl FnOnce(&[u8]) -> T) -> Result<T, StoreError> {
        if let Value::Bytes(bytes) = self.value(column)? { Ok(read(&bytes)) } else { Err(unknown(column)) }
    }

    /// The value of a column of any type.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it is not an integer, a text, bytes or NULL.
    pub(super) fn value(&self, column: usize) -> Result<Value<'_>, StoreError> {
        match self {
            Self::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(Value::Null),
                ValueRef::Integer(number) => Ok(Value::Integer(number)),
                ValueRef::Text(text) => Ok(Value::Text(String::from_utf8_lossy(text))),
                ValueRef::Blob(bytes) => Ok(bytes.into()),
                ValueRef::Real(_) => Err(unknown(column)),
            },
            Self::Postgres(row) => {
                let kind = row.columns().get(column).map(tokio_postgres::Column::type_);
                match kind {
                    Some(&Type::INT8) => Ok(row.try_get::<_, Option<i64>>(column)?.into()),
                    Some(&Type::INT4) => Ok(row.try_get::<_, Option<i32>>(column)?.map(i64::from).into()),
                    Some(&Type::TEXT) => Ok(row.try_get::<_, Option<&str>>(column)?.into()),
                    Some(&Type::BYTEA) => Ok(row.try_get::<_, Option<&[u8]>>(column)?.into()),
                    _ => Err(unknown(column)),
                }
            }
        }
    }
}

/// The values of all columns.
///
/// # Errors
/// As [`Row::value`].
pub(super) fn read_values(row: &Row<'_>) -> Result<Vec<Value<'static>>, StoreError> {
    let columns = match row {
        Row::Sqlite(row) => row.as_ref().column_count(),
        Row::Postgres(row) => row.len(),
    };
    (0..columns).map(|column| Ok(row.value(column)?.into_owned())).collect()
}

fn unknown(column: usize) -> StoreError {
    StoreError::Unknown(format!("column {column}"))
}

/// A type that a column can be converted to.
pub(super) trait Column: Sized {
    /// The converted value, or `None` if it has another type.
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

impl Column for Vec<u8> {
    fn read(cell: Value<'_>) -> Option<Self> {
        if let Value::Bytes(bytes) = cell { Some(bytes.into_owned()) } else { None }
    }
}

impl<T: Column> Column for Option<T> {
    fn read(cell: Value<'_>) -> Option<Self> {
        if cell == Value::Null { Some(None) } else { T::read(cell).map(Some) }
    }
}
