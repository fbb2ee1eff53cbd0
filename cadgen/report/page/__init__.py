"""One HTML file of judged runs that opens offline: tables, where they are from, and every answer to look at."""

from cadgen.report.page.document import LIMIT, PAGE, write_page
from cadgen.report.page.judged_run import JudgedRun

__all__ = ["LIMIT", "PAGE", "JudgedRun", "write_page"]
