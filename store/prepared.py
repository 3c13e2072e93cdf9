"""Statements that are written out once and handed straight to the driver.

Owns: the short way of the statements that a claim and a call are made of, a hundred contacts in a
few milliseconds: the text is compiled once for each kind of database, and what comes back becomes
named tuples. Must not know any table. Everything else goes the usual way.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import psycopg
from sqlalchemy import ClauseElement, Dialect, Integer, Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import CompoundSelect
from sqlalchemy.types import TypeEngine

Process = Callable[[Any], Any]

# An expanding parameter: here it stays one, whatever it holds, so that the text is the same.
_LIST: Final = re.compile(r"IN \(__\[POSTCOMPILE_(\w+)\]\)")
_BITS: Final = 63
_SQLITE: Final = SQLiteDialect_pysqlite(paramstyle="named")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A statement as one driver takes it: its constants, and how values go in and come out."""

    sql: str
    constants: Mapping[str, Any]
    going_in: Mapping[str, Process]
    coming_out: Sequence[tuple[int, Process]]
    row: Callable[[Iterable[Any]], Any] | None

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        going_in = self.going_in
        given = {n: going_in[n](v) if n in going_in else v for n, v in values.items()}
        return {**self.constants, **given}

    def rows(self, found: Iterable[Sequence[Any]]) -> list[Any]:
        if self.row is None:
            return []
        if not self.coming_out:
            return [self.row(cells) for cells in found]
        return [self.row(self._processed(cells)) for cells in found]

    def _processed(self, cells: Sequence[Any]) -> Sequence[Any]:
        changed = list(cells)
        for place, process in self.coming_out:
            changed[place] = process(changed[place])
        return changed


class Prepared:
    """One statement. Its parameters are named, and lists are given to expanding ones."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._texts: dict[str, _Text] = {}

    async def rows(self, connection: AsyncConnection, given: Mapping[str, Any]) -> list[Any]:
        """Run it in the connection's transaction; what it found, as named tuples.

        Raises DBAPIError as the usual way does.
        """
        text = self.text(connection.dialect)
        driver = await _driver(connection)
        with _in_usual_words(connection, text.sql):
            if connection.dialect.name == "sqlite":
                return text.rows(await driver.execute_fetchall(text.sql, text.given(given)))
            cursor = await driver.execute(text.sql, text.given(given), prepare=True)
            return [] if text.row is None else text.rows(await cursor.fetchall())

    async def run(self, connection: AsyncConnection, given: Mapping[str, Any]) -> None:
        """Run it for what it writes. Raises as `rows`."""
        await self.rows(connection, given)

    async def one_or_none(self, connection: AsyncConnection, given: Mapping[str, Any]) -> Any:
        """Its first row, None where there is none."""
        rows = await self.rows(connection, given)
        return rows[0] if rows else None

    async def scalar(self, connection: AsyncConnection, given: Mapping[str, Any]) -> Any:
        """The first cell of its first row, None where there is none."""
        rows = await self.rows(connection, given)
        return rows[0][0] if rows else None

    def text(self, dialect: Dialect) -> _Text:
        """As it is sent to this kind of database."""
        text = self._texts.get(dialect.name)
        if text is None:
            text = _text(self._statement, _SQLITE if dialect.name == "sqlite" else dialect)
            self._texts[dialect.name] = text
        return text


Question = tuple[Prepared, Mapping[str, Any]]
"""A statement with what it is given."""


async def together(connection: AsyncConnection, *asked: Question) -> list[list[Any]]:
    """Run several, one after the other; PostgreSQL is sent all of them before its first answer."""
    if connection.dialect.name == "sqlite":
        return [await statement.rows(connection, given) for statement, given in asked]
    texts = [statement.text(connection.dialect) for statement, _ in asked]
    async with piped(connection):
        driver = await _driver(connection)
        cursors = [
            await driver.execute(text.sql, text.given(given), prepare=True)
            for text, (_, given) in zip(texts, asked, strict=True)
        ]
        both = zip(texts, cursors, strict=True)
        return [text.rows(await cursor.fetchall()) for text, cursor in both]


@asynccontextmanager
async def piped(connection: AsyncConnection) -> AsyncIterator[None]:
    """What is written within is sent to PostgreSQL without waiting for each answer.

    What one of the statements is refused for is raised at the end, if not before.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    driver = await _driver(connection)
    with _in_usual_words(connection, "statements sent together"):
        async with driver.pipeline():
            yield


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's own connection, in the transaction of ours."""
    if not connection.in_transaction():
        await connection.begin()
    begun: Any = connection.sync_connection
    return begun.connection.driver_connection


