"""Programs spread over two machines, which are two nodes of a local Ray cluster."""

import os
import signal
from collections.abc import Iterator

import pytest

from cadgen.shape import Sandbox
from cadgen.shape.cluster import Cluster

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'cadgen[ray]'")
pytestmark = pytest.mark.slow

CUBE = "import cadquery as cq\nresult=cq.Workplane('XY').box(1,1,{})"


@pytest.fixture(scope="module")
def nodes() -> Iterator[None]:
    from ray.cluster_utils import Cluster as LocalNodes

    local = LocalNodes(initialize_head=True, head_node_args={"num_cpus": 1})
    local.add_node(num_cpus=1)
    ray.init(address=local.address, log_to_driver=False)
    yield
    ray.shutdown()
    local.shutdown()


def test_a_cluster_gives_what_a_sandbox_gives_and_outlives_an_actor(nodes: None, box: Sandbox) -> None:
    codes = [CUBE.format(n) for n in range(1, 31)]
    codes[11:11] = ["while True: pass", "import os\nos.fork()", "result=(", CUBE.format(1)]
    with Cluster(actors=2, workers=1, timeout_s=3.0) as cluster:
        first = cluster.run(codes)
        homes = [
            ray.get(actor.__ray_call__.remote(lambda _: ray.get_runtime_context().get_node_id()))
            for actor in cluster._actors
        ]
        assert len(set(homes)) == 2
        alone = box.run([code for code in codes if "while" not in code])
        told = [(one.status, one.solid and one.solid.volume) for one in first if one.status != "timeout"]
        assert told == [(one.status, one.solid and one.solid.volume) for one in alone]
        assert first[11].status == "timeout"

        pid = ray.get(cluster._actors[0].__ray_call__.remote(lambda _: os.getpid()))
        os.kill(pid, signal.SIGKILL)
        assert [one.status for one in cluster.run(codes[:8])] == ["ok"] * 8
