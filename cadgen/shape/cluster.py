"""`Cluster`: `Sandbox.run` over the machines of a Ray cluster. Needs `pip install 'cadgen[ray]'`.

Each actor is a process of ours that owns a `Sandbox`; what Ray carries between machines are the actors' results, never
anything that a program wrote.
"""

from collections.abc import Sequence
from typing import Any

from cadgen.shape.execution import Execution
from cadgen.shape.sandbox import Sandbox

_CHUNK = 8  # programs an order: enough to hide the way there, few enough to end together
_RETRIES = 3  # of an order whose actor or machine died


class Cluster:
    """`with Cluster(actors=8, workers=2, timeout_s=5.0) as cluster: cluster.run([code, ...])`.

    actors: sandboxes, spread over the machines, one CPU for each worker; settings: those of `Sandbox`. Joins the
    cluster that `ray.init` has joined or RAY_ADDRESS names, else starts one on this machine.
    """

    def __init__(self, actors: int = 2, **settings):
        try:
            import ray
        except ImportError:
            raise RuntimeError("a cluster needs Ray: pip install 'cadgen[ray]'") from None
        self._ray = ray
        if not ray.is_initialized():
            ray.init(log_to_driver=False)
        actor = ray.remote(Sandbox).options(
            num_cpus=settings.get("workers", 2),
            scheduling_strategy="SPREAD",
            max_restarts=-1,
            max_task_retries=_RETRIES,
        )
        self._actors: list[Any] = [actor.remote(**settings) for _ in range(actors)]

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, codes: Sequence[str]) -> list[Execution]:
        """One `Execution` a program, in the order given. Equal programs are executed once."""
        from ray.util import ActorPool

        distinct = list(dict.fromkeys(codes))
        chunks = [distinct[at : at + _CHUNK] for at in range(0, len(distinct), _CHUNK)]
        pool = ActorPool(self._actors)
        done = pool.map(lambda actor, chunk: actor.run.remote(chunk), chunks)
        found = dict(zip(distinct, (execution for chunk in done for execution in chunk), strict=True))
        return [found[code] for code in codes]

    def close(self) -> None:
        """Ends the actors and so their sandboxes; the cluster stays."""
        for actor in self._actors:
            self._ray.kill(actor)
        self._actors = []
