"""The explore-offer-do-confirm cycle over cases, its report, and the ledger of promises."""

from servqual.cycle.cases import ServiceCase, case_log, cases_from_log
from servqual.cycle.ledger import PROMISE_EVENTS, PromiseLedger, promises_from_log
from servqual.cycle.promises import PromiseReport, promise_report
from servqual.cycle.reporting import CycleReport, cycle_report
from servqual.cycle.stages import CASE_EVENTS, Outcome, Stage, confirmation

__all__ = [
    "CASE_EVENTS",
    "PROMISE_EVENTS",
    "CycleReport",
    "Outcome",
    "PromiseLedger",
    "PromiseReport",
    "ServiceCase",
    "Stage",
    "case_log",
    "cases_from_log",
    "confirmation",
    "cycle_report",
    "promise_report",
    "promises_from_log",
]
