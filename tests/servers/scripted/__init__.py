"""A scripted model server: OpenAI's protocol as vLLM speaks it, at the speed of a GPU, with faults on schedule."""

from tests.servers.scripted.batching import Speed
from tests.servers.scripted.faults import Fault, Schedule
from tests.servers.scripted.running import ScriptedServer, process
from tests.servers.scripted.service import Settings

__all__ = ["Fault", "Schedule", "ScriptedServer", "Settings", "Speed", "process"]
