//! Rotation of refresh tokens (DESIGN, decision 2): one UPDATE that decides, and a look only when it changed nothing.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;
use domain::{Connection, Liveness, Position};
use storage::{AsOf, Rotated, Rotation, StoreError};

use super::Conn;
use super::log::no_head;
use super::records::connection;
use crate::failure::failed;
use crate::rows::ConnectionRow;
use crate::schema::{connections, revocation_head};

pub(crate) async fn rotate(conn: &mut Conn, rotation: Rotation) -> Result<AsOf<Rotated>, StoreError> {
    if let Some((row, position)) = advance_or_repeat(conn, rotation).await? {
        let connection = Connection::try_from(row)?;
        // Advancing forgets the uses of the grace, and repeating counts one.
        let value = match connection.rotation.grace_uses {
            0 => Rotated::Advanced(connection),
            _ => Rotated::Repeated(connection),
        };
        return Ok(AsOf { value, position });
    }
    let AsOf { value, position } = connection(conn, rotation.connection).await?;
    let value = match value {
        None => Rotated::Unknown,
        Some(row) if row.key != rotation.key || row.liveness(rotation.now) != Liveness::Active => Rotated::Dead(row),
        // Living and this key's, so only the binding or the sequence can have stopped the UPDATE.
        Some(row) if row.bound_to.is_some() && rotation.certificate.is_none() => Rotated::CertificateMissing(row),
        Some(row) => Rotated::Reused(row),
    };
    Ok(AsOf { value, position })
}

async fn advance_or_repeat(
    conn: &mut Conn,
    rotation: Rotation,
) -> Result<Option<(ConnectionRow, Position)>, StoreError> {
    use connections::{
        bound_to, ended_at, expires_at, grace_streak, grace_uses, id, idle_ms, key_id, last_used_at, rotated_at,
    };

    let certificate = rotation.certificate.map(|certificate| certificate.to_string());
    let presented = i64::from(rotation.presented);
    let now = rotation.now.millis();
    // The current sequence, or one ahead of a row that was rolled back by a restore.
    let advances = || connections::sequence.le(presented);
    let repeats = connections::sequence
        .eq(presented + 1)
        .and(rotated_at.gt((rotation.now - rotation.grace).millis()))
        .and(grace_uses.lt(i64::from(rotation.repeats)));
    let unused = || grace_uses.eq(0);
    let done: Option<(ConnectionRow, Option<i64>)> = diesel::update(connections::table)
        .filter(id.eq(rotation.connection.to_string()))
        .filter(key_id.eq(rotation.key.to_string()))
        .filter(ended_at.is_null())
        .filter(expires_at.gt(now))
        .filter((last_used_at + idle_ms).gt(now))
        .filter(bound_to.is_null().or(certificate.is_some().into_sql::<Bool>()))
        .filter(advances().or(repeats))
        .set((
            connections::sequence.eq(case_when(advances(), number(presented + 1)).otherwise(connections::sequence)),
            rotated_at.eq(case_when(advances(), number(now)).otherwise(rotated_at)),
            last_used_at.eq(case_when(last_used_at.lt(now), number(now)).otherwise(last_used_at)),
            // A rotation after one that nobody had to repeat ends the streak; the first repeat of one goes on with it.
            grace_streak.eq(case_when(advances().and(unused()), number(0))
                .when(connections::sequence.eq(presented + 1).and(unused()), grace_streak + 1)
                .otherwise(grace_streak)),
            grace_uses.eq(case_when(advances(), number(0)).otherwise(grace_uses + 1)),
            bound_to.eq(certificate.clone()),
        ))
        .returning((
            ConnectionRow::as_returning(),
            revocation_head::table.select(revocation_head::position).single_value(),
        ))
        .get_result(conn)
        .await
        .optional()
        .map_err(failed)?;
    done.map(|(row, head)| head.map(|head| (row, Position(head))).ok_or_else(no_head)).transpose()
}

fn number(value: i64) -> diesel::dsl::AsExprOf<i64, BigInt> {
    value.into_sql::<BigInt>()
}
