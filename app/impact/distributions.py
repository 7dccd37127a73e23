"""Quantiles and probabilities that intervals need: the one place of this room that loads SciPy.

SciPy costs more than the rest of the API's start together when it is cold, and only a measurement
needs it: it is loaded at the first call. `scipy.special` is enough and loads in a third of the time
of `scipy.stats`, which serves as the oracle of the tests instead.
"""

import functools
import importlib
from types import ModuleType


@functools.cache
def _special() -> ModuleType:
    return importlib.import_module("scipy.special")


def normal_quantile(probability: float) -> float:
    """The standard normal quantile."""
    return float(_special().ndtri(probability))


def normal_tail(z: float) -> float:
    """The probability that a standard normal exceeds z."""
    return float(_special().ndtr(-z))


def t_quantile(probability: float, freedom: float) -> float:
    """The quantile of Student's t with that many degrees of freedom."""
    return float(_special().stdtrit(freedom, probability))


def f_quantile(probability: float, freedom: float, freedom_below: float) -> float:
    """The quantile of F with degrees of freedom of the numerator and of the denominator."""
    return float(_special().fdtri(freedom, freedom_below, probability))


def noncentral_t(t: float, freedom: float, noncentrality: float) -> float:
    """The probability that a noncentral t stays below t."""
    return float(_special().nctdtr(freedom, noncentrality, t))


def noncentrality(t: float, freedom: float, probability: float) -> float:
    """The noncentrality under which the observed t lies at that probability."""
    return float(_special().nctdtrinc(freedom, probability, t))
