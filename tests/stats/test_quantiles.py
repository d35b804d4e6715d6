"""Own quantiles against scipy, the oracle, over the range the package uses."""

import math
import subprocess
import sys

import pytest
from scipy import special

from assay.core.errors import UsageError
from assay.stats.quantiles import beta_cdf, beta_quantile, normal_quantile, t_quantile, t_two_sided


@pytest.mark.parametrize("df", [1, 2, 3, 4.5, 10, 29, 100, 1999, 2000, 1e5])
@pytest.mark.parametrize("p", [1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9995])
def test_t_quantile(p: float, df: float) -> None:
    assert t_quantile(p, df) == pytest.approx(special.stdtrit(df, p), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("a", [0.3, 0.5, 1.0, 5.0, 50.0, 1e3, 1e5])
@pytest.mark.parametrize("b", [0.3, 1.0, 5.0, 50.0, 1e3, 1e5])
def test_beta(a: float, b: float) -> None:
    for p in (1e-4, 0.025, 0.5, 0.975):
        assert beta_quantile(p, a, b) == pytest.approx(special.betaincinv(a, b, p), rel=1e-8)
    for x in (0.01, a / (a + b), 0.9):
        assert beta_cdf(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-8, abs=1e-14)


def test_normal_and_tail() -> None:
    assert normal_quantile(0.975) == pytest.approx(special.ndtri(0.975), rel=1e-12)
    assert t_two_sided(2.5, 12) == pytest.approx(2 * special.stdtr(12, -2.5), rel=1e-10)
    assert beta_cdf(-1.0, 2, 3) == 0.0
    assert beta_cdf(2.0, 2, 3) == 1.0


@pytest.mark.parametrize(
    "call", [lambda: normal_quantile(0.0), lambda: t_quantile(0.9, 0), lambda: beta_cdf(0.5, 0, 1), lambda: t_quantile(math.nan, 3)]
)
def test_refusals(call: object) -> None:
    with pytest.raises(UsageError):
        call()  # type: ignore[operator]


def test_a_summary_imports_no_scipy() -> None:
    code = (
        "import sys; from assay import metrics; c = metrics.Column('x'); [c.add(i, None, float(i % 3 == 0)) for i in range(40)]\n"
        "assert metrics.mean()(c, 40).measurable; assert metrics.named('mean')(c, 40).method == 'wilson'\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('scipy', 'pandas')]"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
