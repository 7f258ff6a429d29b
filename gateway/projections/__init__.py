"""The projections: Faust agents that fold the ledger into tables, and web views over them.

They decide nothing and nobody waits for them. What they hold can be thrown away: it is the ledger, added up.
"""

from gateway.projections.worker import CHANGELOGS, ProjectionConfig, build_app, run

__all__ = ["CHANGELOGS", "ProjectionConfig", "build_app", "run"]
