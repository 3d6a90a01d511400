"""Training data for PyTorch, made by the loader of gaze. It needs PyTorch: ``pip install gaze-saliency[torch]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

try:
    import torch
except ImportError as error:  # pragma: no cover
    raise ImportError("gaze.torch needs PyTorch: pip install gaze-saliency[torch]") from error

from gaze import _gaze


class SaliencyDataset(torch.utils.data.IterableDataset[tuple[torch.Tensor, torch.Tensor]]):  # type: ignore[misc, unused-ignore]
    """Batches of pictures and targets as tensors; each iteration is one epoch.

    The arguments are those of :class:`gaze.Batches`, whose threads decode, transform and rasterise without the interpreter. So it
    is used with ``torch.utils.data.DataLoader(dataset, batch_size=None)`` and no workers, or by itself. Each item is a pair:
    pictures, a float32 tensor ``(samples, 3, height, width)`` of levels in 0 to 255, and targets, a float32 tensor
    ``(samples, height, width)``. Samples that cannot be made are left out of the batch; :attr:`bad` has a sentence about each.

    :raises RuntimeError: when it is iterated by a worker of a ``DataLoader``, which would make every sample once more.
    """

    def __init__(self, source: Any, target: _gaze.RasterSettings, **settings: Any) -> None:
        super().__init__()
        self.batches = _gaze.Batches(source, target, **settings)
        self.bad: list[str] = []

    def __len__(self) -> int:
        return len(self.batches)

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch that the next iteration makes; without it, each iteration makes the next one."""
        self.batches.set_epoch(epoch)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        if torch.utils.data.get_worker_info() is not None:
            raise RuntimeError("gaze.torch.SaliencyDataset has threads of its own: use a DataLoader with num_workers=0")
        self.bad = []
        for batch in self.batches:
            self.bad += batch.bad
            pictures, targets = torch.from_numpy(batch.pictures), torch.from_numpy(batch.targets)
            if batch.bad_rows:
                bad = set(batch.bad_rows)
                good = [row for row in range(len(batch)) if row not in bad]
                if not good:
                    continue
                pictures, targets = pictures[good], targets[good]
            yield pictures, targets
