import numpy as np
import scipy.stats
from kvarter.analyses.autocorrelation._shuffled import shuffles


def test_orders_are_of_all_zones_and_the_same_of_a_seed() -> None:
    found = shuffles(50, 200, seed=3, start=0)
    assert (np.sort(found, axis=1) == np.arange(50)).all()
    assert (shuffles(50, 200, seed=3, start=0) == found).all()
    assert len(np.unique(np.vstack([found, shuffles(50, 200, seed=3, start=200)]), axis=0)) == 400
    assert not (shuffles(50, 200, seed=4, start=0) == found).all()


def test_all_orders_are_equally_likely() -> None:
    found = shuffles(4, 48_000, seed=1, start=0)
    count = np.unique(found @ [64, 16, 4, 1], return_counts=True)[1]
    assert len(count) == 24
    assert scipy.stats.chisquare(count).pvalue > 0.001


def test_each_zone_is_in_each_place_and_next_to_each_other_one_alike() -> None:
    found = shuffles(30, 20_000, seed=2, start=0)
    place = np.zeros((30, 30))
    for turn in range(30):
        place[turn] = np.bincount(found[:, turn], minlength=30)
    beside = np.bincount((found[:, :-1] * 30 + found[:, 1:]).ravel(), minlength=900).reshape(
        30, 30
    )
    beside = beside[~np.eye(30, dtype=bool)]
    for count, freedom in ((place, 29 * 29), (beside, 30 * 29 - 1)):
        chi = ((count - count.mean()) ** 2 / count.mean()).sum()
        assert 0.001 < scipy.stats.chi2.sf(chi, freedom) < 0.999
