"""Min-cost flow by OR-Tools: capacities are native."""

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from app.matching.problem import MatcherFailed

Longs = NDArray[np.int64]
Places = NDArray[np.int32]


def best_flow(
    rows: Places,
    cols: Places,
    values: Longs,
    row_places: Longs,
    row_bonus: Longs,
    col_places: Longs,
    col_bonus: Longs,
) -> NDArray[np.bool_]:
    """Return which pairs are taken: see `flow.best_flow`.

    Raises `MatcherFailed` (`flow-failed`).
    """
    height, width = len(row_places), len(col_places)
    source, sink = height + width, height + width + 1
    supply = int(min(row_places.sum(), col_places.sum()))
    row_at = np.arange(height, dtype=np.int32)
    col_at = np.arange(width, dtype=np.int32) + height
    from_source = np.full(height, source, np.int32)
    to_sink = np.full(width, sink, np.int32)
    flow = min_cost_flow.SimpleMinCostFlow()
    pairs = _add(flow, rows, cols + np.int32(height), np.ones(len(rows), np.int64), -values)
    for tail, head, places, bonus in (
        (from_source, row_at, row_places, row_bonus),
        (col_at, to_sink, col_places, col_bonus),
    ):
        _add(flow, tail, head, np.minimum(places, 1), -bonus)
        more = places > 1
        _add(flow, tail[more], head[more], places[more] - 1, np.zeros(int(more.sum()), np.int64))
    flow.add_arc_with_capacity_and_unit_cost(source, sink, supply, 0)
    flow.set_node_supply(source, supply)
    flow.set_node_supply(sink, -supply)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise MatcherFailed("flow-failed", f"The flow solver ended with {status}.")
    taken: NDArray[np.bool_] = flow.flows(pairs) > 0
    return taken


def _add(
    flow: min_cost_flow.SimpleMinCostFlow, tail: Places, head: Places, places: Longs, cost: Longs
) -> NDArray[np.int32]:
    arcs: NDArray[np.int32] = flow.add_arcs_with_capacity_and_unit_cost(tail, head, places, cost)
    return arcs
