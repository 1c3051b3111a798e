"""The scenarios of a study: the layers as each would change them, or what is wrong in them."""

from __future__ import annotations

from .layers import ColumnError, Layers
from .layers.scenarios import Mistake, attempt, ordered
from .study import Study, StudyError, meant_for, told


def scenarios(layers: Layers, study: Study) -> list[tuple[str, Layers]]:
    """Give each scenario's name and the layers as it would change them.

    Parameters
    ----------
    layers
        The baseline, with what the scenarios' files hold.
    study
        What to ask.

    Returns
    -------
    list
        In the order of the study.

    Raises
    ------
    StudyError
        With all that the layers do not allow in any of them.
    """
    made: dict[str, Layers] = {}
    wrong: dict[str, list[str]] = {}
    for scenario in ordered(study.scenario):
        before = layers if scenario.based_on is None else made[scenario.based_on]
        made[scenario.name], mistakes = attempt(before, scenario)
        wrong[scenario.name] = [told(scenario, mistake) for mistake in mistakes]
    problems = [line for scenario in study.scenario for line in wrong[scenario.name]]
    if problems:
        raise StudyError("\n".join(problems))
    return [(scenario.name, made[scenario.name]) for scenario in study.scenario]


def refused(study: Study, name: str, error: ColumnError) -> StudyError:
    """Say which line of a scenario lets services be for a group that they cannot be for.

    Parameters
    ----------
    study
        What to ask.
    name
        The scenario's name.
    error
        What was found; its ``found`` is the group.
    """
    scenario = next(plan for plan in study.scenario if plan.name == name)
    keys = [key for key, group in meant_for(scenario) if group == error.found]
    return StudyError(told(scenario, Mistake(keys[0] if keys else (), error.what, error.cure)))
