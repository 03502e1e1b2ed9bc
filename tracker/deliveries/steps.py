"""Steps that happen once: a request that creates something is never repeated blindly."""

from __future__ import annotations

from collections.abc import Callable

from tracker.deliveries.progress import Progress
from tracker.errors import ProviderError


def once(progress: Progress, step: str, look: Callable[[], str | None], make: Callable[[], str]) -> str:
    """Returns the remote id of the step's result, making it only if it certainly does not exist yet.

    Args:
        look: finds by its marker what an earlier attempt may have made; asked only after an unclear outcome.
        make: creates it and returns its id.

    Raises:
        ProviderError: from either; the next attempt goes on from here.
    """
    finished = progress.done_id(step)
    if finished is not None:
        return finished
    if progress.is_unclear(step):
        found = look()
        if found is not None:
            progress.done(step, found)
            return found
    progress.begin(step)
    try:
        made = make()
    except ProviderError as error:
        if not error.maybe_done:
            progress.forget(step)
        raise
    progress.done(step, made)
    return made
