"""Ray as an :class:`concurrent.futures.Executor`: ``gaze.run(…, executor=gaze.ray.Executor())``.

``pip install gaze-saliency[ray]`` brings Ray. Call ``ray.init(…)`` first to say where the cluster is.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor as _Executor
from concurrent.futures import Future
from typing import Any, Callable

import ray as _ray

__all__ = ["Executor"]

# Not all functions of Ray have types.
ray: Any = _ray


def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


class Executor(_Executor):
    """Runs functions as Ray tasks.

    ``num_cpus`` is what a task takes of the cluster; further options are those of ``ray.remote``, for example
    ``scheduling_strategy="SPREAD"``. Ray starts a task again by itself if its worker dies (``max_retries``, 3 unless given).
    """

    def __init__(self, num_cpus: float = 1, **options: Any) -> None:
        if not ray.is_initialized():
            ray.init()
        options.setdefault("max_retries", 3)
        self._num_cpus = num_cpus
        self._task = ray.remote(_call).options(num_cpus=num_cpus, **options)
        self._running: dict[Future[Any], Any] = {}
        self._lock = threading.Lock()
        self._closed = False

    @property
    def num_workers(self) -> int:
        """The number of tasks that the cluster works on at a time."""
        return max(1, int(ray.cluster_resources().get("CPU", 1) / self._num_cpus))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Starts ``fn(*args, **kwargs)`` as a task."""
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        reference = self._task.remote(fn, args, kwargs)
        future: Future[Any] = Future()
        with self._lock:
            self._running[future] = reference
        future.add_done_callback(self._forget)
        future.set_running_or_notify_cancel()
        self._hand_over(reference, future)
        return future

    def _hand_over(self, reference: Any, future: Future[Any]) -> None:
        def answered(source: Future[Any]) -> None:
            if future.done():
                return
            error = source.exception()
            if error is None:
                future.set_result(source.result())
            else:
                # An exception of the function itself comes as the cause of Ray's.
                future.set_exception(getattr(error, "cause", None) or error)

        reference.future().add_done_callback(answered)

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._running.pop(future, None)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more tasks; the cluster stays."""
        self._closed = True
        with self._lock:
            running = dict(self._running)
        for future, reference in running.items():
            if cancel_futures:
                ray.cancel(reference)
            elif wait:
                future.exception()
