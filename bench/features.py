# Lines of JSON in (the folder's payments to be streamed through river), lines of JSON out: how long it took, and what it computed.
import datetime as dt
import json
import sys
import time

import numpy as np
import river
from river import stats, utils

folder = sys.argv[1]
origin = dt.datetime(1970, 1, 1)


def column(name):
    return np.fromfile(f"{folder}/{name}", dtype=np.float64)


def stream(rows, windows):
    """Twenty rolling statistics: river's own, one set for each entity, as river's Agg keeps them."""
    times, cards, shops, amounts = (column(name)[:rows] for name in ("time", "card", "shop", "amount"))
    periods = [dt.timedelta(milliseconds=length) for length in windows]
    make = lambda *kinds: [[utils.TimeRolling(kind, period=period) for kind in kinds] for period in periods]
    by_card, by_shop = {}, {}
    out = np.empty((rows, 20))
    started = time.perf_counter()
    for row in range(rows):
        at = origin + dt.timedelta(milliseconds=times[row])
        card = by_card.get(cards[row])
        if card is None:
            card = by_card[cards[row]] = make(stats.Sum, stats.Sum, stats.Mean, stats.Var)
        shop = by_shop.get(shops[row])
        if shop is None:
            shop = by_shop[shops[row]] = make(stats.Sum)
        amount = amounts[row]
        place = 0
        for rolling in card:
            # The first counts: river's Count can't forget, a sum of ones can.
            for which, one in enumerate(rolling):
                one.update(amount if which else 1, t=at)
                out[row, place] = one.get()
                place += 1
        for (one,) in shop:
            one.update(1, t=at)
            out[row, place] = one.get()
            place += 1
    seconds = time.perf_counter() - started
    out.astype(np.float64).tofile(f"{folder}/river")
    return seconds


for line in sys.stdin:
    question = json.loads(line)
    if question["ask"] == "version":
        print(json.dumps({"version": river.__version__}), flush=True)
    else:
        print(json.dumps({"seconds": stream(question["rows"], question["windows"])}), flush=True)
