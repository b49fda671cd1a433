"""Why a figure moved: its change split over factors and segments with nothing left over. Numbers in, numbers out.

`lmdi` splits products, `shapley` any small formula (and negative values), `mix` ratios over segments, `volume` is the
price-volume-mix bridge, `exact` turns effects into whole minor units.
"""

from goldloop.core.decompose.exact import whole_units
from goldloop.core.decompose.lmdi import additive, logarithmic_mean, multiplicative
from goldloop.core.decompose.mix import MixRate, mix_rate
from goldloop.core.decompose.shapley import product_effects, shapley
from goldloop.core.decompose.volume import PriceVolumeMix, price_volume_mix

__all__ = [
    "MixRate", "PriceVolumeMix", "additive", "logarithmic_mean", "mix_rate", "multiplicative", "price_volume_mix",
    "product_effects", "shapley", "whole_units",
]  # fmt: skip
