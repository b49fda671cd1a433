"""Expressions as SQL of each engine, with names in double quotes everywhere: what is written by hand around them reads alike."""

from __future__ import annotations

from functools import cache
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.dialects import PySpark


class _SparkCompiler(PySparkCompiler):
    """Ibis' own, without the option of its connected backend to read NaN as null: lakes hold none."""

    def visit_Field(self, op: ops.Field, **words: Any) -> Any:
        return SQLGlotCompiler.visit_Field(self, op, **words)

    def visit_NonNullLiteral(self, op: ops.Literal, **words: Any) -> Any:
        parent = SQLGlotCompiler if op.dtype.is_floating() else PySparkCompiler
        return parent.visit_NonNullLiteral(self, op, **words)


def written(expression: ir.Table, dialect: str) -> str:
    """The statement of an expression, `duckdb` or `pyspark`."""
    if dialect == "duckdb":
        return str(ibis.to_sql(expression, dialect=dialect))
    tree = _SparkCompiler().to_sqlglot(expression.unbind())
    return str(tree.sql(dialect=_quoted(), pretty=True))


@cache
def _quoted() -> Any:
    """Spark SQL whose names stand in double quotes, as sessions read it with `spark.sql.ansi.doubleQuotedIdentifiers`."""

    class Quoted(PySpark):
        class Tokenizer(PySpark.Tokenizer):
            QUOTES = ["'"]
            IDENTIFIERS = ['"']

    return Quoted
