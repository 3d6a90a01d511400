"""A study on the workers of any :class:`concurrent.futures.Executor`.

The driver makes the first pass, hands out batches of stimuli, and makes the summary of the parts. A worker opens the dataset
and the models once. What it needs for that (the *ticket*) is sent only to a worker that asks for it, so it travels about once
per worker and not with every batch.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import deque
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from gaze import _gaze

# The seconds that a batch should take: a thousand times the cost of handing it out, and little to lose with a worker.
BATCH_SECONDS = 2.0
# The most stimuli of a batch.
BATCH_LARGEST = 256
# How often a stimulus may be lost with its worker until it is held to be the reason.
LOST_OFTEN = 4
# The tasks that are handed out at a time where an executor does not say how many workers it has.
UNKNOWN_WORKERS = 16
# The seconds between two looks for Ctrl-C.
PATIENCE = 0.5
# Exceptions that tell of a lost worker, by name, so that no engine need be imported.
LOST = {
    "ActorDiedError",
    "ActorUnavailableError",
    "CommClosedError",
    "FutureCancelledError",
    "FutureLostError",
    "KilledWorker",
    "NodeDiedError",
    "ObjectLostError",
    "OutOfMemoryError",
    "OwnerDiedError",
    "RayActorError",
    "WorkerCrashedError",
}


@dataclass(frozen=True)
class Ticket:
    """What a worker needs to open the study."""

    options: str
    own: list[tuple[Any, ...]]
    first_pass: bytes


@dataclass(frozen=True)
class Batch:
    """Stimuli of a study: their places and the inputs of their earlier parts."""

    study: str
    stimuli: list[tuple[int, str | None]]
    out: str | None
    mark: str
    threads: int
    attempt: int
    """A number that no other batch has: Dask answers what it was asked before from memory."""


@dataclass(frozen=True)
class Made:
    """What a worker made of a batch; ``None`` if it lacks the ticket."""

    parts: list[tuple[int, str, bytes | None]] | None
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


_lock = threading.Lock()
_opened: dict[str, tuple[_gaze.Study, _gaze.StudyFirstPass]] = {}


def make(batch: Batch, ticket: Ticket | None = None) -> Made:
    """Makes the parts of a batch; the function that workers run."""
    with _lock:
        opened = _opened.get(batch.study)
        if opened is None:
            if ticket is None:
                return Made(None)
            study = _gaze.Study(ticket.options, ticket.own)
            opened = study, study.receive(ticket.first_pass)
            # A worker that lives for long keeps one study only.
            _opened.clear()
            _opened[batch.study] = opened
    study, first_pass = opened
    # The mark is in the output folder if this worker sees the same folder under the same name.
    sees = batch.out is not None and os.path.exists(os.path.join(batch.out, batch.mark))
    start = time.perf_counter()
    parts = study.make_parts(first_pass, batch.stimuli, batch.out if sees else None, batch.threads)
    return Made(parts, time.perf_counter() - start, study.notes())


def workers(executor: Executor) -> int | None:
    """The number of tasks that an executor works on at a time, if it tells."""
    client = getattr(executor, "_client", None)
    if client is not None and hasattr(client, "nthreads"):  # Dask
        return sum(client.nthreads().values()) or None
    for name in ("num_workers", "_max_workers"):  # MPI and gaze.ray; threads and processes
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return None


def is_loss(error: BaseException) -> bool:
    """Whether the error tells that a worker was lost, and not that its work failed."""
    if isinstance(error, (BrokenExecutor, CancelledError)):
        return True
    return any(cls.__name__ in LOST for cls in type(error).__mro__)


def revived(executor: Executor) -> Executor | None:
    """A pool of processes like one that broke: such a pool takes no tasks any more when one of its processes died."""
    if not isinstance(executor, ProcessPoolExecutor):
        return None
    pool: Any = executor
    return ProcessPoolExecutor(
        pool._max_workers, mp_context=pool._mp_context, initializer=pool._initializer, initargs=pool._initargs
    )


class Driver:
    """Hands out the stimuli of a study and gathers the parts."""

    def __init__(
        self,
        executor: Executor,
        study: _gaze.Study,
        folder: _gaze.Folder,
        out: Path,
        first_pass: _gaze.StudyFirstPass,
        ticket: Ticket,
        threads: int,
        listener: Callable[[str, int, int, int], None] | None,
    ) -> None:
        self.executor = executor
        self.spare: Executor | None = None
        self.folder, self.first_pass, self.ticket = folder, first_pass, ticket
        self.out, self.threads, self.listener = out, threads, listener
        self.study = uuid.uuid4().hex
        # The name is one that is removed from the folder if this process dies.
        self.mark = f".gaze-{self.study}.tmp"
        self.keys = first_pass.keys()
        self.notes: set[str] = set(study.notes())
        self.lost: dict[int, int] = {}
        self.per_stimulus: float | None = None
        self.attempts = 0
        self.total = self.done = self.problems = self.resumed = self.failed = 0

    def run(self, chosen: list[int]) -> None:
        """Makes the parts of these stimuli."""
        self.total = len(chosen)
        self.tell()
        mark = self.out / self.mark
        mark.touch()
        try:
            earlier = self.folder.inputs([self.keys[index] for index in chosen])
            self.round(list(zip(chosen, earlier)), self.out)
            # A worker that was lost may have half replaced a part that another one had made, and a network file system may
            # not show yet what a worker wrote. Such parts are made again and travel.
            for _ in range(2):
                whole = self.folder.finished([self.keys[index] for index in chosen])
                missing: list[tuple[int, str | None]] = [
                    (index, None) for index, there in zip(chosen, whole) if not there
                ]
                if not missing:
                    break
                self.done -= len(missing)
                self.round(missing, None)
        finally:
            mark.unlink(missing_ok=True)
            if self.spare is not None:
                self.spare.shutdown(wait=False, cancel_futures=True)
        # An engine that starts the tasks of a lost worker elsewhere does not tell.
        self.folder.remove_leftovers()

    def tell(self) -> None:
        if self.listener is not None:
            self.listener("scoring", self.done, self.total, self.problems)

    def size(self, waiting: int, slots: int) -> int:
        """The stimuli of the next batch: one until their time is known, and few at the end, so that all workers end together."""
        if self.per_stimulus is None:
            return 1
        wanted = int(BATCH_SECONDS / max(self.per_stimulus, 1e-6))
        return max(1, min(wanted, BATCH_LARGEST, waiting // (2 * slots)))

    def round(self, stimuli: list[tuple[int, str | None]], out: Path | None) -> None:
        waiting = deque(stimuli)
        again: deque[tuple[list[tuple[int, str | None]], bool]] = deque()
        running: dict[Future[Made], list[tuple[int, str | None]]] = {}
        try:
            while waiting or again or running:
                slots = workers(self.executor) or UNKNOWN_WORKERS
                # One task more than a worker works on, so that none waits for the driver.
                while (waiting or again) and len(running) < 2 * slots:
                    if again:
                        taken, asks = again.popleft()
                    else:
                        count = self.size(len(waiting), slots)
                        taken, asks = [waiting.popleft() for _ in range(min(count, len(waiting)))], False
                    self.attempts += 1
                    where = None if out is None else str(out)
                    batch = Batch(self.study, taken, where, self.mark, self.threads, self.attempts)
                    try:
                        future = self.executor.submit(make, batch, self.ticket if asks else None)
                    except BrokenExecutor as broken:
                        again.append((taken, asks))
                        self.revive(broken)
                        break
                    running[future] = taken
                finished = wait(running, timeout=PATIENCE, return_when=FIRST_COMPLETED).done
                for future in finished:
                    taken = running.pop(future)
                    try:
                        made = future.result()
                    except BaseException as error:
                        if not is_loss(error):
                            raise
                        self.lose(taken, error)
                        # One by one, so that a stimulus that no worker survives is found.
                        again.extend(([one], True) for one in taken)
                        continue
                    if made.parts is None:
                        again.append((taken, True))
                    else:
                        self.gather(made)
        except BaseException:
            for future in running:
                future.cancel()
            wait([future for future in running if not future.cancelled()], timeout=60)
            raise

    def lose(self, taken: list[tuple[int, str | None]], error: BaseException) -> None:
        for index, _ in taken:
            self.lost[index] = self.lost.get(index, 0) + 1
            if self.lost[index] >= LOST_OFTEN:
                key = self.keys[index]
                raise _gaze.StudyError(
                    f"{LOST_OFTEN} workers were lost with stimulus {key}; the last one: {error!r}"
                ) from error

    def revive(self, broken: BrokenExecutor) -> None:
        fresh = revived(self.executor)
        if fresh is None:
            raise broken
        if self.spare is not None:
            self.spare.shutdown(wait=False)
        self.executor = self.spare = fresh

    def gather(self, made: Made) -> None:
        assert made.parts is not None
        self.notes.update(made.notes)
        for index, outcome, part in made.parts:
            if part is not None:
                self.folder.save(part, self.first_pass)
            failed = outcome == "failed"
            self.resumed += outcome == "resumed"
            self.failed += failed
            self.problems += self.first_pass.problems(index) + failed
        worked = [part for part in made.parts if part[1] != "resumed"]
        if worked:
            seconds = made.seconds / len(worked)
            # The first stimuli warm a worker up; what comes later weighs more.
            self.per_stimulus = seconds if self.per_stimulus is None else (self.per_stimulus + seconds) / 2
        self.done += len(made.parts)
        self.tell()
