"""Local environments: who lives around each zone, up to a number of people or a distance."""

from .kernel import Kernel, kernel_environments
from .nearest import nearest_people

__all__ = ["Kernel", "kernel_environments", "nearest_people"]
