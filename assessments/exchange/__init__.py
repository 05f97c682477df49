"""Files that go from site to site: instrument versions, XLSForms, and what was collected with them.

Formats alone: bytes in, values out, and back. Rows are the business of :mod:`assessments.workflow.exchange`.
"""
