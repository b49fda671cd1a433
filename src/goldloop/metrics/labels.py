"""What products are called: the titles that go with the ids by which figures are cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from goldloop.core.viewer import Viewer

if TYPE_CHECKING:
    from goldloop.metrics.engines.engine import Engine

# The product file's word first, then what stood on the newest order line.
TITLES = """
SELECT store, id, max_by(title, (rank, moment)) FROM (
  SELECT store, item_id AS id, title, 1 AS rank, CAST(NULL AS TIMESTAMP) AS moment FROM "products" WHERE title <> ''
  UNION ALL
  SELECT store, coalesce(product_id, sku), title, 0, max(placed_at) FROM "order_lines" WHERE title <> '' GROUP BY ALL
) AS told WHERE id IS NOT NULL GROUP BY ALL
"""


def product_titles(engine: Engine, viewer: Viewer, stores: Iterable[int]) -> dict[str, str]:
    """Value of the cut `product` -> title, of the stores that the viewer may see; ids without a title are left out."""
    wanted = {store for store in stores if viewer.may_see(store)}
    return {product: title for store, product, title in engine.run(TITLES, {}).rows if store in wanted}
