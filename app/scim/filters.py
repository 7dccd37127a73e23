"""SCIM filters and sorting as SQL: true or false for every row, as RFC 7644 evaluates them."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from scim2_models import InvalidFilterException, InvalidPathException, SearchRequest
from scim2_models.path import (
    STRING_OPERATORS,
    AttributeBinding,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ScimFilter,
    ValuePath,
    coerce_value,
)
from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, type_coerce
from sqlalchemy.sql import operators

from app.kit.database import folded
from app.kit.work import UnitOfWork
from app.scim.columns import (
    Column,
    Columns,
    Kind,
    group_columns,
    key_of,
    member_columns,
    people_named,
    user_columns,
)
from app.scim.models import ScimGroup, ScimMember
from app.scim.schemas import Group

Condition = ColumnElement[bool]
MOST_TERMS = 50  # ours: vendors send two or three
_ORDER = {
    CompareOperator.gt: operators.gt,
    CompareOperator.ge: operators.ge,
    CompareOperator.lt: operators.lt,
    CompareOperator.le: operators.le,
}
_MEMBERS = f"{Group.__schema__}:members".lower()
_USER_NAME = "username"


class Translator(FilterVisitor[Condition]):
    """Turns one filter into one condition of one resource type."""

    def __init__(
        self,
        scim_filter: ScimFilter[Any],
        organization_id: uuid.UUID,
        dialect: str,
        *,
        inside_members: bool = False,
    ) -> None:
        self.filter, self.organization_id, self.dialect = scim_filter, organization_id, dialect
        self.inside_members = inside_members
        self.terms = 0
        self.columns = _columns_of(scim_filter.model, dialect)
        if inside_members:
            self.columns = member_columns(dialect)

    def visit(self, node: FilterNode) -> Condition:
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise InvalidFilterException(detail=f"A filter has at most {MOST_TERMS} terms.")
        return super().visit(node)

    def visit_not(self, node: Not) -> Condition:
        return not_(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        join = and_ if node.op == LogicalOperator.and_ else or_
        return join(*(self.visit(term) for term in node.terms))

    def visit_value_path(self, node: ValuePath) -> Condition:
        """One value that fits all of the inner filter; of the e-mail addresses we keep one."""
        binding = self.filter.resolve(node.attr_path, strict=False)
        if binding is None:
            return false()
        inner = _within(node.val_filter, node.attr_path)
        if binding.urn.lower() == _MEMBERS:
            return self._some_member(inner)
        email = AttrPath(node.attr_path.attr, "value", node.attr_path.uri)
        return and_(self.visit(Present(email)), self.visit(inner))

    def visit_present(self, node: Present) -> Condition:
        binding = self.filter.resolve(node.attr_path, strict=False)
        if binding is None:
            return false()
        urn = binding.urn.lower()
        if urn.startswith(_MEMBERS) and not self.inside_members:
            return self._some_member(None)
        column = self.columns.get(urn)
        if column is not None:
            return _present(column)
        parts = [each for name, each in self.columns.items() if name.startswith(f"{urn}.")]
        if not parts:
            _not_asked_for(binding)
        return or_(*map(_present, parts))

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self.filter.resolve_comparison(node.attr_path, strict=False)
        if binding is None:
            return false()
        urn = binding.urn.lower()
        if urn.startswith(_MEMBERS) and not self.inside_members:
            if node.op == CompareOperator.ne:  # of many values: none of them is this one
                return not_(self._some_member(replace(node, op=CompareOperator.eq)))
            return self._some_member(node)
        column = self.columns.get(urn)
        if column is None:
            _not_asked_for(binding)
        value = coerce_value(binding, node.value, node.op)
        if value is None:
            return _against_nothing(column, node.op)
        value = _prepared(binding, column, value)
        if node.op == CompareOperator.eq and urn.endswith(f":{_USER_NAME}"):
            return people_named(self.organization_id, value)
        return _compared(column, node.op, value, self.dialect)

    def _some_member(self, inner: FilterNode | None) -> Condition:
        found = select(ScimMember.id).where(
            ScimMember.organization_id == self.organization_id,
            ScimMember.group_id == ScimGroup.id,
        )
        if inner is not None:
            within = Translator(
                self.filter, self.organization_id, self.dialect, inside_members=True
            )
            within.terms = self.terms
            found = found.where(within.visit(inner))
            self.terms = within.terms
        return found.exists()


@dataclass(frozen=True)
class Window:
    """The part of one resource type that a search asks for: filter, order, from where, how many."""

    skipped: int
    count: int | None
    request: SearchRequest[Any]

    def narrow(self, stmt: Select[Any], model: Any, uow: UnitOfWork) -> Select[Any]:
        """The statement with the filter. Raises InvalidFilterException."""
        if self.request.filter is None:
            return stmt
        dialect = uow.rows.dialect.name
        bound: ScimFilter[Any] = ScimFilter[model](str(self.request.filter))
        return stmt.where(Translator(bound, uow.organization_id, dialect).visit(bound.ast))

    def cut(self, stmt: Select[Any], model: Any, key: Any, uow: UnitOfWork) -> Select[Any]:
        """The statement in its order, and of it the page."""
        order = _sort_of(self.request, model, uow.rows.dialect.name)
        return stmt.order_by(*order, key).offset(self.skipped).limit(self.count)


def _columns_of(model: Any, dialect: str) -> Columns:
    return group_columns(dialect) if model is Group else user_columns(dialect)


def _sort_of(request: SearchRequest[Any], model: Any, dialect: str) -> list[Any]:
    """ORDER BY of a search: who has no value comes last, turned round first."""
    binding = request.sort_binding(model)
    if binding is None:
        return []
    column = _columns_of(model, dialect).get(binding.urn.lower())
    if column is None:
        raise InvalidPathException(detail=f"{request.sort_by} is not an attribute to sort by.")
    absent, value = column.sql.is_(None), _in_order(column, dialect)
    if request.sort_order == SearchRequest.SortOrder.descending:
        return [absent.desc(), value.desc()]
    return [absent, value]


def _within(node: FilterNode, head: AttrPath) -> FilterNode:
    """The inner filter of `emails[type eq "work"]`, as if it were written outside of it."""
    if isinstance(node, Comparison | Present):
        return replace(node, attr_path=AttrPath(head.attr, node.attr_path.attr, head.uri))
    if isinstance(node, Not):
        return replace(node, expr=_within(node.expr, head))
    if isinstance(node, LogicalExpr):
        return replace(node, terms=tuple(_within(term, head) for term in node.terms))
    raise InvalidFilterException(detail="A selection of values does not stand in another.")


def _not_asked_for(binding: AttributeBinding) -> NoReturn:
    raise InvalidFilterException(detail=f"{binding.urn} is not an attribute to filter by.")


def _present(column: Column) -> Condition:
    if column.kind in (Kind.FLAG, Kind.MOMENT):
        return column.sql.is_not(None)
    return and_(column.sql.is_not(None), column.sql != "")


def _against_nothing(column: Column, op: CompareOperator) -> Condition:
    if op == CompareOperator.eq:
        return column.sql.is_(None)
    return column.sql.is_not(None) if op == CompareOperator.ne else false()


def _prepared(binding: AttributeBinding, column: Column, value: Any) -> Any:
    if isinstance(value, dt.datetime):
        try:
            return value.astimezone(dt.UTC) if value.tzinfo else _not_a_moment(value)
        except OverflowError:
            _not_a_moment(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        text = str(binding.comparable(str(value)))
        if "\0" in text:  # which no stored text holds, and PostgreSQL refuses to hear of
            raise InvalidFilterException(detail="No text holds the character NUL.")
        return text if column.kind in (Kind.EXACT, Kind.KEY) else folded(text)
    raise InvalidFilterException(detail=f"{binding.urn} is not compared with such a value.")


def _not_a_moment(value: dt.datetime) -> NoReturn:
    raise InvalidFilterException(detail=f"{value} is not a moment with its offset from UTC.")


def _compared(column: Column, op: CompareOperator, value: Any, dialect: str) -> Condition:
    if column.kind is Kind.MOMENT and op in STRING_OPERATORS:
        return false()
    if column.key is not None and op in (CompareOperator.eq, CompareOperator.ne):
        key = key_of(value)
        if key is not None:
            if op == CompareOperator.eq:
                return and_(column.key.is_not(None), column.key == key)
            return or_(column.key.is_(None), column.key != key)
    if op == CompareOperator.ne:
        return or_(column.sql.is_(None), _comparable(column, dialect) != value)
    return and_(column.sql.is_not(None), _told(column, op, value, dialect))


def _comparable(column: Column, dialect: str) -> ColumnElement[Any]:
    """The column folded as values are; what is stored folded keeps the use of its index."""
    if column.kind is not Kind.TEXT:
        return type_coerce(column.sql, column.sql.type)
    return func.folded(column.sql) if dialect == "sqlite" else func.lower(column.sql)


def _in_order(column: Column, dialect: str) -> ColumnElement[Any]:
    """The same by code point, whatever order the database would have given its texts."""
    sql = _comparable(column, dialect)
    by_code_point = dialect == "sqlite" or column.kind in (Kind.FLAG, Kind.MOMENT)
    return sql if by_code_point else sql.collate("C")


def _told(column: Column, op: CompareOperator, value: Any, dialect: str) -> Condition:
    sql = _comparable(column, dialect)
    match op:
        case CompareOperator.eq:
            return and_(sql == value)
        case CompareOperator.co:
            place = func.instr(sql, value) if dialect == "sqlite" else func.strpos(sql, value)
            return and_(place > 0)
        case CompareOperator.sw:
            return and_(func.substr(sql, 1, len(value)) == value)
        case CompareOperator.ew:
            length = func.length(sql)
            return and_(length >= len(value), func.substr(sql, length - len(value) + 1) == value)
        case _:
            return and_(_ORDER[op](_in_order(column, dialect), value))
