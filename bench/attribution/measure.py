"""Measures how often calls are matched rightly: `python bench/attribution/measure.py [--tune]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from matchers import Answer, Knowing, Ours, Taught, fixed_lease, last_holder
from picture import draw
from street import DAY, Call, Town, Traffic, simulate

POOLS = (4, 8, 20)
TUNING_SEEDS, HELD_OUT = (1, 2), (101, 102)
WARM_UP = 5 * DAY  # the first days have no history to match against
THRESHOLD = 0.6


@dataclass
class Score:
    """Sums over calls; `brier` adds the squared errors of all candidates and of nobody, 0..2 per call."""

    calls: int = 0
    right: int = 0
    wrong: int = 0
    unknown: int = 0
    brier: float = 0.0

    def add(self, answer: Answer, truth: int | None) -> None:
        named = max(answer, key=lambda visitor: answer[visitor], default=None)
        if named is not None and answer[named] < THRESHOLD:
            named = None
        self.calls += 1
        if named is None and truth is not None:
            self.unknown += 1
        elif named == truth:
            self.right += 1
        else:
            self.wrong += 1
        nobody = 1 - sum(answer.values())
        missed = 1.0 if truth is not None and truth not in answer else 0.0
        self.brier += sum((share - (who == truth)) ** 2 for who, share in answer.items())
        self.brier += (nobody - (truth is None)) ** 2 + missed

    def shares(self) -> tuple[float, float, float, float]:
        """Right, wrong, unknown, Brier score."""
        return (self.right / self.calls, self.wrong / self.calls, self.unknown / self.calls, self.brier / self.calls)


Matcher = Callable[[Traffic, Call], Answer]
RULES: dict[str, tuple[Callable[[], Matcher], float | None]] = {
    "best possible": (Knowing, None),
    "Skvoz, taught": (Taught, None),
    "Skvoz": (Ours, None),
    "last holder": (lambda: last_holder, None),
    "random, 30 min": (lambda: fixed_lease(30.0), 30.0),
}


def run(pool: int, seeds: Iterable[int], names: Iterable[str] = RULES) -> tuple[dict[str, Score], dict[int, list[int]]]:
    """Returns the scores by rule, and of ours how often each tenth of probability was right: count, hits."""
    scores: dict[str, Score] = defaultdict(Score)
    bins: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for seed in seeds:
        for name in names:
            make, lease = RULES[name]
            traffic, match = simulate(Town(), pool, seed, lease), make()
            for call in traffic.calls:
                answer = match(traffic, call)
                if call.at < WARM_UP:
                    continue
                scores[name].add(answer, call.truth)
                if name == "Skvoz" and answer:
                    best = max(answer, key=lambda visitor: answer[visitor])
                    tenth = bins[min(int(answer[best] * 10), 9)]
                    tenth[0], tenth[1] = tenth[0] + 1, tenth[1] + (best == call.truth)
    return scores, bins


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tune", action="store_true", help="the seeds the constants were chosen by")
    wanted = parser.parse_args()
    seeds = TUNING_SEEDS if wanted.tune else HELD_OUT
    results: dict[int, dict[str, Score]] = {}
    total: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    print("| numbers | rule | right | wrong | unknown | Brier | calls |\n|--:|---|--:|--:|--:|--:|--:|")
    for pool in POOLS:
        results[pool], bins = run(pool, seeds)
        for tenth, (count, hits) in bins.items():
            total[tenth] = [total[tenth][0] + count, total[tenth][1] + hits]
        for name, score in results[pool].items():
            right, wrong, unknown, brier = score.shares()
            print(f"| {pool} | {name} | {right:.1%} | {wrong:.1%} | {unknown:.1%} | {brier:.3f} | {score.calls} |")
    print("\n| predicted | observed | calls |\n|---|--:|--:|")
    for tenth, (count, hits) in sorted(total.items()):
        print(f"| {tenth / 10:.1f} to {tenth / 10 + 0.1:.1f} | {hits / count:.2f} | {count} |")
    if not wanted.tune:
        shares = {name: [(pool, results[pool][name].shares()) for pool in POOLS] for name in RULES}
        (Path(__file__).parent / "result.svg").write_text(draw(shares))


if __name__ == "__main__":
    main()