@contextmanager
def _in_usual_words(connection: AsyncConnection, sql: str) -> Iterator[None]:
    """The driver's errors as they come the usual way."""
    try:
        yield
    except (sqlite3.Error, psycopg.Error) as error:
        every = sqlite3.Error if isinstance(error, sqlite3.Error) else psycopg.Error
        raise DBAPIError.instance(
            sql, None, error, every, hide_parameters=True, dialect=connection.dialect
        ) from error


# ── once for each kind of database ───────────────────────────────────────────────────────


def _text(statement: ClauseElement, dialect: Dialect) -> _Text:
    compiled: Any = statement.compile(dialect=dialect)
    lists = {name: compiled.binds[name].type for name in _LIST.findall(compiled.string)}
    on_sqlite = dialect.name == "sqlite"
    going_in: dict[str, Process] = {
        name: process
        for name, bind in compiled.binds.items()
        if name not in lists
        and (process := bind.type.dialect_impl(dialect).bind_processor(dialect))
    }
    going_in |= {
        name: _as_json if on_sqlite else _as_numbers if isinstance(type_, Integer) else _as_texts
        for name, type_ in lists.items()
    }
    columns = _columns(statement)
    return _Text(
        sql=_LIST.sub(lambda found: _among(found[1], lists[found[1]], dialect), compiled.string),
        constants={
            name: going_in[name](value) if name in going_in else value
            for name, value in compiled.params.items()
            if not compiled.binds[name].required
        },
        going_in=going_in,
        coming_out=_processes([type_ for _, type_ in columns], dialect),
        row=_row([name for name, _ in columns]) if columns else None,
    )


def _row(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    named: Any = namedtuple  # noqa: PYI024  the names are known at run time
    made = named("Row", names)
    return cast("Callable[[Iterable[Any]], Any]", made._make)


def _as_json(values: Sequence[int | str]) -> str:
    """A list as SQLite reads it, which would take a number beyond its own for a fraction."""
    for value in values:
        if isinstance(value, int) and value.bit_length() > _BITS:
            raise OverflowError("a number is beyond 64 bits")
    return json.dumps(values)


def _as_numbers(values: Sequence[int]) -> str:
    """A list as PostgreSQL reads it; the driver would look at each number by itself."""
    return "{" + ",".join(map(str, values)) + "}"


def _as_texts(values: Sequence[str]) -> str:
    escaped = (value.replace("\\", r"\\").replace('"', r"\"") for value in values)
    return "{" + ",".join([f'"{value}"' for value in escaped]) + "}"


def _among(name: str, type_: TypeEngine[Any], dialect: Dialect) -> str:
    if dialect.name == "sqlite":
        return f"IN (SELECT value FROM json_each(:{name}))"  # noqa: S608  a name of ours
    return f"= ANY (%({name})s::{'bigint' if isinstance(type_, Integer) else 'text'}[])"


def _columns(statement: ClauseElement) -> list[tuple[str, TypeEngine[Any]]]:
    if not isinstance(statement, Select | CompoundSelect):
        return []
    return [(str(column.name), column.type) for column in statement.selected_columns]


def _processes(types: Sequence[TypeEngine[Any]], dialect: Dialect) -> list[tuple[int, Process]]:
    made = ((place, type_.dialect_impl(dialect)) for place, type_ in enumerate(types))
    found = ((place, type_.result_processor(dialect, None)) for place, type_ in made)
    return [(place, process) for place, process in found if process is not None]
